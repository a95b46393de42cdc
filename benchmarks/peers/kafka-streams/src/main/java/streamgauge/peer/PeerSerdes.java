package streamgauge.peer;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import org.apache.kafka.common.errors.SerializationException;
import org.apache.kafka.common.serialization.Deserializer;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;

/** How predictions and totals are read and written. */
final class PeerSerdes {
    private PeerSerdes() {}

    /** Predictions from outside, which may be anything. */
    static <P extends Call> Serde<P> checked(Json<P> json) {
        return calls(json, (topic, body) -> attempt(() -> json.readChecked(body)));
    }

    /** Predictions that were checked, on the topic between the two halves of the program. */
    static <P extends Call> Serde<P> trusted(Json<P> json) {
        return calls(json, (topic, body) -> attempt(() -> json.read(body)));
    }

    static Serde<NamedTotals> totals() {
        return Serdes.serdeFrom(
                (topic, totals) ->
                        attempt(
                                () -> {
                                    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
                                    totals.write(new DataOutputStream(bytes));
                                    return bytes.toByteArray();
                                }),
                (topic, bytes) ->
                        attempt(
                                () -> {
                                    NamedTotals totals = new NamedTotals(0, false);
                                    totals.read(
                                            new DataInputStream(new ByteArrayInputStream(bytes)));
                                    return totals;
                                }));
    }

    private static <P extends Call> Serde<P> calls(Json<P> json, Deserializer<P> from) {
        return Serdes.serdeFrom((topic, call) -> attempt(() -> json.write(call)), from);
    }

    private static <T> T attempt(Attempt<T> attempt) {
        try {
            return attempt.run();
        } catch (IOException | IllegalArgumentException refusal) {
            throw new SerializationException(refusal);
        }
    }

    private interface Attempt<T> {
        T run() throws IOException;
    }
}
