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

/** JSON to objects and back with Jackson's databind. */
public final class Json<P extends Call> {
    private final Class<P> type;
    private final ObjectMapper mapper;

    public Json(Class<P> type) {
        this.type = type;
        this.mapper =
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

    public P read(byte[] body) throws IOException {
        return mapper.readValue(body, type);
    }

    /** Read from outside: IllegalArgumentException for what breaks the contract. */
    public P readChecked(byte[] body) throws IOException {
        P call = read(body);
        if (call == null) {
            throw new IllegalArgumentException("null");
        }
        call.check(System.currentTimeMillis());
        return call;
    }

    public byte[] write(P call) throws IOException {
        return mapper.writeValueAsBytes(call);
    }
}
