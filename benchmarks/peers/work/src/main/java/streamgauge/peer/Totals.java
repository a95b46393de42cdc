package streamgauge.peer;

import java.nio.ByteBuffer;
import java.util.Arrays;

/** What is known of one series in one window when a program only counts and sums. */
public class Totals {
    long count;
    long latencyMicros;
    boolean changed;

    public void add(Event event) {
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

    /** Take over what `write` wrote; the totals must be fresh. */
    void read(ByteBuffer from) {
        count = Packed.get(from);
        latencyMicros = Packed.get(from);
    }

    /** What was counted, as few bytes. */
    public final byte[] bytes() {
        ByteBuffer buffer = ByteBuffer.allocate(size());
        write(buffer);
        return Arrays.copyOf(buffer.array(), buffer.position());
    }

    /** Fresh totals of one kind. */
    public static Totals fresh(int features, boolean full) {
        return full ? new FullTotals(features) : new Totals();
    }

    /** The totals that `bytes` told, of the same kind and number of features. */
    public static Totals of(byte[] bytes, int features, boolean full) {
        Totals totals = fresh(features, full);
        totals.read(ByteBuffer.wrap(bytes));
        return totals;
    }

    /** How many observations all histograms hold. */
    long cells() {
        return 0;
    }

    /** What a peer is checked by: events, microseconds of latency, observations. */
    public final long[] checksum() {
        return new long[] {count, latencyMicros, cells()};
    }

    static long sum(int[] cells) {
        long sum = 0;
        for (int count : cells) {
            sum += count;
        }
        return sum;
    }
}
