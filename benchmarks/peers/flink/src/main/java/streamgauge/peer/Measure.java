package streamgauge.peer;

/** What was counted of one series in one window. */
public class Measure {
    public String model;
    public String version;
    public long start;
    public WindowTotals totals;

    public Measure() {}

    Measure(String model, String version, long start, WindowTotals totals) {
        this.model = model;
        this.version = version;
        this.start = start;
        this.totals = totals;
    }

    /** Which series and window it is. */
    String window() {
        return String.join("\0", model, version, String.valueOf(start));
    }
}
