package dev.pirn.block;

import dev.pirn.CoroutineFn;
import java.lang.foreign.MemorySegment;

/**
 * Who does for a {@link NativeFile} what may wait for a disk, so that the loop does not: threads, or the
 * kernel. Each call is one of {@link Descriptor}'s, with its result; it suspends.
 */
sealed interface AsyncIo permits PoolIo, RingIo {
    /** Reads some of it at least, unless it fails or the file ends. Of a heap segment, too. */
    @CoroutineFn
    long read(Descriptor file, MemorySegment target, long offset);

    /** Writes some of it at least, unless it fails. Of a heap segment, too. */
    @CoroutineFn
    long write(Descriptor file, MemorySegment source, long offset);

    /** As {@link Descriptor#flush()}. */
    @CoroutineFn
    int flush(Descriptor file);
}
