package dev.pirn.aio;

import dev.pirn.CoroutineFn;
import dev.pirn.MayBlock;
import java.io.IOException;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SelectionKey;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.channels.spi.SelectorProvider;
import java.nio.file.Files;

/**
 * A listening socket, TCP or unix, that suspends the coroutine which accepts. For coroutines of one loop, one
 * at a time.
 */
public final class CoServerSocket implements AutoCloseable {
    private static final int BACKLOG = 128;

    private final ServerSocketChannel channel;
    /** Whether the channel is another's. */
    private final boolean isBorrowed;
    private final Readiness readiness;
    private boolean closed;

    private CoServerSocket(EventLoop loop, ServerSocketChannel channel, boolean isBorrowed)
            throws IOException {
        this.channel = channel;
        this.isBorrowed = isBorrowed;
        this.readiness = new Readiness(loop, channel);
    }

    /**
     * Listens at {@code address}, in the caller's loop; clients may connect from when it returns. Does not
     * suspend.
     *
     * @throws IOException if the address cannot be had; nothing stays open
     */
    public static CoServerSocket bind(SocketAddress address) throws IOException {
        EventLoop loop = EventLoop.current();
        SelectorProvider world = loop.world().channels();
        boolean unix = address instanceof UnixDomainSocketAddress;
        ServerSocketChannel channel = unix ? world.openServerSocketChannel(StandardProtocolFamily.UNIX)
                : world.openServerSocketChannel();
        try {
            if (!unix) channel.setOption(StandardSocketOptions.SO_REUSEADDR, true);
            channel.bind(address, BACKLOG);
            return new CoServerSocket(loop, channel, false);
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e;
        }
    }

    /**
     * Accepts from a socket that listens already, such as {@link System#inheritedChannel} has it, in the
     * caller's loop, and makes it non-blocking. It stays the caller's: {@link #close} only stops accepting.
     */
    public static CoServerSocket borrow(ServerSocketChannel listening) throws IOException {
        return new CoServerSocket(EventLoop.current(), listening, true);
    }

    /** Takes the next connection, into this socket's loop. Suspends until there is one. */
    @CoroutineFn
    public CoSocket accept() throws IOException {
        return CoSocket.of(acceptChannel());
    }

    /** As {@link #accept}, for another loop: whoever is to have it calls {@link CoSocket#of}. Suspends. */
    @CoroutineFn
    public SocketChannel acceptChannel() throws IOException {
        while (true) {
            if (closed) throw new ClosedChannelException();
            SocketChannel accepted = channel.accept();
            if (accepted != null) return accepted;
            readiness.await(SelectionKey.OP_ACCEPT);
        }
    }

    /** Where it listens, with the port that the system chose if none was asked for. */
    public SocketAddress localAddress() throws IOException {
        return channel.getLocalAddress();
    }

    /**
     * Stops listening, and removes a unix socket's file; or leaves a borrowed one as it is. A coroutine in
     * {@link #accept} gets a {@link ClosedChannelException}.
     */
    @Override
    @MayBlock("it removes one file, and only when it stops")
    public void close() throws IOException {
        if (closed) return;
        closed = true;
        if (isBorrowed) {
            readiness.leave();
            return;
        }
        SocketAddress address = channel.getLocalAddress();
        readiness.close();
        if (channel.provider() != SelectorProvider.provider()) return; // A simulated one has no file.
        if (address instanceof UnixDomainSocketAddress unix) Files.deleteIfExists(unix.getPath());
    }

    /** Names it for people. */
    @Override
    public String toString() {
        return channel.toString();
    }
}
