package streamgauge.peer;

import org.apache.kafka.streams.kstream.Aggregator;

/** Adds predictions to the totals of their window, which Kafka Streams reads anew for each. */
final class Count<P extends Call> implements Aggregator<String, P, NamedTotals> {
    private final Tally tally;
    private final Event scratch;

    Count(Tally tally, int features) {
        this.tally = tally;
        this.scratch = new Event(features);
    }

    @Override
    public NamedTotals apply(String series, P call, NamedTotals totals) {
        totals.add(call, scratch);
        tally.counted();
        return totals;
    }
}
