package dev.pirn.block;

import dev.pirn.aio.ThreadPool;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** By threads that block. */
record PoolIo(ThreadPool pool) implements AsyncIo {
    /** Bytes of a heap segment that are copied at a time. */
    private static final long COPY_SIZE = 1 << 20;

    @Override
    public long read(Descriptor file, MemorySegment target, long offset) {
        return pool.call(() ->
                target.isNative() ? file.read(target, offset) : readCopied(file, target, offset));
    }

    private static long readCopied(Descriptor file, MemorySegment target, long offset) {
        try (var arena = Arena.ofConfined()) {
            MemorySegment copy = arena.allocate(Math.min(COPY_SIZE, target.byteSize()));
            long count = file.read(copy, offset);
            if (count > 0) MemorySegment.copy(copy, 0, target, 0, count);
            return count;
        }
    }

    @Override
    public long write(Descriptor file, MemorySegment source, long offset) {
        return pool.call(() ->
                source.isNative() ? file.write(source, offset) : writeCopied(file, source, offset));
    }

    private static long writeCopied(Descriptor file, MemorySegment source, long offset) {
        try (var arena = Arena.ofConfined()) {
            MemorySegment copy = arena.allocate(Math.min(COPY_SIZE, source.byteSize()));
            MemorySegment.copy(source, 0, copy, 0, copy.byteSize());
            return file.write(copy, offset);
        }
    }

    @Override
    public int flush(Descriptor file) {
        return pool.call(file::flush);
    }
}
