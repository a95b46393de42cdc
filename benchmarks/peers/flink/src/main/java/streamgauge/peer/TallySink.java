package streamgauge.peer;

import java.io.Serializable;
import java.util.function.Consumer;
import org.apache.flink.api.connector.sink2.Sink;
import org.apache.flink.api.connector.sink2.SinkWriter;
import org.apache.flink.api.connector.sink2.WriterInitContext;

/** Where a stream ends: what arrives is told to the bench, and costs no more. */
final class TallySink<T> implements Sink<T> {
    private final Take<T> take;

    TallySink(Take<T> take) {
        this.take = take;
    }

    @Override
    public SinkWriter<T> createWriter(WriterInitContext context) {
        return new Writer<>(take);
    }

    interface Take<T> extends Consumer<T>, Serializable {}

    private record Writer<T>(Consumer<T> take) implements SinkWriter<T> {
        @Override
        public void write(T element, Context context) {
            take.accept(element);
        }

        @Override
        public void flush(boolean endOfInput) {}

        @Override
        public void close() {}
    }
}
