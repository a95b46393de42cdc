package streamgauge.peer;

import java.nio.file.Files;
import java.time.Duration;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.api.common.typeinfo.PrimitiveArrayTypeInfo;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.StateBackendOptions;
import org.apache.flink.connector.kafka.source.KafkaSource;
import org.apache.flink.connector.kafka.source.enumerator.initializer.OffsetsInitializer;
import org.apache.flink.connector.kafka.source.reader.deserializer.KafkaRecordDeserializationSchema;
import org.apache.flink.core.execution.CheckpointingMode;
import org.apache.flink.runtime.state.FunctionInitializationContext;
import org.apache.flink.runtime.state.FunctionSnapshotContext;
import org.apache.flink.streaming.api.checkpoint.CheckpointedFunction;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.ProcessFunction;
import org.apache.flink.streaming.api.functions.sink.v2.DiscardingSink;
import org.apache.flink.util.Collector;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/**
 * The sums on Flink, tuned by hand far beyond what teams write: no keyBy and no window operator.
 *
 * <p>One chain without a shuffle: the Kafka source decodes into one object that is reused, the next
 * operator adds it to totals on the heap. Their state is operator state, written whole to a local
 * directory by an exactly-once checkpoint every two seconds.
 */
public final class FlinkChainedPeer {
    private static final Duration CHECKPOINT = Duration.ofSeconds(2);

    /** There is one task in one process; Flink serializes functions, and a clock must stay one. */
    private static Stopwatch stopwatch;

    private FlinkChainedPeer() {}

    public static void main(String[] arguments) throws Exception {
        Options options = Options.of(arguments);
        stopwatch = new Stopwatch(options.warm(), options.total());
        StreamExecutionEnvironment environment =
                StreamExecutionEnvironment.getExecutionEnvironment(settings());
        environment.setParallelism(1);
        environment.getConfig().enableObjectReuse();
        environment.enableCheckpointing(CHECKPOINT.toMillis(), CheckpointingMode.EXACTLY_ONCE);
        KafkaSource<Event> source =
                KafkaSource.<Event>builder()
                        .setBootstrapServers(options.brokers())
                        .setTopics(options.topic())
                        .setGroupId("peer-" + System.currentTimeMillis())
                        .setStartingOffsets(OffsetsInitializer.earliest())
                        .setDeserializer(new Decode(options.features(), options.full()))
                        .setProperty("max.poll.records", "5000")
                        .setProperty("max.partition.fetch.bytes", String.valueOf(4 << 20))
                        .build();
        environment
                .fromSource(source, WatermarkStrategy.noWatermarks(), "predictions")
                .process(new Measure(options.features(), options.full()))
                .sinkTo(new DiscardingSink<>());
        environment.execute();
    }

    private static Configuration settings() throws Exception {
        Configuration settings = new Configuration();
        settings.set(StateBackendOptions.STATE_BACKEND, "hashmap");
        settings.set(CheckpointingOptions.CHECKPOINT_STORAGE, "filesystem");
        settings.set(
                CheckpointingOptions.CHECKPOINTS_DIRECTORY,
                Files.createTempDirectory("checkpoints").toUri().toString());
        return settings;
    }

    private static final class Decode implements KafkaRecordDeserializationSchema<Event> {
        private final int features;
        private final boolean full;
        private transient Decoder decoder;
        private transient Event event;

        Decode(int features, boolean full) {
            this.features = features;
            this.full = full;
        }

        @Override
        public void deserialize(ConsumerRecord<byte[], byte[]> record, Collector<Event> out) {
            if (decoder == null) {
                decoder = new Decoder(features, full);
                event = new Event(features);
            }
            decoder.decode(record.value(), event);
            out.collect(event);
        }

        @Override
        public TypeInformation<Event> getProducedType() {
            return TypeInformation.of(Event.class);
        }
    }

    private static final class Measure extends ProcessFunction<Event, byte[]>
            implements CheckpointedFunction {
        private final int features;
        private final boolean full;
        private transient Book book;
        private transient ListState<byte[]> state;

        Measure(int features, boolean full) {
            this.features = features;
            this.full = full;
        }

        @Override
        public void initializeState(FunctionInitializationContext context) throws Exception {
            book = new Book(features, full);
            stopwatch.watch(book);
            state =
                    context.getOperatorStateStore()
                            .getListState(
                                    new ListStateDescriptor<>(
                                            "totals",
                                            PrimitiveArrayTypeInfo
                                                    .BYTE_PRIMITIVE_ARRAY_TYPE_INFO));
        }

        @Override
        public void snapshotState(FunctionSnapshotContext context) throws Exception {
            state.update(book.snapshot());
        }

        @Override
        public void processElement(Event event, Context context, Collector<byte[]> out) {
            if (event.refused == null) {
                book.add(event);
            }
            stopwatch.count(event);
        }
    }
}
