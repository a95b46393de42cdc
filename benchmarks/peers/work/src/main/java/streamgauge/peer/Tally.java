package streamgauge.peer;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;

/** Clocks a program, and adds up what its end was told; source and window may be other threads. */
public final class Tally {
    private final Options options;
    private final Stopwatch stopwatch;
    private final AtomicLong seen = new AtomicLong();
    private final AtomicLong refused = new AtomicLong();
    private final Map<String, long[]> told = new HashMap<>();

    public Tally(Options options) {
        this.options = options;
        this.stopwatch = new Stopwatch(options.warm(), options.total());
    }

    /** One more prediction is in its window, or came too late for it. */
    public void counted() {
        long now = seen.incrementAndGet();
        if (now == options.warm()) {
            stopwatch.start();
        } else if (now == options.total()) {
            stopwatch.stop();
        }
    }

    public void refused() {
        refused.incrementAndGet();
        counted();
    }

    /** How many were refused so far. */
    public long refusals() {
        return refused.get();
    }

    /** A later measure of a window says all that earlier ones said. */
    public synchronized void told(String window, long[] checksum) {
        told.put(window, checksum);
    }

    /** Whether every record was refused, or is in a measure that was told. */
    public synchronized boolean complete() {
        return seen.get() == options.total() && sums()[0] + refused.get() == options.total();
    }

    /** Print the pace, by the last measure of each window. */
    public synchronized void tell() {
        if (seen.get() != options.total()) {
            throw new IllegalStateException("read " + seen + " records");
        }
        stopwatch.tell(sums(), refused.get());
    }

    private long[] sums() {
        long[] sums = new long[3];
        for (long[] one : told.values()) {
            Arrays.setAll(sums, place -> sums[place] + one[place]);
        }
        return sums;
    }
}
