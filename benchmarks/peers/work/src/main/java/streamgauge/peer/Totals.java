package streamgauge.peer;

import java.nio.ByteBuffer;

/** What is known of one series in one window when a program only counts and sums. */
public class Totals {
    long count;
    long latencyMicros;
    boolean changed;

    void add(Event event) {
        count++;
        changed = true;
        if (!Double.isNaN(event.latencyMs)) {
            latencyMicros += Math.round(event.latencyMs * 1_000);
        }
    }

    /** An upper bound of the bytes that `write` needs. */
    int size() {
        return 2 * Packed.LONGEST;
    }

    void write(ByteBuffer to) {
        Packed.put(to, count);
        Packed.put(to, latencyMicros);
    }

    /** How many observations all histograms hold. */
    long cells() {
        return 0;
    }

    static long sum(int[] cells) {
        long sum = 0;
        for (int count : cells) {
            sum += count;
        }
        return sum;
    }
}
