package dev.pirn.nbd;

import dev.pirn.aio.EventLoop;
import dev.pirn.block.BufferPool;

/** One of a server's loops, with the buffers of its connections. */
final class Lane {
    final EventLoop loop;
    final BufferPool buffers;
    final Counters counters = new Counters();
    /** Its connections. Of the server's own loop alone. */
    int clients;

    Lane(EventLoop loop, long keptBytesMax) {
        this.loop = loop;
        this.buffers = BufferPool.of(keptBytesMax);
    }
}
