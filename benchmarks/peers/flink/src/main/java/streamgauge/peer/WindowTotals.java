package streamgauge.peer;

import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;
import org.apache.flink.types.CopyableValue;

/**
 * The accumulator of one window: the totals, and which of their places each feature has.
 *
 * <p>Flink knows how to keep such a value in a checkpoint, and copies it when it changes while one
 * is being written.
 */
public final class WindowTotals implements CopyableValue<WindowTotals> {
    private boolean full;
    private int features;
    private Map<String, Integer> places;
    private transient Totals totals;

    /** For Flink, which reads or copies something into it next. */
    public WindowTotals() {
        this(0, false);
    }

    WindowTotals(int features, boolean full) {
        this.features = features;
        this.full = full;
        this.places = new HashMap<>();
        this.totals = Totals.fresh(features, full);
    }

    /** Count a prediction; `scratch` is an event to use for it. */
    void add(Call call, Event scratch) {
        scratch.clear();
        call.describe(scratch, places);
        totals.add(scratch);
    }

    long[] checksum() {
        return totals.checksum();
    }

    @Override
    public void write(DataOutputView out) throws IOException {
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

    @Override
    public void read(DataInputView in) throws IOException {
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

    /** Bytes of one value: they differ. */
    @Override
    public int getBinaryLength() {
        return -1;
    }

    @Override
    public void copyTo(WindowTotals target) {
        target.full = full;
        target.features = features;
        target.places = new HashMap<>(places);
        target.totals = Totals.of(totals.bytes(), features, full);
    }

    @Override
    public WindowTotals copy() {
        WindowTotals copy = new WindowTotals();
        copyTo(copy);
        return copy;
    }

    @Override
    public void copy(DataInputView source, DataOutputView target) throws IOException {
        WindowTotals passing = new WindowTotals();
        passing.read(source);
        passing.write(target);
    }
}
