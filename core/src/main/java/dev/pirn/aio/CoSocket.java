package dev.pirn.aio;

import dev.pirn.CoroutineFn;
import java.io.EOFException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.nio.channels.spi.SelectorProvider;

/**
 * A stream socket, TCP or unix, that suspends the coroutine which waits for it instead of the thread.
 *
 * <p>Belongs to the loop in which it was made: all methods are for coroutines of that loop, {@link #close}
 * also for its handlers. At most one coroutine reads and one writes at a time.
 */
public final class CoSocket implements AutoCloseable {
    private final SocketChannel channel;
    private final Readiness readiness;

    private CoSocket(EventLoop loop, SocketChannel channel) throws IOException {
        this.channel = channel;
        this.readiness = new Readiness(loop, channel);
        if (!channel.supportedOptions().contains(StandardSocketOptions.TCP_NODELAY)) return; // A unix socket.
        channel.setOption(StandardSocketOptions.TCP_NODELAY, true); // Replies are gathered by us.
        // A peer whose network is gone is found out.
        channel.setOption(StandardSocketOptions.SO_KEEPALIVE, true);
    }

    /** Takes {@code channel} over, or closes it. */
    static CoSocket of(EventLoop loop, SocketChannel channel) throws IOException {
        try {
            return new CoSocket(loop, channel);
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e;
        }
    }

    /**
     * Connects to {@code address}, an {@link InetSocketAddress} or a {@link UnixDomainSocketAddress}.
     * Suspends.
     *
     * @throws IOException if nobody listens there; nothing stays open
     */
    @CoroutineFn
    public static CoSocket connect(SocketAddress address) throws IOException {
        EventLoop loop = EventLoop.current();
        SelectorProvider world = loop.world().channels();
        SocketChannel channel = address instanceof UnixDomainSocketAddress
                ? world.openSocketChannel(StandardProtocolFamily.UNIX) : world.openSocketChannel();
        try {
            var socket = new CoSocket(loop, channel); // Closed below if anything throws.
            if (!channel.connect(address)) {
                do {
                    socket.readiness.await(SelectionKey.OP_CONNECT);
                } while (!channel.finishConnect());
            }
            return socket;
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e;
        }
    }

    /**
     * Reads at least one byte, and as many as are there and fit. Suspends while there are none.
     *
     * @return how many, or -1 when the peer has closed its side
     * @throws IllegalArgumentException if {@code target} has no room
     */
    @CoroutineFn
    public int read(ByteBuffer target) throws IOException {
        if (!target.hasRemaining()) throw new IllegalArgumentException("read into a full buffer: " + target);
        while (true) {
            int count = channel.read(target);
            if (count != 0) return count;
            readiness.await(SelectionKey.OP_READ);
        }
    }

    /**
     * Fills {@code target} to its limit. Suspends.
     *
     * @throws EOFException if the peer closes before that; {@code target} holds what came
     */
    @CoroutineFn
    public void readFully(ByteBuffer target) throws IOException {
        while (target.hasRemaining()) {
            if (read(target) < 0) {
                throw new EOFException("the peer closed with " + target.remaining() + " bytes still to come");
            }
        }
    }

    /** Writes all of {@code source}. Suspends while the peer does not take it. */
    @CoroutineFn
    public void write(ByteBuffer source) throws IOException {
        while (source.hasRemaining()) {
            if (channel.write(source) == 0) readiness.await(SelectionKey.OP_WRITE);
        }
    }

    /**
     * Writes all of {@code count} buffers from {@code sources[first]} on, in one system call if the peer
     * takes them.
     */
    @CoroutineFn
    public void write(ByteBuffer[] sources, int first, int count) throws IOException {
        int end = first + count;
        int next = first;
        while (true) {
            while (next < end && !sources[next].hasRemaining()) next++;
            if (next == end) return;
            if (channel.write(sources, next, end - next) == 0) readiness.await(SelectionKey.OP_WRITE);
        }
    }

    /** Says that no more will be written; the peer reads to the end of what was. */
    public void shutdownOutput() throws IOException {
        channel.shutdownOutput();
    }

    /** The peer's address; for a unix socket usually the empty path. */
    public SocketAddress remoteAddress() throws IOException {
        return channel.getRemoteAddress();
    }

    /** False once it was closed on this side. */
    public boolean isOpen() {
        return channel.isOpen();
    }

    /**
     * Closes it. A coroutine that reads or writes gets a {@link java.nio.channels.ClosedChannelException}.
     */
    @Override
    public void close() throws IOException {
        readiness.close();
    }

    /** Names it for people. */
    @Override
    public String toString() {
        return channel.toString();
    }
}
