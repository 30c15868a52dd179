package dev.pirn.block;

import dev.pirn.MayBlock;
import dev.pirn.aio.EventLoop;
import dev.pirn.aio.Watch;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Ends an event loop's sleep when its ring has completed something. For the loop's thread.
 *
 * <pre>
 *   arm ──▶ TIMEOUT until one completion has come ──linked──▶ SEND of a byte
 *                                                              │ a unix socket, kernel to ourselves
 *           disarmed ◀── handler reads it ◀── Watch ◀── selector ◀──┘
 * </pre>
 */
final class Bell implements AutoCloseable {
    private static final int AF_UNIX = 1;
    private static final int SOCK_STREAM_CLOEXEC = 1 | 0x80000;
    private static final int MSG_DONTWAIT_NOSIGNAL = 0x40 | 0x4000;
    private static final int ADDRESS_SIZE = 110; // struct sockaddr_un: a family of two bytes, and the path.
    // Read by the kernel, after we are closed too.
    private static final MemorySegment FOR_EVER = Arena.global().allocate(2 * Long.BYTES, Long.BYTES);
    private static final MemorySegment MESSAGE = Arena.global().allocate(1);

    static {
        FOR_EVER.set(ValueLayout.JAVA_LONG, 0, 1L << 31); // In seconds.
    }

    private final SocketChannel channel;
    private final int peer;
    private final Watch watch;
    private final ByteBuffer received = ByteBuffer.allocateDirect(16);
    private boolean armed;

    /*
     * The JDK's Selector watches no eventfd, so something must get from the ring into a channel of its. A
     * thread that waits for the eventfd and wakes the selector was the other way: two switches of threads for
     * each sleep instead of one (docs/decisions/4-engines.md has the numbers). Here the completion interrupts
     * the sleep of the loop's own thread, which sends the byte on its way out of the kernel, goes back into
     * the selector's epoll_wait, and finds it.
     *
     * No completion is lost: those that came before arm() returned are in the queue, where the loop looks
     * once more; each later one counts.
     */

    private Bell(SocketChannel channel, int peer, EventLoop loop) throws IOException {
        this.channel = channel;
        this.peer = peer;
        channel.configureBlocking(false);
        this.watch = loop.watch(channel, ready -> rung());
        watch.interest(SelectionKey.OP_READ);
    }

    /**
     * Makes one for the loop that runs. Blocks for as long as a socket's file is made and removed.
     *
     * @throws IOException if the system gives no socket
     */
    @MayBlock("a socket of its own, once in the life of a loop")
    static Bell open(EventLoop loop) throws IOException {
        try (var server = ServerSocketChannel.open(StandardProtocolFamily.UNIX).bind(null)) {
            Path path = ((UnixDomainSocketAddress) server.getLocalAddress()).getPath();
            int peer;
            try {
                peer = connect(path);
            } finally {
                Files.delete(path);
            }
            SocketChannel channel = null;
            try {
                channel = server.accept(); // At once: who connects stands in line when that returns.
                return new Bell(channel, peer, loop);
            } catch (IOException | RuntimeException e) {
                LinuxFile.close(peer);
                if (channel != null) channel.close();
                throw e;
            }
        }
    }

    private static int connect(Path path) throws IOException {
        byte[] name = path.toString().getBytes(StandardCharsets.UTF_8);
        try (var scratch = Arena.ofConfined()) {
            MemorySegment state = scratch.allocate(Libc.STATE);
            int fd = Libc.socket(state, AF_UNIX, SOCK_STREAM_CLOEXEC);
            if (fd < 0) throw Errno.of("socket", -fd);
            MemorySegment address = scratch.allocate(ADDRESS_SIZE, Short.BYTES);
            address.set(ValueLayout.JAVA_SHORT, 0, (short) AF_UNIX);
            MemorySegment.copy(name, 0, address, ValueLayout.JAVA_BYTE, Short.BYTES, name.length);
            int result = Libc.connect(state, fd, address, ADDRESS_SIZE);
            if (result == 0) return fd;
            LinuxFile.close(fd);
            throw Errno.of("connect to " + path, -result);
        }
    }

    /** Whether what comes next will ring. */
    boolean isArmed() {
        return armed;
    }

    /** Prepares that the next completion of {@code ring} rings: two submissions, both with {@code tag}. */
    void arm(Ring ring, long tag) {
        ring.prepare(Ring.TIMEOUT, Ring.LINKED, -1, 1, FOR_EVER.address(), 1, 0, tag);
        ring.prepare(Ring.SEND, 0, peer, 0, MESSAGE.address(), 1, MSG_DONTWAIT_NOSIGNAL, tag);
        armed = true;
    }

    /** What was prepared last was taken back. */
    void disarm() {
        armed = false;
    }

    private void rung() {
        armed = false;
        try {
            received.clear();
            channel.read(received);
        } catch (IOException e) {
            throw new AssertionError("a socket to ourselves failed", e);
        }
    }

    /** After the ring, which may still send. */
    @Override
    public void close() {
        watch.cancel();
        LinuxFile.close(peer);
        try {
            channel.close();
        } catch (IOException e) {
            throw new AssertionError("a socket to ourselves failed", e);
        }
    }
}
