package dev.pirn.block;

import dev.pirn.CoroutineFn;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;

/**
 * An open file, by its system calls, each made once. What is below zero is an error, {@code -errno} as the
 * kernel has it.
 *
 * <p>An interface for the tests, in whose files anything may happen.
 */
interface Descriptor {
    /** {@code RWF_NOWAIT}: {@link Errno#EAGAIN} instead of waiting for a disk. */
    int NOWAIT = 8;
    int SEEK_DATA = 3;
    int SEEK_HOLE = 4;

    /**
     * {@code preadv2} of {@code length} bytes to {@code address}. For the loop's thread alone: it uses memory
     * that is there, so that it allocates nothing.
     *
     * @return how many, 0 at the end of the file, or {@code -errno}
     */
    long readHere(long address, long length, long offset, int flags);

    /** {@code pwritev2}; else as {@link #readHere}. */
    long writeHere(long address, long length, long offset, int flags);

    /** The size in bytes ({@code lseek}), or {@code -errno}. From any thread. */
    long size();

    /** {@code pread}: how many bytes, 0 at the end of the file, or {@code -errno}. Blocks. */
    long read(MemorySegment target, long offset);

    /** {@code pwrite}: how many bytes, or {@code -errno}. Blocks. */
    long write(MemorySegment source, long offset);

    /**
     * Whether all of the range is in the page cache, so that nobody who reads it now waits for a disk. False
     * too where nobody can tell. For the loop's thread.
     */
    boolean isCached(long offset, long length);

    /** The same file, for who takes bytes from a channel; only where {@link #isCached} was true once. */
    FileChannel channel();

    /** {@code fdatasync}: 0 or {@code -errno}. Blocks. */
    int flush();

    /** {@code ftruncate}: 0 or {@code -errno}. Blocks. */
    int truncate(long size);

    /** {@code fallocate}: 0 or {@code -errno}. Blocks. */
    int allocate(int mode, long offset, long length);

    /** {@code posix_fadvise}, to read ahead; an advice, so that its errors are nobody's. May block. */
    void willNeed(long offset, long length);

    /**
     * The next byte from {@code offset} on that is data ({@code SEEK_DATA}) or lies in a hole, as the end
     * does ({@code SEEK_HOLE}), or {@code -errno}: {@link Errno#ENXIO} if there is none. May block.
     */
    long seek(long offset, int whence);

    /** As {@link #read(MemorySegment, long)}, of native memory, by a ring of the loop: suspends. */
    @CoroutineFn
    long read(LoopRing ring, MemorySegment target, long offset);

    /** As {@link #write(MemorySegment, long)}, of native memory, by a ring of the loop: suspends. */
    @CoroutineFn
    long write(LoopRing ring, MemorySegment source, long offset);

    /** As {@link #flush()}, by a ring of the loop: suspends. */
    @CoroutineFn
    int flush(LoopRing ring);

    /** Whether the file has no disk below it, so that a read waits for none. */
    boolean isInMemory();

    /** Nobody may be in one of the others. */
    void close();
}
