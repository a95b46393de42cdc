package streamgauge.peer;

import java.util.Map;

/** The fields of a prediction that counting needs, as Jackson's databind fills them. */
public class Call {
    public long ts;
    public String model;
    public String version;
    public Double latencyMs;

    /** IllegalArgumentException for what breaks the contract; a time that is missing is too old. */
    public void check(long now) {
        label(model);
        label(version);
        bounded(latencyMs, Limits.LONGEST_MS);
        if (ts < now - Limits.PAST_MS || ts > now + Limits.AHEAD_MS) {
            throw new IllegalArgumentException("too old or ahead of the clock");
        }
    }

    /** Say the same as an event that totals add; `places` are the numbers of known features. */
    public void describe(Event event, Map<String, Integer> places) {
        event.ts = ts;
        event.model = model;
        event.version = version;
        event.latencyMs = orNaN(latencyMs);
    }

    static double orNaN(Double value) {
        return value == null ? Double.NaN : value;
    }

    static void text(String text) {
        if (text == null || text.isEmpty() || text.length() > Limits.LABEL_LENGTH) {
            throw new IllegalArgumentException("not a short text");
        }
    }

    static void label(String text) {
        text(text);
        for (int place = 0; place < text.length(); place++) {
            if (Character.isISOControl(text.charAt(place))) {
                throw new IllegalArgumentException("control characters");
            }
        }
    }

    static void bounded(Double value, double highest) {
        if (value != null && !(value >= 0 && value <= highest)) {
            throw new IllegalArgumentException("out of range");
        }
    }

    static void finite(Double value) {
        if (value != null && !Double.isFinite(value)) {
            throw new IllegalArgumentException("not a number");
        }
    }
}
