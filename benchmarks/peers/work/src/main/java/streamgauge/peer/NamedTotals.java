package streamgauge.peer;

import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;

/** The totals of one series in one window, and which of their places each feature has. */
public class NamedTotals {
    private boolean full;
    private int features;
    private Map<String, Integer> places;
    private Totals totals;

    public NamedTotals(int features, boolean full) {
        this.features = features;
        this.full = full;
        this.places = new HashMap<>();
        this.totals = Totals.fresh(features, full);
    }

    /** Count a prediction; `scratch` is an event to use for it. */
    public final void add(Call call, Event scratch) {
        scratch.clear();
        call.describe(scratch, places);
        totals.add(scratch);
    }

    public final long[] checksum() {
        return totals.checksum();
    }

    public final void write(DataOutput out) throws IOException {
        out.writeBoolean(full);
        out.writeInt(features);
        out.writeInt(places.size());
        for (Map.Entry<String, Integer> place : places.entrySet()) {
            out.writeUTF(place.getKey());
            out.writeInt(place.getValue());
        }
        byte[] bytes = totals.bytes();
        out.writeInt(bytes.length);
        out.write(bytes);
    }

    /** Take over what `write` wrote. */
    public final void read(DataInput in) throws IOException {
        full = in.readBoolean();
        features = in.readInt();
        places = new HashMap<>();
        for (int left = in.readInt(); left > 0; left--) {
            String name = in.readUTF();
            places.put(name, in.readInt());
        }
        byte[] bytes = new byte[in.readInt()];
        in.readFully(bytes);
        totals = Totals.of(bytes, features, full);
    }

    /** Take over what another holds, sharing nothing with it. */
    protected final void take(NamedTotals other) {
        full = other.full;
        features = other.features;
        places = new HashMap<>(other.places);
        totals = Totals.of(other.totals.bytes(), features, full);
    }
}
