package dev.pirn.block;

import dev.pirn.CoroutineFn;
import dev.pirn.lock.CoSemaphore;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;

/** Aligned memory for requests whose own is not: at most {@link #COUNT_MAX} pieces, kept. From any loop. */
final class Bounce implements AutoCloseable {
    /** Bytes of a piece. */
    static final int SIZE = 64 << 10;
    /** Most pieces, 4 MiB in all: as many requests as saturate the disks that we measured. */
    static final int COUNT_MAX = 64;

    private static final int ALIGNMENT = 4096;

    private final CoSemaphore permits = new CoSemaphore("bounce buffers", COUNT_MAX);
    private final Arena arena = Arena.ofShared();
    private final ArrayDeque<MemorySegment> kept = new ArrayDeque<>(); // Guarded by its monitor.

    /** Lends a piece; suspends while all are lent. */
    @CoroutineFn
    MemorySegment take() {
        permits.acquire();
        return keptOrNew();
    }

    private MemorySegment keptOrNew() {
        synchronized (kept) {
            MemorySegment piece = kept.pollLast();
            return piece != null ? piece : arena.allocate(SIZE, ALIGNMENT);
        }
    }

    void giveBack(MemorySegment piece) {
        synchronized (kept) {
            kept.addLast(piece);
        }
        permits.release();
    }

    /** Nobody has any. */
    @Override
    public void close() {
        arena.close();
    }
}
