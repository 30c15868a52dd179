package dev.pirn.tool.img;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** Finds zeroes in memory. */
final class Zeroes {
    private static final int COMPARED_MAX = 64 << 10;
    private static final MemorySegment ZEROES =
            Arena.global().allocate(COMPARED_MAX, Long.BYTES).asReadOnly();

    private Zeroes() { }

    /** Whether {@code length} bytes from {@code at} on are zero. */
    static boolean are(MemorySegment bytes, long at, long length) {
        // Most blocks of data differ in their first word, and a word is cheaper than a call.
        if (length >= Long.BYTES && bytes.get(ValueLayout.JAVA_LONG_UNALIGNED, at) != 0) return false;
        for (long done = 0; done < length; done += COMPARED_MAX) {
            long step = Math.min(COMPARED_MAX, length - done);
            long from = at + done;
            if (MemorySegment.mismatch(bytes, from, from + step, ZEROES, 0, step) >= 0) return false;
        }
        return true;
    }

    /** The first byte from {@code at} on that is not zero, or below zero if there is none. */
    static long firstOther(MemorySegment bytes, long at, long length) {
        for (long done = 0; done < length; done += COMPARED_MAX) {
            long step = Math.min(COMPARED_MAX, length - done);
            long found = MemorySegment.mismatch(bytes, at + done, at + done + step, ZEROES, 0, step);
            if (found >= 0) return done + found;
        }
        return -1;
    }

    /**
     * How far from {@code at} all units are zero, or none is.
     *
     * @param unit bytes that are looked at together; the first and the last may be shorter
     * @param phase how far {@code bytes} begins behind a multiple of {@code unit}
     */
    static long alike(MemorySegment bytes, long at, int unit, long phase) {
        boolean zero = are(bytes, at, next(bytes, at, unit, phase) - at);
        long end = next(bytes, at, unit, phase);
        while (end < bytes.byteSize()) {
            long next = next(bytes, end, unit, phase);
            if (are(bytes, end, next - end) != zero) break;
            end = next;
        }
        return end;
    }

    private static long next(MemorySegment bytes, long at, int unit, long phase) {
        return Math.min(bytes.byteSize(), at + unit - (at + phase) % unit);
    }
}
