package dev.pirn.block;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** Finds out whether memory holds zeroes alone ({@code buffer_is_zero}). */
public final class Zeroes {
    /** What is compared at a time: it stays in the first-level cache, beside what is compared with it. */
    private static final int BLOCK_SIZE = 16 << 10;
    private static final MemorySegment ZEROES = Arena.global().allocate(BLOCK_SIZE, 64).asReadOnly();

    /*
     * By MemorySegment.mismatch, which the JIT has as vector instructions (JDK 25, 2 cores at 2.8 GHz, the
     * best of 600 rounds on a busy machine): 512 bytes 32 ns, 16 GB/s; 4 KiB 0.16 µs, 25 GB/s; 64 KiB 2.7 µs,
     * 24 GB/s; 1 MiB 49 µs, 21 GB/s; 32 MiB, from memory, 13 GB/s; data 8 ns. A loop that ORs longs is as
     * fast from 4 KiB on, where it is made vectors too, and at 512 bytes five times as slow (157 ns).
     */

    private Zeroes() { }

    /**
     * Tells whether {@code memory} holds nothing but zeroes; of no bytes, that is so. Data is mostly told by
     * one look at its ends and its middle, in some nanoseconds.
     */
    public static boolean areAll(MemorySegment memory) {
        long length = memory.byteSize();
        if (length == 0) return true;
        if ((at(memory, 0) | at(memory, length / 2) | at(memory, length - 1)) != 0) return false;
        for (long at = 0; at < length; at += BLOCK_SIZE) {
            long end = Math.min(length, at + BLOCK_SIZE);
            if (MemorySegment.mismatch(memory, at, end, ZEROES, 0, end - at) >= 0) return false;
        }
        return true;
    }

    private static byte at(MemorySegment memory, long offset) {
        return memory.get(ValueLayout.JAVA_BYTE, offset);
    }
}
