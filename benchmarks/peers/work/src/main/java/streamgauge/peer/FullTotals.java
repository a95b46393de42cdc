package streamgauge.peer;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Everything that streamgauge keeps of one series in one window. */
final class FullTotals extends Totals {
    private static final int INT = 5;
    private static final int TEXT = 4 * 128;

    private final int[] errors = new int[5];
    private final int[] cache = new int[2];
    private final int[] latency = new int[Cells.LATENCY.width];
    private final int[] apiLatency = new int[Cells.LATENCY.width];
    private final int[] confidence = new int[Cells.CONFIDENCE];
    private final int[] prediction = new int[Cells.PREDICTION];
    private long apiMicros;
    private long confidenceMillionths;
    private long predictionThousandths;
    private long fallbacks;
    private final Feature[] features;
    private final List<Map<String, Slice>> slices = new ArrayList<>();

    FullTotals(int features) {
        this.features = new Feature[features];
        for (int place = 0; place < features; place++) {
            this.features[place] = new Feature();
        }
        for (String ignored : Event.DIMENSIONS) {
            slices.add(new HashMap<>());
        }
    }

    @Override
    public void add(Event event) {
        super.add(event);
        errors[event.error]++;
        if (event.cache >= 0) {
            cache[event.cache]++;
        }
        if (event.fallback) {
            fallbacks++;
        }
        int cell = -1;
        if (!Double.isNaN(event.latencyMs)) {
            cell = Cells.LATENCY.of(event.latencyMs / 1_000);
            latency[cell]++;
        }
        if (!Double.isNaN(event.apiLatencyMs)) {
            apiMicros += Math.round(event.apiLatencyMs * 1_000);
            apiLatency[Cells.LATENCY.of(event.apiLatencyMs / 1_000)]++;
        }
        if (!Double.isNaN(event.confidence)) {
            confidenceMillionths += Math.round(event.confidence * 1e6);
            confidence[Cells.confidence(event.confidence)]++;
        }
        if (!Double.isNaN(event.prediction)) {
            double bounded = Math.max(-1e9, Math.min(1e9, event.prediction));
            predictionThousandths += Math.round(bounded * 1e3);
            prediction[Cells.prediction(bounded)]++;
        }
        for (int place = 0; place < features.length && place < event.carried; place++) {
            features[place].add(event.features[place]);
        }
        for (int place = 0; place < Event.DIMENSIONS.length; place++) {
            String value = event.dimensions[place];
            if (value != null) {
                Map<String, Slice> known = slices.get(place);
                Slice slice = known.get(value);
                if (slice == null) {
                    known.put(value, slice = new Slice());
                }
                slice.add(event, cell);
            }
        }
    }

    @Override
    int size() {
        int cells = errors.length + cache.length + 2 * latency.length;
        cells += confidence.length + prediction.length;
        int size = super.size() + cells * INT + 4 * Packed.LONGEST + features.length * Feature.SIZE;
        for (Map<String, Slice> values : slices) {
            size += INT + values.size() * (TEXT + Slice.SIZE);
        }
        return size;
    }

    @Override
    void write(ByteBuffer to) {
        super.write(to);
        for (int[] cells : histograms()) {
            Packed.put(to, cells);
        }
        Packed.put(to, apiMicros);
        Packed.put(to, confidenceMillionths);
        Packed.put(to, predictionThousandths);
        Packed.put(to, fallbacks);
        for (Feature feature : features) {
            feature.write(to);
        }
        for (Map<String, Slice> values : slices) {
            Packed.put(to, values.size());
            values.forEach(
                    (value, slice) -> {
                        byte[] text = value.getBytes(StandardCharsets.UTF_8);
                        Packed.put(to, text.length);
                        to.put(text);
                        slice.write(to);
                    });
        }
    }

    @Override
    void read(ByteBuffer from) {
        super.read(from);
        for (int[] cells : histograms()) {
            Packed.get(from, cells);
        }
        apiMicros = Packed.get(from);
        confidenceMillionths = Packed.get(from);
        predictionThousandths = Packed.get(from);
        fallbacks = Packed.get(from);
        for (Feature feature : features) {
            feature.read(from);
        }
        for (Map<String, Slice> values : slices) {
            for (long left = Packed.get(from); left > 0; left--) {
                byte[] text = new byte[(int) Packed.get(from)];
                from.get(text);
                Slice slice = new Slice();
                slice.read(from);
                values.put(new String(text, StandardCharsets.UTF_8), slice);
            }
        }
    }

    private int[][] histograms() {
        return new int[][] {errors, cache, latency, apiLatency, confidence, prediction};
    }

    @Override
    long cells() {
        long cells = sum(latency) + sum(apiLatency) + sum(confidence) + sum(prediction);
        for (Feature feature : features) {
            cells += sum(feature.grid) + feature.nulls;
        }
        for (Map<String, Slice> values : slices) {
            for (Slice slice : values.values()) {
                cells += sum(slice.latency);
            }
        }
        return cells;
    }

    /** One feature: a grid, a sum in millionths, the ends, what was missing, and how many values. */
    private static final class Feature {
        static final int SIZE = Cells.FEATURE * INT + 4 * Packed.LONGEST + Cells.REGISTERS;

        final int[] grid = new int[Cells.FEATURE];
        final byte[] registers = new byte[Cells.REGISTERS];
        long nulls;
        long millionths;
        double lowest = Double.POSITIVE_INFINITY;
        double highest = Double.NEGATIVE_INFINITY;

        void add(double value) {
            if (Double.isNaN(value)) {
                nulls++;
                return;
            }
            grid[Cells.feature(value)]++;
            millionths += Math.round(value * 1e6);
            lowest = Math.min(lowest, value);
            highest = Math.max(highest, value);
            long hash = Cells.hash(value);
            int register = Cells.register(hash);
            byte rank = Cells.rank(hash);
            if (rank > registers[register]) {
                registers[register] = rank;
            }
        }

        void write(ByteBuffer to) {
            Packed.put(to, grid);
            Packed.put(to, nulls);
            Packed.put(to, millionths);
            to.putDouble(lowest).putDouble(highest).put(registers);
        }

        void read(ByteBuffer from) {
            Packed.get(from, grid);
            nulls = Packed.get(from);
            millionths = Packed.get(from);
            lowest = from.getDouble();
            highest = from.getDouble();
            from.get(registers);
        }
    }

    /** One value of one dimension: counts, errors, latency. */
    private static final class Slice {
        static final int SIZE = (Cells.LATENCY.width + 5) * INT + 2 * Packed.LONGEST;

        final int[] latency = new int[Cells.LATENCY.width];
        private final int[] errors = new int[5];
        private long count;
        private long micros;

        void add(Event event, int cell) {
            count++;
            errors[event.error]++;
            if (cell >= 0) {
                micros += Math.round(event.latencyMs * 1_000);
                latency[cell]++;
            }
        }

        void write(ByteBuffer to) {
            Packed.put(to, count);
            Packed.put(to, micros);
            Packed.put(to, errors);
            Packed.put(to, latency);
        }

        void read(ByteBuffer from) {
            count = Packed.get(from);
            micros = Packed.get(from);
            Packed.get(from, errors);
            Packed.get(from, latency);
        }
    }
}
