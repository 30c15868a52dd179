package dev.pirn.block;

import dev.pirn.CoroutineFn;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * What a disk's bytes are made of. {@link BlockDevice} has checked every request: it lies inside the disk, is
 * not empty, and writes nothing to a disk that is read-only.
 *
 * <p>To be implemented by those who have disks of their own, in a file or far away; to be used through
 * {@link BlockDevice#of} alone.
 *
 * <p>All but {@link #size}, {@link #canSend} and {@link #close} may suspend; many requests may be inside at
 * a time.
 */
public interface Driver {
    /** The disk's size in bytes; never changes. */
    long size();

    /**
     * The block that it reads and writes as a whole, in bytes: a power of two of at most
     * {@link BlockDevice#BLOCK_SIZE_MAX}; never changes. What is asked for is not aligned to it all the same:
     * the driver reads what surrounds it, and writes that back.
     */
    default int blockSize() {
        return 1;
    }

    /** Fills {@code target}, or throws. */
    @CoroutineFn
    void read(long offset, MemorySegment target) throws IOException;

    /** Whether {@link #send} works, and would not wait for the range. Does not suspend. */
    default boolean canSend(long offset, long length) {
        return false;
    }

    /** Gives the range to {@code sink}, or throws: for those who have it in a file, byte for byte. */
    @CoroutineFn
    default void send(long offset, long length, long askedNanos, FileSink sink) throws IOException {
        throw new IllegalStateException(this + ": its bytes are not those of a file; ask canSend first");
    }

    /** Writes all of {@code source}, or throws. */
    @CoroutineFn
    void write(long offset, MemorySegment source) throws IOException;

    /**
     * As {@link #write(long, MemorySegment)}, and has it on stable storage if {@code fua}: by a flush, for
     * those who know nothing better.
     */
    @CoroutineFn
    default void write(long offset, MemorySegment source, boolean fua) throws IOException {
        write(offset, source);
        if (fua) flush();
    }

    /** Makes the range read as zero; gives back what is below only if {@code mayUnmap}. */
    @CoroutineFn
    void writeZeroes(long offset, long length, boolean mayUnmap) throws IOException;

    /** As {@link #writeZeroes(long, long, boolean)}, and as {@link #write(long, MemorySegment, boolean)}. */
    @CoroutineFn
    default void writeZeroes(long offset, long length, boolean mayUnmap, boolean fua) throws IOException {
        writeZeroes(offset, length, mayUnmap);
        if (fua) flush();
    }

    /**
     * As {@link #writeZeroes(long, long, boolean, boolean)}, if that is faster than writing.
     *
     * @return false if it is not, or if nobody knows; any part of the range may be zero then
     */
    @CoroutineFn
    default boolean writeZeroesFast(long offset, long length, boolean mayUnmap, boolean fua)
            throws IOException {
        return false;
    }

    /** Takes the hint that nobody needs the range, or leaves it. */
    @CoroutineFn
    void discard(long offset, long length) throws IOException;

    /** Has on stable storage what was written by those who have returned. */
    @CoroutineFn
    void flush() throws IOException;

    /** Brings the range nearer, as far as that can be done; reports no errors of the disk. */
    @CoroutineFn
    void prefetch(long offset, long length) throws IOException;

    /**
     * Says how the range is stored, from its begin on: at least one extent and at most {@code countMax}, none
     * of which reaches beyond the range. Who knows nothing says that it is data.
     */
    @CoroutineFn
    default List<Extent> extents(long offset, long length, int countMax) throws IOException {
        return List.of(Extent.ofData(length));
    }

    /**
     * Puts into its file what it keeps until the end, such as what was written in which pieces: after the
     * last request, before {@link #close}. Requests may come again after it.
     */
    @CoroutineFn
    default void finish() throws IOException { }

    /** Lets go of what it has, without a flush. Does not suspend. */
    void close() throws IOException;
}
