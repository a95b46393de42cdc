package streamgauge.peer;

import java.io.IOException;
import org.apache.flink.api.common.serialization.AbstractDeserializationSchema;

/** JSON to objects with Jackson's databind, as Flink's JsonDeserializationSchema, and checked. */
public final class JsonSchema<P extends Call> extends AbstractDeserializationSchema<P> {
    private final Class<P> type;
    private transient Json<P> json;

    public JsonSchema(Class<P> type) {
        super(type);
        this.type = type;
    }

    @Override
    public void open(InitializationContext context) {
        json = new Json<>(type);
    }

    /** Null for what is refused, which Flink then leaves out. */
    @Override
    public P deserialize(byte[] body) {
        try {
            return json.readChecked(body);
        } catch (IOException | IllegalArgumentException refusal) {
            FlinkPeer.tally.refused();
            return null;
        }
    }
}
