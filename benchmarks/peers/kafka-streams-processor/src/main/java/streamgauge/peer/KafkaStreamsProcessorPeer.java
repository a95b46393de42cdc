package streamgauge.peer;

import java.nio.file.Files;
import java.time.Duration;
import java.util.Map;
import java.util.Properties;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.errors.StreamsUncaughtExceptionHandler.StreamThreadExceptionResponse;
import org.apache.kafka.streams.processor.PunctuationType;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.Stores;

/**
 * The sums on Kafka Streams, tuned by hand far beyond what teams write: no DSL and no window store.
 *
 * <p>Processor API without repartitioning: a task is a source partition. Totals are mutable objects
 * on the heap; each second those that changed go to an in-memory store with its changelog on, and
 * the task commits. Exactly once, as streamgauge is. A stream thread commits right after it
 * punctuates, so that the store and the offsets of a commit tell the same events.
 */
public final class KafkaStreamsProcessorPeer {
    private static final String STORE = "totals";
    private static final Duration COMMIT = Duration.ofSeconds(1);

    /** As long as a broker lets a transaction be, by default. */
    private static final int LONGEST_RUN_MS = 900_000;

    private KafkaStreamsProcessorPeer() {}

    public static void main(String[] arguments) throws Exception {
        Options options = Options.of(arguments);
        Stopwatch stopwatch = new Stopwatch(options.warm(), options.total());
        Topology topology = new Topology();
        topology.addSource(
                "predictions",
                Serdes.ByteArray().deserializer(),
                Serdes.ByteArray().deserializer(),
                options.topic());
        topology.addProcessor("measure", () -> new Measure(options, stopwatch), "predictions");
        topology.addStateStore(
                Stores.keyValueStoreBuilder(
                                Stores.inMemoryKeyValueStore(STORE),
                                Serdes.String(),
                                Serdes.ByteArray())
                        .withLoggingEnabled(Map.of("max.message.bytes", "8388608"))
                        .withCachingDisabled(),
                "measure");
        KafkaStreams streams = new KafkaStreams(topology, properties(options));
        streams.setUncaughtExceptionHandler(
                error -> {
                    error.printStackTrace();
                    Runtime.getRuntime().halt(1);
                    return StreamThreadExceptionResponse.SHUTDOWN_CLIENT;
                });
        streams.start();
        Thread.currentThread().join();
    }

    private static Properties properties(Options options) throws Exception {
        Properties settings = new Properties();
        settings.put(StreamsConfig.APPLICATION_ID_CONFIG, "peer-" + System.currentTimeMillis());
        settings.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, options.brokers());
        settings.put(
                StreamsConfig.STATE_DIR_CONFIG, Files.createTempDirectory("streams").toString());
        settings.put(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, StreamsConfig.EXACTLY_ONCE_V2);
        // Commits are asked for when the totals are in the store; the clock alone never gets to it.
        settings.put(StreamsConfig.COMMIT_INTERVAL_MS_CONFIG, LONGEST_RUN_MS);
        settings.put(
                StreamsConfig.producerPrefix(ProducerConfig.TRANSACTION_TIMEOUT_CONFIG),
                LONGEST_RUN_MS);
        settings.put(StreamsConfig.NUM_STREAM_THREADS_CONFIG, 1);
        settings.put(StreamsConfig.REPLICATION_FACTOR_CONFIG, 1);
        settings.put(StreamsConfig.MAX_TASK_IDLE_MS_CONFIG, StreamsConfig.MAX_TASK_IDLE_MS_DISABLED);
        settings.put(StreamsConfig.BUFFERED_RECORDS_PER_PARTITION_CONFIG, 5_000);
        settings.put(consumer(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG), "earliest");
        settings.put(consumer(ConsumerConfig.MAX_POLL_RECORDS_CONFIG), 5_000);
        settings.put(consumer(ConsumerConfig.MAX_PARTITION_FETCH_BYTES_CONFIG), 4 << 20);
        settings.put(StreamsConfig.producerPrefix(ProducerConfig.COMPRESSION_TYPE_CONFIG), "lz4");
        settings.put(StreamsConfig.producerPrefix(ProducerConfig.LINGER_MS_CONFIG), 100);
        settings.put(StreamsConfig.producerPrefix(ProducerConfig.BATCH_SIZE_CONFIG), 1 << 20);
        settings.put(
                StreamsConfig.producerPrefix(ProducerConfig.MAX_REQUEST_SIZE_CONFIG), 8 << 20);
        return settings;
    }

    private static String consumer(String name) {
        return StreamsConfig.mainConsumerPrefix(name);
    }

    private static final class Measure implements Processor<byte[], byte[], Void, Void> {
        private final Event event;
        private final Decoder decoder;
        private final Book book;
        private final Stopwatch stopwatch;
        private KeyValueStore<String, byte[]> store;

        Measure(Options options, Stopwatch stopwatch) {
            this.event = new Event(options.features());
            this.decoder = new Decoder(options.features(), options.full());
            this.book = new Book(options.features(), options.full());
            this.stopwatch = stopwatch;
            stopwatch.watch(book);
        }

        @Override
        public void init(ProcessorContext<Void, Void> context) {
            store = context.getStateStore(STORE);
            context.schedule(
                    COMMIT,
                    PunctuationType.WALL_CLOCK_TIME,
                    now -> {
                        book.flush(store::put, store::delete);
                        context.commit();
                    });
        }

        @Override
        public void process(Record<byte[], byte[]> record) {
            decoder.decode(record.value(), event);
            if (event.refused == null) {
                book.add(event);
            }
            stopwatch.count(event);
        }
    }
}
