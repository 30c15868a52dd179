package dev.pirn.block;

import java.lang.foreign.MemorySegment;

/**
 * What a file that was opened past the page cache wants, in bytes, powers of two.
 *
 * @param memory what the address of a request's memory is a multiple of
 * @param offset what its offset and its length are multiples of
 */
record Alignment(int memory, int offset) {
    /** Most that we know how to serve: that of the pieces of {@link Bounce}. */
    static final int MAX = 4096;

    /** A sector of most disks: the least that is probed. */
    static final int MIN = 512;

    /** Whether a request can be made as it is. */
    boolean fits(long at, MemorySegment segment) {
        return segment.isNative() && segment.address() % memory == 0
                && (at | segment.byteSize()) % offset == 0;
    }

    long down(long at) {
        return at & -offset;
    }

    long up(long at) {
        return down(at + offset - 1);
    }
}
