package streamgauge.peer;

import java.nio.ByteBuffer;

/** Integers as few bytes, the way Protocol Buffers pack them: an empty cell is one byte. */
final class Packed {
    static final int LONGEST = 10;

    private Packed() {}

    static void put(ByteBuffer to, long value) {
        long rest = value;
        while ((rest & ~0x7FL) != 0) {
            to.put((byte) (rest & 0x7F | 0x80));
            rest >>>= 7;
        }
        to.put((byte) rest);
    }

    static void put(ByteBuffer to, int[] cells) {
        for (int cell : cells) {
            put(to, cell);
        }
    }

    static long get(ByteBuffer from) {
        long value = 0;
        for (int shift = 0; ; shift += 7) {
            byte next = from.get();
            value |= (long) (next & 0x7F) << shift;
            if (next >= 0) {
                return value;
            }
        }
    }

    static void get(ByteBuffer from, int[] cells) {
        for (int place = 0; place < cells.length; place++) {
            cells[place] = (int) get(from);
        }
    }
}
