package dev.pirn.block.qcow2;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/** One refcount in a piece of a refcount block, of 1 to 64 bits ("Refcount block entry"). */
final class RefcountEntry {
    private static final ValueLayout.OfShort SHORT =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
    private static final ValueLayout.OfByte BYTE = ValueLayout.JAVA_BYTE;

    private RefcountEntry() { }

    /** The largest that an entry can hold; of 64 bits only the half that is positive. */
    static long max(int order) {
        return order == 6 ? Long.MAX_VALUE : (1L << (1 << order)) - 1;
    }

    static long get(MemorySegment bytes, long index, int order) {
        long bit = index << order;
        long at = bit >>> 3;
        return switch (order) {
            case 6 -> bytes.get(Slice.WORD, at);
            case 5 -> bytes.get(Slice.INT, at) & 0xffff_ffffL;
            case 4 -> bytes.get(SHORT, at) & 0xffffL;
            case 3 -> bytes.get(BYTE, at) & 0xffL;
            default -> bytes.get(BYTE, at) >>> (bit & 7) & max(order);
        };
    }

    static void set(MemorySegment bytes, long index, int order, long value) {
        long bit = index << order;
        long at = bit >>> 3;
        switch (order) {
            case 6 -> bytes.set(Slice.WORD, at, value);
            case 5 -> bytes.set(Slice.INT, at, (int) value);
            case 4 -> bytes.set(SHORT, at, (short) value);
            case 3 -> bytes.set(BYTE, at, (byte) value);
            default -> {
                int shift = (int) (bit & 7);
                int others = bytes.get(BYTE, at) & ~((int) max(order) << shift);
                bytes.set(BYTE, at, (byte) (others | (int) value << shift));
            }
        }
    }
}
