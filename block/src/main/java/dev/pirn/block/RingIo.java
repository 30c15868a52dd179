package dev.pirn.block;

import java.lang.foreign.MemorySegment;

/**
 * By the kernel, through the ring of the loop that asks; what a ring does worse than threads, and what it
 * cannot do now, by threads.
 *
 * @param direct whether the file has no page cache above it
 */
record RingIo(Rings rings, PoolIo pool, boolean direct) implements AsyncIo {
    @Override
    public long read(Descriptor file, MemorySegment target, long offset) {
        LoopRing ring = fits(target) ? rings.ofLoop() : null;
        if (ring == null) return pool.read(file, target, offset);
        long result = file.read(ring, target, offset);
        return isForPool(result) ? pool.read(file, target, offset) : result;
    }

    /** What is cached is copied by the loop's thread: when it asks, or when the disk has brought it. */
    private boolean fits(MemorySegment memory) {
        return memory.isNative() && (direct || memory.byteSize() <= NativeFile.HERE_SIZE_MAX);
    }

    /** A cached write that would wait goes to a worker of the kernel: no better than ours, and slower. */
    @Override
    public long write(Descriptor file, MemorySegment source, long offset) {
        LoopRing ring = direct && source.isNative() ? rings.ofLoop() : null;
        if (ring == null) return pool.write(file, source, offset);
        long result = file.write(ring, source, offset);
        return isForPool(result) ? pool.write(file, source, offset) : result;
    }

    @Override
    public int flush(Descriptor file) {
        LoopRing ring = rings.ofLoop();
        if (ring == null) return pool.flush(file);
        int result = file.flush(ring);
        return isForPool(result) ? pool.flush(file) : result;
    }

    /**
     * True of what says nothing of the disk: the kernel is short of something, the thread that submitted it
     * has ended, or this file's system knows it by system call only. A thread finds out.
     */
    private static boolean isForPool(long result) {
        return switch ((int) -result) {
            case Errno.EAGAIN, Errno.ECANCELED, Errno.EINVAL, Errno.EOPNOTSUPP, Errno.ENOMEM,
                    Errno.EBUSY -> true;
            default -> false;
        };
    }
}
