package dev.pirn.aio;

import dev.pirn.CoroutineFn;
import dev.pirn.MayBlock;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.nio.channels.spi.SelectorProvider;

/** A stream socket, TCP or unix. At most one coroutine reads and one writes at a time. */
public final class CoSocket implements CoStream {
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

    /**
     * Takes over a connected channel, into the caller's loop. Does not suspend.
     *
     * @throws IOException if it cannot be had; it is closed then
     * @throws IllegalStateException outside of a loop; it is closed then
     */
    public static CoSocket of(SocketChannel channel) throws IOException {
        try {
            return new CoSocket(EventLoop.current(), channel);
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

    @Override
    @CoroutineFn
    public int read(ByteBuffer target) throws IOException {
        if (!target.hasRemaining()) throw new IllegalArgumentException("read into a full buffer: " + target);
        while (true) {
            int count = channel.read(target);
            if (count != 0) return count;
            readiness.await(SelectionKey.OP_READ);
        }
    }

    @Override
    @CoroutineFn
    public void write(ByteBuffer source) throws IOException {
        while (source.hasRemaining()) {
            if (channel.write(source) == 0) readiness.await(SelectionKey.OP_WRITE);
        }
    }

    @Override
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

    /**
     * Writes {@code length} bytes of a file, from {@code position} on: by {@code sendfile(2)}, so that they
     * do not pass through this process's memory, where the system can do that. Suspends while the peer does
     * not take it. What is not in the page cache makes the whole loop wait for the disk.
     *
     * @return how many; less than {@code length} only if the file ends before that
     * @throws IOException if the connection failed, or the file; any part may have been written
     */
    @CoroutineFn
    @MayBlock("as long as the disk, if the caller did not see to it that the file's bytes are in memory")
    public long write(FileChannel file, long position, long length) throws IOException {
        long done = 0;
        while (done < length) {
            long count = file.transferTo(position + done, length - done, channel);
            done += count;
            if (count > 0) continue;
            if (position + done >= file.size()) break;
            readiness.await(SelectionKey.OP_WRITE);
        }
        return done;
    }

    /** Writes what the peer takes at once. */
    void offer(ByteBuffer source) throws IOException {
        channel.write(source);
    }

    @Override
    @CoroutineFn
    public void shutdownOutput() throws IOException {
        channel.shutdownOutput();
    }

    @Override
    public SocketAddress remoteAddress() throws IOException {
        return channel.getRemoteAddress();
    }

    @Override
    public boolean isOpen() {
        return channel.isOpen();
    }

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
