package dev.pirn.nbd;

import dev.pirn.aio.EventLoop;
import dev.pirn.block.Buffer;
import dev.pirn.block.BufferPool;

/** One of a server's loops, with the small buffers of its connections. */
final class Lane {
    final EventLoop loop;
    final BufferPool buffers;
    final Memory memory;
    final Counters counters = new Counters();
    /** Its connections. Of the server's own loop alone. */
    int clients;

    Lane(EventLoop loop, long keptBytesMax, Memory memory) {
        this.loop = loop;
        this.buffers = BufferPool.of(keptBytesMax);
        this.memory = memory;
    }

    /** A buffer for so many bytes, which the caller has of the {@link #memory}. */
    Buffer take(int length) {
        return length <= Limits.SMALL_SIZE_MAX ? buffers.take(length) : memory.take(length);
    }
}
