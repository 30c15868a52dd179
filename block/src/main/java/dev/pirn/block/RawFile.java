package dev.pirn.block;

import dev.pirn.CoroutineFn;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * The one open file below a {@link RawDriver}. All but {@link #size}, {@link #canSend} and {@link #close} may
 * suspend, and are for coroutines.
 */
sealed interface RawFile permits ChannelFile, NativeFile, DirectFile {
    // What Linux calls the modes of allocate; the size is kept always.
    int FALLOC_FL_KEEP_SIZE = 0x01;
    int FALLOC_FL_PUNCH_HOLE = 0x02;
    int FALLOC_FL_ZERO_RANGE = 0x10;

    /** What {@link #allocate} found. */
    enum Outcome {
        /** The range is as asked. */
        DONE,
        /** Not of this range (a disk's sectors, say); nothing was changed. */
        NOT_HERE,
        /** Not in this file system, ever; nothing was changed. */
        NEVER
    }

    /** Its size in bytes, now. */
    long size() throws IOException;

    /**
     * Fills {@code target}.
     *
     * @throws java.io.EOFException if the file ends before that
     */
    @CoroutineFn
    void read(long offset, MemorySegment target) throws IOException;

    /** As {@link Driver#canSend}. */
    boolean canSend(long offset, long length);

    /** As {@link Driver#send}. */
    @CoroutineFn
    void send(long offset, long length, long askedNanos, FileSink sink) throws IOException;

    /** Writes all of {@code source}; past the end the file grows. */
    @CoroutineFn
    void write(long offset, MemorySegment source) throws IOException;

    @CoroutineFn
    void flush() throws IOException;

    /** Cuts it, or makes it longer by zeroes. */
    @CoroutineFn
    void resize(long size) throws IOException;

    /**
     * Changes what the file has below the range.
     *
     * @throws IOException if the disk failed; any part of the range may have been changed
     */
    @CoroutineFn
    Outcome allocate(int mode, long offset, long length) throws IOException;

    /** Has the system read the range ahead; false if it cannot. */
    @CoroutineFn
    boolean willNeed(long offset, long length);

    /** As {@link Driver#extents}. */
    @CoroutineFn
    List<Extent> extents(long offset, long length, int countMax) throws IOException;

    void close() throws IOException;
}
