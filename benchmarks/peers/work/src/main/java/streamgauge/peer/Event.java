package streamgauge.peer;

import java.util.Arrays;

/** One prediction. A decoder fills the same object again and again, so nobody may keep it. */
public final class Event {
    public static final String[] DIMENSIONS = {"region", "segment"};

    public int partition;
    public String id;
    public long ts;
    public String model;
    public String version;
    public double latencyMs;
    public double apiLatencyMs;
    public double confidence;
    public double prediction;

    /** 0 is a success, then 4xx, 5xx, prediction, extraction. */
    public int error;

    /** 1 is a hit, 0 a miss, -1 unknown. */
    public int cache;

    public boolean fallback;

    /** By the number that the decoder gives each name; NaN is null. Only `carried` of them count. */
    public final double[] features;

    public int carried;

    /** By their place in DIMENSIONS; null where the event has none. */
    public final String[] dimensions = new String[DIMENSIONS.length];

    /** Why the event is refused, null for one that counts. */
    public String refused;

    public Event(int features) {
        this.features = new double[features];
    }

    /** The number of an error class; IllegalArgumentException for a name that is none. */
    public static int errorClass(String name) {
        return switch (name) {
            case "4xx" -> 1;
            case "5xx" -> 2;
            case "prediction" -> 3;
            case "extraction" -> 4;
            default -> throw new IllegalArgumentException("unknown error class");
        };
    }

    /** Back to an event that says nothing. */
    public void clear() {
        id = model = version = refused = null;
        ts = -1;
        latencyMs = apiLatencyMs = confidence = prediction = Double.NaN;
        error = 0;
        cache = -1;
        fallback = false;
        carried = 0;
        Arrays.fill(features, Double.NaN);
        Arrays.fill(dimensions, null);
    }
}
