package dev.pirn.block;

import dev.pirn.CoroutineFn;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * What a disk's bytes are made of. {@link BlockDevice} has checked every request: it lies inside the disk, is
 * not empty, and writes nothing to a disk that is read-only.
 *
 * <p>All but {@link #size} and {@link #close} may suspend; many requests may be inside at a time.
 */
sealed interface Driver permits RawDriver {
    /** The disk's size in bytes; never changes. */
    long size();

    @CoroutineFn
    void read(long offset, MemorySegment target) throws IOException;

    @CoroutineFn
    void write(long offset, MemorySegment source) throws IOException;

    /**
     * Zeroes the range.
     *
     * @param fast whether not to, if that would take as long as writing
     * @return false if for that it was not done; any part of the range may be zero then
     */
    @CoroutineFn
    boolean writeZeroes(long offset, long length, boolean mayUnmap, boolean fast) throws IOException;

    @CoroutineFn
    void discard(long offset, long length) throws IOException;

    @CoroutineFn
    void flush() throws IOException;

    /** Brings the range nearer, as far as that can be done; reports no errors of the disk. */
    @CoroutineFn
    void prefetch(long offset, long length) throws IOException;

    /**
     * Says how the range is stored, from its begin: at least one extent and at most {@code countMax}, none of
     * which reaches beyond the range. Who does not know says that it is data.
     */
    @CoroutineFn
    List<Extent> extents(long offset, long length, int countMax) throws IOException;

    void close() throws IOException;
}
