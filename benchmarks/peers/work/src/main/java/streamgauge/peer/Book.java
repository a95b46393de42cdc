package streamgauge.peer;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.function.Consumer;

/** The open windows of all series that one task reads, as mutable totals on the heap. */
public final class Book {
    private static final long WINDOW_MS = Limits.WINDOW_MS;
    private static final long KEPT_MS = Limits.DELAY_MS + Limits.LATENESS_MS;

    private final boolean full;
    private final int features;
    private final Map<String, Map<String, Series>> series = new HashMap<>();
    private long newest;
    private long closedCount;
    private long closedMicros;
    private long closedCells;

    public Book(int features, boolean full) {
        this.features = features;
        this.full = full;
    }

    /** Count an event into its minute. */
    public void add(Event event) {
        Map<String, Series> versions = series.get(event.model);
        if (versions == null) {
            series.put(event.model, versions = new HashMap<>());
        }
        Series held = versions.get(event.version);
        if (held == null) {
            versions.put(event.version, held = new Series(event.model, event.version));
        }
        long start = event.ts - event.ts % WINDOW_MS;
        if (held.last == null || held.lastStart != start) {
            held.lastStart = start;
            held.last = held.windows.computeIfAbsent(start, ignored -> Totals.fresh(features, full));
        }
        held.last.add(event);
        newest = Math.max(newest, event.ts);
    }

    /** Tell every window that changed since the last time, then drop those that are over. */
    public void flush(BiConsumer<String, byte[]> changed, Consumer<String> over) {
        for (Series held : all()) {
            for (Iterator<Map.Entry<Long, Totals>> at = held.windows.entrySet().iterator();
                    at.hasNext(); ) {
                Map.Entry<Long, Totals> window = at.next();
                Totals totals = window.getValue();
                String key = held.model + '\0' + held.version + '\0' + window.getKey();
                if (totals.changed) {
                    totals.changed = false;
                    changed.accept(key, totals.bytes());
                }
                if (window.getKey() + WINDOW_MS + KEPT_MS <= newest) {
                    close(totals);
                    at.remove();
                    over.accept(key);
                    if (held.last == totals) {
                        held.last = null;
                    }
                }
            }
        }
    }

    /** Everything that is open, key and totals one after the other, for a snapshot. */
    public List<byte[]> snapshot() {
        List<byte[]> all = new ArrayList<>();
        for (Series held : all()) {
            held.windows.entrySet().removeIf(window -> over(held, window));
            held.windows.forEach(
                    (start, totals) -> {
                        String key = held.model + '\0' + held.version + '\0' + start;
                        all.add(key.getBytes(StandardCharsets.UTF_8));
                        all.add(totals.bytes());
                    });
        }
        return all;
    }

    /** What was counted since the start: events, microseconds of latency, observations. */
    public long[] checksum() {
        long[] sums = {closedCount, closedMicros, closedCells};
        for (Series held : all()) {
            for (Totals totals : held.windows.values()) {
                sums[0] += totals.count;
                sums[1] += totals.latencyMicros;
                sums[2] += totals.cells();
            }
        }
        return sums;
    }

    private boolean over(Series held, Map.Entry<Long, Totals> window) {
        if (window.getKey() + WINDOW_MS + KEPT_MS > newest) {
            return false;
        }
        close(window.getValue());
        if (held.last == window.getValue()) {
            held.last = null;
        }
        return true;
    }

    private void close(Totals totals) {
        closedCount += totals.count;
        closedMicros += totals.latencyMicros;
        closedCells += totals.cells();
    }

    private List<Series> all() {
        List<Series> all = new ArrayList<>();
        series.values().forEach(versions -> all.addAll(versions.values()));
        return all;
    }

    private static final class Series {
        final String model;
        final String version;
        final Map<Long, Totals> windows = new HashMap<>();
        long lastStart;
        Totals last;

        Series(String model, String version) {
            this.model = model;
            this.version = version;
        }
    }
}
