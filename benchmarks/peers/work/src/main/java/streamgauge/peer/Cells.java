package streamgauge.peer;

/** Which cell of a histogram a value falls into: the grids that every program under test uses. */
public final class Cells {
    /** Log buckets of 2 %: the answer is off by at most 1 %. */
    public static final LogCells LATENCY = new LogCells(1e-6, 3_600.0, 1.02);

    /** One side of the predicted numbers; the other mirrors it. */
    private static final LogCells SIDE = new LogCells(1e-6, 1e9, 1.05);

    public static final int PREDICTION = 2 * SIDE.width - 1;
    public static final int CONFIDENCE = 1_001;
    public static final int FEATURE = 512;
    public static final int REGISTERS = 2_048;
    private static final int REGISTER_BITS = 11;
    private static final double LOW = -8.0;
    private static final double PER_UNIT = (FEATURE - 2) / 16.0;

    private Cells() {}

    public static int prediction(double value) {
        int zero = SIDE.width - 1;
        int side = SIDE.of(Math.abs(value));
        return value < 0 ? zero - side : zero + side;
    }

    public static int confidence(double share) {
        return (int) Math.rint(share * 1_000);
    }

    /** 510 cells from -8 to 8, with one below and one above. */
    public static int feature(double value) {
        int cell = 1 + (int) Math.floor((value - LOW) * PER_UNIT);
        return cell < 0 ? 0 : Math.min(cell, FEATURE - 1);
    }

    /** The finalizer of splitmix64 over the bits of a number. */
    public static long hash(double value) {
        long mixed = Double.doubleToRawLongBits(value) + 0x9E3779B97F4A7C15L;
        mixed = (mixed ^ (mixed >>> 30)) * 0xBF58476D1CE4E5B9L;
        mixed = (mixed ^ (mixed >>> 27)) * 0x94D049BB133111EBL;
        return mixed ^ (mixed >>> 31);
    }

    /** The HyperLogLog register of a hash. */
    public static int register(long hash) {
        return (int) (hash >>> (64 - REGISTER_BITS));
    }

    /** How many leading zeros the rest of the hash has, plus one. */
    public static byte rank(long hash) {
        long rest = hash << REGISTER_BITS | 1L << (REGISTER_BITS - 1);
        return (byte) (Long.numberOfLeadingZeros(rest) + 1);
    }

    /** Buckets whose width grows with the value. */
    public static final class LogCells {
        public final int width;
        private final double low;
        private final double logLow;
        private final double logGrowth;

        LogCells(double low, double high, double growth) {
            this.low = low;
            this.logLow = Math.log(low);
            this.logGrowth = Math.log(growth);
            this.width = (int) Math.ceil((Math.log(high) - logLow) / logGrowth) + 2;
        }

        public int of(double value) {
            if (value <= low) {
                return 0;
            }
            int cell = (int) Math.ceil((Math.log(value) - logLow) / logGrowth);
            return cell < 0 ? 0 : Math.min(cell, width - 1);
        }
    }
}
