package streamgauge.peer;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.cfg.CoercionAction;
import com.fasterxml.jackson.databind.cfg.CoercionInputShape;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.type.LogicalType;
import java.io.IOException;
import java.util.List;
import org.apache.flink.api.common.serialization.AbstractDeserializationSchema;

/** JSON to objects with Jackson's databind, as Flink's JsonDeserializationSchema, and checked. */
public final class JsonSchema<P extends Call> extends AbstractDeserializationSchema<P> {
    private final Class<P> type;
    private transient ObjectMapper mapper;

    public JsonSchema(Class<P> type) {
        super(type);
        this.type = type;
    }

    @Override
    public void open(InitializationContext context) {
        mapper =
                JsonMapper.builder()
                        .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
                        .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
                        .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
                        .disable(MapperFeature.ALLOW_COERCION_OF_SCALARS)
                        .enable(JsonParser.Feature.USE_FAST_DOUBLE_PARSER)
                        .withCoercionConfig(
                                LogicalType.Textual,
                                texts -> {
                                    for (CoercionInputShape shape :
                                            List.of(
                                                    CoercionInputShape.Integer,
                                                    CoercionInputShape.Float,
                                                    CoercionInputShape.Boolean)) {
                                        texts.setCoercion(shape, CoercionAction.Fail);
                                    }
                                })
                        .build();
    }

    /** Null for what is refused, which Flink then leaves out. */
    @Override
    public P deserialize(byte[] body) {
        try {
            P call = mapper.readValue(body, type);
            if (call == null) {
                throw new IllegalArgumentException("null");
            }
            call.check(System.currentTimeMillis());
            return call;
        } catch (IOException | IllegalArgumentException refusal) {
            FlinkPeer.tally.refused();
            return null;
        }
    }
}
