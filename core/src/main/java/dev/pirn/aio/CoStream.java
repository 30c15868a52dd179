package dev.pirn.aio;

import dev.pirn.CoroutineFn;
import java.io.EOFException;
import java.io.IOException;
import java.net.SocketAddress;
import java.nio.ByteBuffer;

/**
 * A connection, plain or encrypted, that suspends the coroutine which waits for it instead of the thread.
 *
 * <p>Belongs to the loop in which it was made: all methods are for coroutines of that loop, {@link #close}
 * also for its handlers. At most one coroutine reads at a time. Several may write to a {@link CoTls}, one
 * after the other; to a {@link CoSocket} one.
 */
public sealed interface CoStream extends AutoCloseable permits CoSocket, CoTls {
    /**
     * Reads at least one byte, and as many as are there and fit. Suspends while there are none.
     *
     * @return how many, or -1 when the peer has closed its side
     * @throws IllegalArgumentException if {@code target} has no room
     */
    @CoroutineFn
    int read(ByteBuffer target) throws IOException;

    /**
     * Fills {@code target} to its limit. Suspends.
     *
     * @throws EOFException if the peer closes before that; {@code target} holds what came
     */
    @CoroutineFn
    default void readFully(ByteBuffer target) throws IOException {
        while (target.hasRemaining()) {
            if (read(target) < 0) {
                throw new EOFException("the peer closed with " + target.remaining() + " bytes still to come");
            }
        }
    }

    /** Writes all of {@code source}. Suspends while the peer does not take it. */
    @CoroutineFn
    void write(ByteBuffer source) throws IOException;

    /**
     * Writes all of {@code count} buffers from {@code sources[first]} on, in as few system calls as the peer
     * allows. Suspends.
     */
    @CoroutineFn
    void write(ByteBuffer[] sources, int first, int count) throws IOException;

    /** Says that no more will be written; the peer reads to the end of what was. Suspends. */
    @CoroutineFn
    void shutdownOutput() throws IOException;

    /** The peer's address; for a unix socket usually the empty path. */
    SocketAddress remoteAddress() throws IOException;

    /** False once it was closed on this side. */
    boolean isOpen();

    /**
     * Closes it. A coroutine that reads or writes gets a {@link java.nio.channels.ClosedChannelException}.
     */
    @Override
    void close() throws IOException;
}
