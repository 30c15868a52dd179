package dev.pirn.block;

import dev.pirn.CoroutineFn;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * What a file system does with the storage below a file, and does not do: what it has refused for good is not
 * asked again.
 *
 * <pre>
 *   PUNCH_HOLE, if that is allowed ──▶ ZERO_RANGE ──▶ the caller writes zeroes, CHUNK_SIZE at a time
 * </pre>
 */
final class Allocation {
    private static final int CHUNK_SIZE = 1 << 20;
    private static final MemorySegment ZEROES = Arena.global().allocate(CHUNK_SIZE, 64).asReadOnly();

    private final RawFile file;
    private final boolean unmap;
    /** Modes. Plain: what a loop does not see, it asks again. */
    private int refused;

    Allocation(RawFile file, boolean unmap) {
        this.file = file;
        this.unmap = unmap;
    }

    /** What to write where the system cannot zero: the first of {@code length} bytes, or all of them. */
    static MemorySegment zeroes(long length) {
        return ZEROES.asSlice(0, Math.min(CHUNK_SIZE, length));
    }

    /** Has the range be zeroes, not written; false if that cannot be, and then nothing was changed. */
    @CoroutineFn
    boolean zero(long offset, long length, boolean mayUnmap) throws IOException {
        return mayUnmap && punch(offset, length) || allocate(RawFile.FALLOC_FL_ZERO_RANGE, offset, length);
    }

    /** Gives the storage back; false if it was left, and then nothing was changed. */
    @CoroutineFn
    boolean punch(long offset, long length) throws IOException {
        return unmap && allocate(RawFile.FALLOC_FL_PUNCH_HOLE, offset, length);
    }

    @CoroutineFn
    private boolean allocate(int mode, long offset, long length) throws IOException {
        if ((refused & mode) != 0) return false;
        var outcome = file.allocate(mode, offset, length);
        if (outcome == RawFile.Outcome.NEVER) refused |= mode;
        return outcome == RawFile.Outcome.DONE;
    }
}
