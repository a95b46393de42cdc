package streamgauge.peer;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonFactoryBuilder;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadFeature;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;

/** JSON to events with Jackson's streaming parser, one pass, checked as the contract asks. */
public final class Decoder {
    private final JsonFactory factory =
            new JsonFactoryBuilder()
                    .enable(StreamReadFeature.USE_FAST_DOUBLE_PARSER)
                    .disable(StreamReadFeature.AUTO_CLOSE_SOURCE)
                    .build();
    private final boolean full;
    private final Map<String, Integer> features = new HashMap<>();
    private final String[] order;
    private final Map<String, String> labels = new HashMap<>();

    /** With `full`, every field is read and checked; else those that counting needs. */
    public Decoder(int features, boolean full) {
        this.order = new String[features];
        this.full = full;
    }

    /** Fill an event; what cannot be read or breaks the contract is marked as refused. */
    public void decode(byte[] body, Event event) {
        event.clear();
        if (body == null) {
            event.refused = "empty";
            return;
        }
        try (JsonParser parser = factory.createParser(body)) {
            if (parser.nextToken() != JsonToken.START_OBJECT) {
                throw new IOException("not an object");
            }
            for (String name; (name = parser.nextFieldName()) != null; ) {
                field(parser, name, event);
            }
            if (parser.currentToken() != JsonToken.END_OBJECT || parser.nextToken() != null) {
                throw new IOException("more than one object");
            }
            check(event);
        } catch (IOException | IllegalArgumentException refusal) {
            event.refused = String.valueOf(refusal.getMessage());
        }
    }

    private void field(JsonParser parser, String name, Event event) throws IOException {
        switch (name) {
            case "ts" -> {
                parser.nextToken();
                event.ts = parser.getLongValue();
            }
            case "model" -> event.model = label(parser);
            case "version" -> event.version = label(parser);
            case "latency_ms" -> event.latencyMs = number(parser, Limits.LONGEST_MS);
            default -> {
                if (full) {
                    rest(parser, name, event);
                } else {
                    parser.nextToken();
                    parser.skipChildren();
                }
            }
        }
    }

    private void rest(JsonParser parser, String name, Event event) throws IOException {
        switch (name) {
            case "v" -> {
                if (parser.nextIntValue(-1) != 1) {
                    throw new IOException("unknown version");
                }
            }
            case "id" -> event.id = text(parser);
            case "features" -> features(parser, event);
            case "prediction" -> event.prediction = number(parser.nextToken(), parser);
            case "confidence" -> event.confidence = number(parser, 1.0);
            case "api_latency_ms" -> event.apiLatencyMs = number(parser, Limits.LONGEST_MS);
            case "status" -> {
                switch (text(parser)) {
                    case "ok" -> {}
                    case "error" -> event.error = Math.max(event.error, 3);
                    default -> throw new IOException("unknown status");
                }
            }
            case "error" -> event.error = Event.errorClass(text(parser));
            case "cache_hit" -> event.cache = truth(parser) ? 1 : 0;
            case "fallback" -> event.fallback = truth(parser);
            case "dimensions" -> dimensions(parser, event);
            default -> {
                parser.nextToken();
                parser.skipChildren();
            }
        }
    }

    private void features(JsonParser parser, Event event) throws IOException {
        if (parser.nextToken() != JsonToken.START_OBJECT) {
            throw new IOException("features");
        }
        int place = 0;
        for (String name; (name = parser.nextFieldName()) != null; place++) {
            JsonToken token = parser.nextToken();
            // Services send their features in one order, and Jackson interns names: one comparison.
            int number = place < order.length && order[place] == name ? place : number(name);
            if (number < order.length && token != JsonToken.VALUE_NULL) {
                event.features[number] = number(token, parser);
            }
        }
        event.carried = features.size();
    }

    private int number(String name) {
        Integer known = features.get(name);
        if (known == null) {
            known = features.size();
            features.put(name, known);
            if (known < order.length) {
                order[known] = name;
            }
        }
        return known;
    }

    private void dimensions(JsonParser parser, Event event) throws IOException {
        if (parser.nextToken() != JsonToken.START_OBJECT) {
            throw new IOException("dimensions");
        }
        for (String name; (name = parser.nextFieldName()) != null; ) {
            String value = label(parser);
            for (int place = 0; place < Event.DIMENSIONS.length; place++) {
                if (Event.DIMENSIONS[place].equals(name)) {
                    event.dimensions[place] = value;
                }
            }
        }
    }

    private static double number(JsonParser parser, double highest) throws IOException {
        double value = number(parser.nextToken(), parser);
        if (!(value >= 0 && value <= highest)) {
            throw new IOException("out of range");
        }
        return value;
    }

    private static double number(JsonToken token, JsonParser parser) throws IOException {
        if (!token.isNumeric()) {
            throw new IOException("not a number");
        }
        return parser.getDoubleValue();
    }

    private static boolean truth(JsonParser parser) throws IOException {
        Boolean value = parser.nextBooleanValue();
        if (value == null) {
            throw new IOException("neither true nor false");
        }
        return value;
    }

    private static String text(JsonParser parser) throws IOException {
        String text = parser.nextTextValue();
        if (text == null || text.isEmpty() || text.length() > Limits.LABEL_LENGTH) {
            throw new IOException("not a short text");
        }
        return text;
    }

    /** A text that returns often: checked once, and the same object from then on. */
    private String label(JsonParser parser) throws IOException {
        String text = text(parser);
        String known = labels.get(text);
        if (known == null) {
            if (text.chars().anyMatch(Character::isISOControl)) {
                throw new IOException("control characters");
            }
            known = text;
            if (labels.size() < 10_000) {
                labels.put(known, known);
            }
        }
        return known;
    }

    private void check(Event event) throws IOException {
        if (event.model == null || event.version == null || full && event.id == null) {
            throw new IOException("a required field is missing");
        }
        long now = System.currentTimeMillis();
        if (event.ts < now - Limits.PAST_MS || event.ts > now + Limits.AHEAD_MS) {
            throw new IOException("too old or ahead of the clock");
        }
    }
}
