package streamgauge.peer;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;

/** Clocks the job, and adds up what its sink was told; source and window are threads of their own. */
final class Tally {
    private final Options options;
    private final Stopwatch stopwatch;
    private final AtomicLong seen = new AtomicLong();
    private final AtomicLong refused = new AtomicLong();
    private final Map<String, long[]> told = new HashMap<>();

    Tally(Options options) {
        this.options = options;
        this.stopwatch = new Stopwatch(options.warm(), options.total());
    }

    /** One more prediction is in its window, or came too late for it. */
    void counted() {
        long now = seen.incrementAndGet();
        if (now == options.warm()) {
            stopwatch.start();
        } else if (now == options.total()) {
            stopwatch.stop();
        }
    }

    void refused() {
        refused.incrementAndGet();
        counted();
    }

    /** A later measure of a window says all that earlier ones said. */
    synchronized void told(Measure measure) {
        String key = String.join("\0", measure.model, measure.version, "" + measure.start);
        told.put(key, measure.totals.checksum());
    }

    /** Print the pace, by the last measure of each window. */
    synchronized void tell() {
        if (seen.get() != options.total()) {
            throw new IllegalStateException("read " + seen + " records");
        }
        long[] sums = new long[3];
        for (long[] one : told.values()) {
            Arrays.setAll(sums, place -> sums[place] + one[place]);
        }
        stopwatch.tell(sums, refused.get());
    }
}
