package dev.pirn.lab.nbd;

import java.io.EOFException;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardSocketOptions;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.SplittableRandom;
import org.HdrHistogram.Histogram;

/**
 * A client of one thread that keeps so many requests of a block each in flight: it takes all replies that are
 * there with one read(2), and sends as many new requests with one write(2).
 *
 * <pre>
 *   read(2): replies ──▶ each: its latency, its cookie free ──▶ a new request each ──▶ write(2) ──▶ read(2)
 * </pre>
 *
 * <p>Simple replies alone, for they are the shortest; what a write carries is the same bytes each time.
 */
final class LeanClient implements AutoCloseable {
    private static final int BLOCK_SIZE = 4 << 10;
    private static final int REQUEST_SIZE = 28;
    private static final int REPLY_SIZE = 16;
    private static final int REQUEST_MAGIC = 0x25609513;
    private static final int REPLY_MAGIC = 0x67446698;
    private static final int CMD_READ = 0;
    private static final int CMD_WRITE = 1;
    private static final int CMD_DISC = 2;
    private static final long LATENCY_NANOS_MAX = 60_000_000_000L;

    private final SocketChannel socket;
    private final boolean write;
    private final int depth;
    private final long blocks;
    private final ByteBuffer out;
    private final ByteBuffer in = ByteBuffer.allocateDirect(1 << 20);
    private final long[] sentNanos;
    private final SplittableRandom random = new SplittableRandom();
    private int inFlight;

    private LeanClient(SocketChannel socket, boolean write, int depth, long size) {
        this.socket = socket;
        this.write = write;
        this.depth = depth;
        this.blocks = size / BLOCK_SIZE;
        this.out = ByteBuffer.allocateDirect(depth * (REQUEST_SIZE + (write ? BLOCK_SIZE : 0)));
        this.sentNanos = new long[depth];
        in.limit(0);
    }

    /** Connects to the path of a unix socket, or to HOST:PORT. */
    static LeanClient connect(String path, boolean write, int depth) throws IOException {
        SocketChannel socket = SocketChannel.open(addressOf(path));
        try {
            if (socket.supportedOptions().contains(StandardSocketOptions.TCP_NODELAY)) {
                socket.setOption(StandardSocketOptions.TCP_NODELAY, true);
            }
            return new LeanClient(socket, write, depth, shakeHands(socket));
        } catch (IOException | RuntimeException e) {
            socket.close();
            throw e;
        }
    }

    private static SocketAddress addressOf(String text) {
        int colon = text.lastIndexOf(':');
        return colon < 0 || text.startsWith("/") ? UnixDomainSocketAddress.of(text)
                : new InetSocketAddress(text.substring(0, colon),
                        Integer.parseInt(text.substring(colon + 1)));
    }

    /** Chooses the default export by the shortest way there is, and returns its size. */
    private static long shakeHands(SocketChannel socket) throws IOException {
        ByteBuffer hello = exactly(socket, 18);
        int noZeroes = hello.getShort(16) & 2;
        var choice = ByteBuffer.allocate(4 + 16);
        choice.putInt(1 | noZeroes).putLong(0x49484156454F5054L).putInt(1).putInt(0).flip();
        socket.write(choice);
        return exactly(socket, noZeroes != 0 ? 10 : 134).getLong(0);
    }

    private static ByteBuffer exactly(SocketChannel socket, int length) throws IOException {
        var bytes = ByteBuffer.allocate(length);
        while (bytes.hasRemaining()) {
            if (socket.read(bytes) < 0) throw new EOFException("the server closed in the handshake");
        }
        return bytes.flip();
    }

    /** Keeps the server busy for {@code time}, and takes all replies. */
    Tally run(Duration time) throws IOException {
        var latencies = new Histogram(LATENCY_NANOS_MAX, 3);
        long startCpu = cpuNanos();
        long startNanos = System.nanoTime();
        long nowNanos = startNanos;
        long endNanos = startNanos + time.toNanos();
        if (nowNanos < endNanos) for (int i = 0; i < depth; i++) add(i, nowNanos);
        while (inFlight > 0) {
            send();
            receive();
            nowNanos = System.nanoTime();
            take(latencies, nowNanos, nowNanos < endNanos);
        }
        return new Tally(latencies, Duration.ofNanos(nowNanos - startNanos),
                Duration.ofNanos(cpuNanos() - startCpu));
    }

    private static long cpuNanos() {
        return ManagementFactory.getThreadMXBean().getThreadCpuTime(Thread.currentThread().threadId());
    }

    private void add(int cookie, long nowNanos) {
        sentNanos[cookie] = nowNanos;
        inFlight++;
        out.putInt(REQUEST_MAGIC).putInt(write ? CMD_WRITE : CMD_READ).putLong(cookie)
                .putLong(random.nextLong(blocks) * BLOCK_SIZE).putInt(BLOCK_SIZE);
        if (write) out.position(out.position() + BLOCK_SIZE);
    }

    /*
     * A blocking write of all requests while the server waits for us to read replies: it cannot hang, for a
     * server reads as many as fit its socket's buffer, and we have no more than depth in flight, in all of
     * both directions.
     */
    private void send() throws IOException {
        out.flip();
        while (out.hasRemaining()) socket.write(out);
        out.clear();
    }

    private void receive() throws IOException {
        in.compact();
        if (socket.read(in) < 0) throw new EOFException("the server closed with " + inFlight + " in flight");
        in.flip();
    }

    /** Takes the replies that are there whole. */
    private void take(Histogram latencies, long nowNanos, boolean more) throws IOException {
        int size = REPLY_SIZE + (write ? 0 : BLOCK_SIZE);
        while (in.remaining() >= size) {
            int at = in.position();
            if (in.getInt(at) != REPLY_MAGIC || in.getInt(at + 4) != 0) {
                throw new IOException("a reply 0x%x with error %d"
                        .formatted(in.getInt(at), in.getInt(at + 4)));
            }
            int cookie = (int) in.getLong(at + 8);
            in.position(at + size);
            inFlight--;
            latencies.recordValue(nowNanos - sentNanos[cookie]);
            if (more) add(cookie, nowNanos);
        }
    }

    @Override
    public void close() throws IOException {
        try (socket) {
            out.putInt(REQUEST_MAGIC).putInt(CMD_DISC).putLong(0).putLong(0).putInt(0);
            send();
        }
    }
}
