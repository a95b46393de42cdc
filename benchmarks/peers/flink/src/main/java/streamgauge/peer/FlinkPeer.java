package streamgauge.peer;

import java.nio.file.Files;
import java.time.Duration;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.java.tuple.Tuple2;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.PipelineOptions;
import org.apache.flink.configuration.StateBackendOptions;
import org.apache.flink.connector.kafka.source.KafkaSource;
import org.apache.flink.connector.kafka.source.enumerator.initializer.OffsetsInitializer;
import org.apache.flink.core.execution.CheckpointingMode;
import org.apache.flink.streaming.api.datastream.SingleOutputStreamOperator;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.windowing.ProcessWindowFunction;
import org.apache.flink.streaming.api.windowing.assigners.TumblingEventTimeWindows;
import org.apache.flink.streaming.api.windowing.windows.TimeWindow;
import org.apache.flink.util.Collector;
import org.apache.flink.util.OutputTag;

/**
 * The sums on Flink, as a team writes them after Flink's own documentation.
 *
 * <p>A Kafka source with a schema, watermarks, keyBy, windows, an aggregate, a sink; state on the
 * heap, and an exactly-once checkpoint to a local directory every two seconds. It ends with the
 * topic, when Flink tells every window that is open, so the sums are those that its sink was told.
 */
public final class FlinkPeer {
    private static final Duration CHECKPOINT = Duration.ofSeconds(2);

    /** All tasks are in one process; Flink serializes functions, and a clock must stay one. */
    static Tally tally;

    private FlinkPeer() {}

    public static void main(String[] arguments) throws Exception {
        Options options = Options.of(arguments);
        tally = new Tally(options);
        StreamExecutionEnvironment environment =
                StreamExecutionEnvironment.getExecutionEnvironment(settings());
        environment.setParallelism(1);
        // Safe, because no operator keeps or changes what it was given, and the source makes anew.
        environment.getConfig().enableObjectReuse();
        environment.enableCheckpointing(CHECKPOINT.toMillis(), CheckpointingMode.EXACTLY_ONCE);
        if (options.full()) {
            build(environment, options, Prediction.class);
        } else {
            build(environment, options, Call.class);
        }
        environment.execute();
        tally.tell();
    }

    private static <P extends Call> void build(
            StreamExecutionEnvironment environment, Options options, Class<P> type) {
        KafkaSource<P> source =
                KafkaSource.<P>builder()
                        .setBootstrapServers(options.brokers())
                        .setTopics(options.topic())
                        .setGroupId("peer-" + System.currentTimeMillis())
                        .setStartingOffsets(OffsetsInitializer.earliest())
                        .setBounded(OffsetsInitializer.latest())
                        .setValueOnlyDeserializer(new JsonSchema<>(type))
                        .build();
        WatermarkStrategy<P> times =
                WatermarkStrategy.<P>forBoundedOutOfOrderness(Duration.ofMillis(Limits.DELAY_MS))
                        .withTimestampAssigner((call, ignored) -> call.ts)
                        .withIdleness(Duration.ofMillis(Limits.IDLE_MS));
        OutputTag<P> late = new OutputTag<>("late", TypeInformation.of(type));
        SingleOutputStreamOperator<Measure> measures =
                environment
                        .fromSource(source, times, "predictions")
                        .keyBy(
                                call -> Tuple2.of(call.model, call.version),
                                Types.TUPLE(Types.STRING, Types.STRING))
                        .window(TumblingEventTimeWindows.of(Duration.ofMillis(Limits.WINDOW_MS)))
                        .allowedLateness(Duration.ofMillis(Limits.LATENESS_MS))
                        .sideOutputLateData(late)
                        .aggregate(
                                new Count<P>(options.features(), options.full()),
                                new Tell());
        measures.sinkTo(new TallySink<>(measure -> tally.told(measure.window(), measure.totals.checksum())));
        // In no window, so the sums will not be the truth, but the job comes to its end.
        measures.getSideOutput(late).sinkTo(new TallySink<>(call -> tally.counted()));
    }

    private static Configuration settings() throws Exception {
        Configuration settings = new Configuration();
        settings.set(StateBackendOptions.STATE_BACKEND, "hashmap");
        settings.set(CheckpointingOptions.CHECKPOINT_STORAGE, "filesystem");
        settings.set(
                CheckpointingOptions.CHECKPOINTS_DIRECTORY,
                Files.createTempDirectory("checkpoints").toUri().toString());
        // Every type has a serializer of its own: a type that would need Kryo ends the job.
        settings.set(PipelineOptions.GENERIC_TYPES, false);
        return settings;
    }

    private static final class Tell
            extends ProcessWindowFunction<WindowTotals, Measure, Tuple2<String, String>, TimeWindow> {
        @Override
        public void process(
                Tuple2<String, String> key,
                Context context,
                Iterable<WindowTotals> totals,
                Collector<Measure> out) {
            long start = context.window().getStart();
            out.collect(new Measure(key.f0, key.f1, start, totals.iterator().next()));
        }
    }
}
