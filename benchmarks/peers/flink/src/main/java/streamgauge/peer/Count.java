package streamgauge.peer;

import org.apache.flink.api.common.functions.AggregateFunction;

/** Adds predictions to the totals of their window. */
public final class Count<P extends Call> implements AggregateFunction<P, WindowTotals, WindowTotals> {
    private final int features;
    private final boolean full;
    private transient Event scratch;

    public Count(int features, boolean full) {
        this.features = features;
        this.full = full;
    }

    @Override
    public WindowTotals createAccumulator() {
        return new WindowTotals(features, full);
    }

    @Override
    public WindowTotals add(P call, WindowTotals totals) {
        if (scratch == null) {
            scratch = new Event(features);
        }
        totals.add(call, scratch);
        FlinkPeer.tally.counted();
        return totals;
    }

    /** A copy, because the window may go on counting late events. */
    @Override
    public WindowTotals getResult(WindowTotals totals) {
        return totals.copy();
    }

    @Override
    public WindowTotals merge(WindowTotals one, WindowTotals other) {
        throw new UnsupportedOperationException("only windows of sessions are merged");
    }
}
