package streamgauge.peer;

import java.nio.file.Files;
import java.time.Duration;
import java.util.Map;
import java.util.Properties;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.Metric;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.errors.StreamsUncaughtExceptionHandler.StreamThreadExceptionResponse;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.Grouped;
import org.apache.kafka.streams.kstream.Materialized;
import org.apache.kafka.streams.kstream.TimeWindows;
import org.apache.kafka.streams.state.BuiltInDslStoreSuppliers;
import org.apache.kafka.streams.state.WindowStore;

/**
 * The sums on Kafka Streams, as a team writes them after Kafka Streams' own documentation.
 *
 * <p>The DSL: a stream with a Serde, groupBy, windows, an aggregate in a window store in memory
 * behind a cache, with its changelog; exactly once, committed each second. Records have no key, so
 * groupBy sends them through a repartition topic. The sums are those that its end was told, which
 * it is with each commit.
 */
public final class KafkaStreamsPeer {
    private static final Duration COMMIT = Duration.ofSeconds(1);
    private static final long CACHE_BYTES = 256L << 20;

    /** Totals of events with hundreds of features are larger than what Kafka takes by default. */
    private static final int LARGEST_BYTES = 8 << 20;

    /** Kafka Streams makes the handler of what cannot be read itself. */
    private static Tally tally;

    private KafkaStreamsPeer() {}

    public static void main(String[] arguments) throws Exception {
        Options options = Options.of(arguments);
        tally = new Tally(options);
        Topology topology =
                options.full()
                        ? topology(options, Prediction.class)
                        : topology(options, Call.class);
        KafkaStreams streams = new KafkaStreams(topology, properties(options));
        streams.setUncaughtExceptionHandler(
                error -> {
                    error.printStackTrace();
                    Runtime.getRuntime().halt(1);
                    return StreamThreadExceptionResponse.SHUTDOWN_CLIENT;
                });
        streams.start();
        while (dropped(streams) <= tally.refusals()) {
            Thread.sleep(COMMIT.toMillis());
        }
        System.err.println("events came too late for their windows, and were left out");
        Runtime.getRuntime().halt(1);
    }

    /** Records left out so far, the refused among them. */
    private static double dropped(KafkaStreams streams) {
        double dropped = 0;
        for (Metric metric : streams.metrics().values()) {
            if (metric.metricName().name().equals("dropped-records-total")) {
                dropped += (Double) metric.metricValue();
            }
        }
        return dropped;
    }

    private static <P extends Call> Topology topology(Options options, Class<P> type) {
        Json<P> json = new Json<>(type);
        TimeWindows minutes =
                TimeWindows.ofSizeAndGrace(
                        Duration.ofMillis(Limits.WINDOW_MS),
                        Duration.ofMillis(Limits.DELAY_MS + Limits.LATENESS_MS));
        StreamsBuilder builder = new StreamsBuilder();
        builder.stream(
                        options.topic(),
                        Consumed.with(Serdes.ByteArray(), PeerSerdes.checked(json))
                                .withTimestampExtractor(
                                        (record, before) -> ((Call) record.value()).ts))
                .groupBy(
                        (key, call) -> call.model + '\0' + call.version,
                        Grouped.with("series", Serdes.String(), PeerSerdes.trusted(json)))
                .windowedBy(minutes)
                .aggregate(
                        () -> new NamedTotals(options.features(), options.full()),
                        new Count<>(tally, options.features()),
                        Materialized.<String, NamedTotals, WindowStore<Bytes, byte[]>>as("totals")
                                .withKeySerde(Serdes.String())
                                .withValueSerde(PeerSerdes.totals())
                                .withStoreType(BuiltInDslStoreSuppliers.IN_MEMORY)
                                .withLoggingEnabled(
                                        Map.of("max.message.bytes", "" + LARGEST_BYTES))
                                .withCachingEnabled())
                .toStream()
                .foreach(
                        (window, totals) -> {
                            String start = String.valueOf(window.window().start());
                            tally.told(window.key() + '\0' + start, totals.checksum());
                            tellWhenComplete();
                        });
        return builder.build();
    }

    /** One more record is left out. */
    static void refused() {
        tally.refused();
        tellWhenComplete();
    }

    private static void tellWhenComplete() {
        if (tally.complete()) {
            tally.tell();
        }
    }

    private static Properties properties(Options options) throws Exception {
        Properties settings = new Properties();
        settings.put(StreamsConfig.APPLICATION_ID_CONFIG, "peer-" + System.currentTimeMillis());
        settings.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, options.brokers());
        settings.put(
                StreamsConfig.STATE_DIR_CONFIG, Files.createTempDirectory("streams").toString());
        settings.put(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, StreamsConfig.EXACTLY_ONCE_V2);
        settings.put(StreamsConfig.COMMIT_INTERVAL_MS_CONFIG, COMMIT.toMillis());
        settings.put(StreamsConfig.STATESTORE_CACHE_MAX_BYTES_CONFIG, CACHE_BYTES);
        settings.put(
                StreamsConfig.DESERIALIZATION_EXCEPTION_HANDLER_CLASS_CONFIG, Refusal.class);
        settings.put(
                StreamsConfig.producerPrefix(ProducerConfig.MAX_REQUEST_SIZE_CONFIG),
                LARGEST_BYTES);
        return settings;
    }
}
