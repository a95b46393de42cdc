package streamgauge.peer;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** All fields of a prediction that streamgauge's full work looks at. */
public class Prediction extends Call {
    private static final List<String> DIMENSIONS = Arrays.asList(Event.DIMENSIONS);

    public int v = 1;
    public String id;
    public Map<String, Double> features = new HashMap<>();
    public Double prediction;
    public Double confidence;
    public Double apiLatencyMs;
    public String status = "ok";
    public String error;
    public Boolean cacheHit;
    public boolean fallback;
    public Map<String, String> dimensions = new HashMap<>();

    @Override
    public void check(long now) {
        super.check(now);
        text(id);
        if (v != 1 || features == null || dimensions == null) {
            throw new IllegalArgumentException("unknown version, or no features or dimensions");
        }
        features.values().forEach(Call::finite);
        finite(prediction);
        bounded(confidence, 1.0);
        bounded(apiLatencyMs, Limits.LONGEST_MS);
        if (!"ok".equals(status) && !"error".equals(status)) {
            throw new IllegalArgumentException("unknown status");
        }
        errorClass();
        dimensions.values().forEach(Call::label);
    }

    @Override
    public void describe(Event event, Map<String, Integer> places) {
        super.describe(event, places);
        event.id = id;
        event.apiLatencyMs = orNaN(apiLatencyMs);
        event.confidence = orNaN(confidence);
        event.prediction = orNaN(prediction);
        event.error = errorClass();
        event.cache = cacheHit == null ? -1 : cacheHit ? 1 : 0;
        event.fallback = fallback;
        features.forEach(
                (name, value) -> {
                    Integer place = places.get(name);
                    if (place == null && places.size() < event.features.length) {
                        places.put(name, place = places.size());
                    }
                    if (place != null) {
                        event.features[place] = orNaN(value);
                    }
                });
        event.carried = places.size();
        dimensions.forEach(
                (name, value) -> {
                    int place = DIMENSIONS.indexOf(name);
                    if (place >= 0) {
                        event.dimensions[place] = value;
                    }
                });
    }

    private int errorClass() {
        if (error != null) {
            return Event.errorClass(error);
        }
        return "ok".equals(status) ? 0 : Event.errorClass("prediction");
    }
}
