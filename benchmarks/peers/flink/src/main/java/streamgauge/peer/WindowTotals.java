package streamgauge.peer;

import java.io.IOException;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;
import org.apache.flink.types.CopyableValue;

/**
 * The accumulator of one window.
 *
 * <p>Flink knows how to keep such a value in a checkpoint, and copies it when it changes while one
 * is being written.
 */
public final class WindowTotals extends NamedTotals implements CopyableValue<WindowTotals> {
    /** For Flink, which reads or copies something into it next. */
    public WindowTotals() {
        this(0, false);
    }

    WindowTotals(int features, boolean full) {
        super(features, full);
    }

    @Override
    public void write(DataOutputView out) throws IOException {
        super.write(out);
    }

    @Override
    public void read(DataInputView in) throws IOException {
        super.read(in);
    }

    /** Bytes of one value: they differ. */
    @Override
    public int getBinaryLength() {
        return -1;
    }

    @Override
    public void copyTo(WindowTotals target) {
        target.take(this);
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
