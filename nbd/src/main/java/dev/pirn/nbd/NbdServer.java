package dev.pirn.nbd;

import dev.pirn.aio.CoServerSocket;
import dev.pirn.aio.EventLoop;
import dev.pirn.aio.Timer;
import dev.pirn.CoroutineFn;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.net.StandardSocketOptions;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;

/**
 * Serves exports over NBD, from the event loop in which {@link #serve} is called, and from others that it
 * is {@linkplain #spreadOver given}.
 *
 * <p>{@link #serve} and {@link #shutdown} are for coroutines of that loop, {@link #clients} for its handlers
 * too.
 *
 * <pre>
 *   new ──serve──▶ serving ──shutdown──▶ stopping ──all clients gone, flushed──▶ stopped
 * </pre>
 */
public final class NbdServer {
    private static final System.Logger LOG = System.getLogger("dev.pirn.nbd");

    private enum State { NEW, SERVING, STOPPING, STOPPED }

    private final List<NbdExport> exports;
    private final int clientsMax;
    private final long handshakeNanos;
    private final long shutdownNanos;
    private NbdTls tls;
    private long idleNanos;
    private List<EventLoop> loops = List.of();
    private Memory memory;
    private volatile List<Lane> lanes = List.of();
    private final Set<Connection> connections = new LinkedHashSet<>();
    /** Raised when a client has left, and when the state changes. */
    private final Signal changed = new Signal();
    private State state = State.NEW;
    private EventLoop home;
    private CoServerSocket listener;
    private Runnable clientLeft = () -> { };
    private long accepted;

    NbdServer(List<NbdExport> exports, int clientsMax, long handshakeNanos, long shutdownNanos) {
        this.exports = checked(List.copyOf(exports));
        this.clientsMax = clientsMax;
        this.memory = new Memory(Math.max(Limits.MEMORY_BYTES_DEFAULT, memoryFor(clientsMax)), clientsMax,
                Limits.STALL_NANOS);
        this.handshakeNanos = handshakeNanos;
        this.shutdownNanos = shutdownNanos;
    }

    /**
     * Makes a server of {@code export}, which does nothing before {@link #serve}.
     *
     * @param clientsMax clients at a time, others wait to be accepted; 0 for as many as its
     *     {@linkplain #limitMemory memory} has room for ({@code qemu-nbd --shared})
     * @throws IllegalArgumentException if {@code clientsMax} is negative
     */
    public static NbdServer of(NbdExport export, int clientsMax) {
        return of(List.of(export), clientsMax);
    }

    /**
     * As {@link #of(NbdExport, int)}, of several exports, which clients choose from by name.
     *
     * @param exports the first is the default, for clients that say no name
     * @throws IllegalArgumentException if there are none, more than 1000, or two of one name
     */
    public static NbdServer of(List<NbdExport> exports, int clientsMax) {
        if (clientsMax < 0) throw new IllegalArgumentException("a server for " + clientsMax + " clients");
        return new NbdServer(exports, clientsMax, Limits.HANDSHAKE_NANOS, Limits.SHUTDOWN_NANOS);
    }

    private static List<NbdExport> checked(List<NbdExport> exports) {
        if (exports.isEmpty() || exports.size() > Limits.EXPORTS_MAX) {
            throw new IllegalArgumentException("an NBD server of " + exports.size() + " exports, not 1 to "
                    + Limits.EXPORTS_MAX);
        }
        var names = new HashSet<String>();
        for (NbdExport each : exports) {
            if (!names.add(each.name())) {
                throw new IllegalArgumentException("two exports are called \"" + each.name()
                        + "\": " + each.device() + " is the second");
            }
        }
        return exports;
    }

    /**
     * Least memory that a server of so many clients can be {@linkplain #limitMemory limited} to, in bytes.
     *
     * @param clientsMax as {@link #of} has it; 0 for one
     */
    public static long memoryFor(int clientsMax) {
        return Memory.bytesFor(Math.max(1, clientsMax));
    }

    /**
     * Says how much memory all clients may have together: payloads of requests in flight, what is received
     * ahead, and buffers that are kept for the next request. Without it that is 96 MiB, or what is
     * {@linkplain #memoryFor needed}, if that is more. Each client has 256 KiB for itself, requests that need
     * more borrow and wait for each other; a server of 0 clients at most, which is any number, has as many as
     * half of it has room for. Call it before {@link #serve}.
     *
     * @throws IllegalArgumentException if it is less than {@link #memoryFor} the clients
     */
    public void limitMemory(long bytes) {
        limitMemory(bytes, Limits.STALL_NANOS);
    }

    void limitMemory(long bytes, long stallNanos) {
        memory = new Memory(bytes, clientsMax, stallNanos);
    }

    /** Has connections encrypted, if clients ask for it or must. Call it before {@link #serve}. */
    public void encrypt(NbdTls with) {
        tls = Objects.requireNonNull(with, "with");
    }

    /**
     * Has a client's connection closed from which nothing came for {@code limit}, or up to a quarter longer,
     * while nothing that it asked for was in work and all its replies were taken. Never, unless this is
     * called; it holds for clients whose handshake ends later.
     *
     * @throws IllegalArgumentException if {@code limit} is not positive
     */
    public void closeIdle(Duration limit) {
        if (!limit.isPositive()) throw new IllegalArgumentException("an idle limit of " + limit);
        idleNanos = limit.toNanos();
    }

    /**
     * Has clients spread over {@code wanted} loops, each client in the one that has the fewest: over them
     * alone, so that the caller's is among them if it is to serve too. They must run until {@link #shutdown}
     * is done. Call it before {@link #serve}.
     *
     * @throws IllegalArgumentException if there are none
     */
    public void spreadOver(List<EventLoop> wanted) {
        if (wanted.isEmpty()) throw new IllegalArgumentException("an NBD server in no loop");
        loops = List.copyOf(wanted);
    }

    /**
     * Accepts clients, each served by coroutines of the caller's loop or another, until {@link #shutdown} is
     * done. Suspends. Closes {@code listener} in any case.
     *
     * @throws IOException if somebody else closed the listener: accepted clients are served on, until
     *     {@code shutdown}
     * @throws IllegalStateException if it was called before
     */
    @CoroutineFn
    public void serve(CoServerSocket listener) throws IOException {
        if (state != State.NEW) throw new IllegalStateException("serve of an NBD server that is " + state);
        home = EventLoop.current();
        if (loops.isEmpty()) loops = List.of(home);
        lanes = loops.stream().map(each -> new Lane(each, Limits.KEPT_SMALL_BYTES_MAX / loops.size(), memory))
                .toList();
        this.listener = listener;
        state = State.SERVING;
        try (listener) {
            while (state == State.SERVING) {
                if (connections.size() >= memory.clientsMax()) {
                    changed.await();
                } else {
                    accept();
                }
            }
        }
        while (state != State.STOPPED) changed.await();
    }

    @CoroutineFn
    private void accept() throws IOException {
        SocketChannel channel;
        try {
            channel = listener.acceptChannel();
        } catch (ClosedChannelException e) {
            if (state == State.SERVING) throw e;
            return;
        } catch (IOException e) {
            // Out of file descriptors, most likely: those who wait are accepted when others have left.
            LOG.log(Level.WARNING, () -> listener + ": no client accepted: " + e);
            EventLoop.sleep(Duration.ofNanos(Limits.ACCEPT_RETRY_NANOS));
            return;
        }
        String name = "NBD client " + ++accepted;
        Lane lane = Collections.min(lanes, Comparator.comparingInt(each -> each.clients));
        var connection = new Connection(this, lane, widened(channel), name);
        connections.add(connection);
        lane.clients++;
        lane.loop.start(name, connection);
        // While more of them wait, nothing would make us wait: who comes and goes would have the loop alone.
        if (accepted % Limits.ACCEPTS_MAX == 0) EventLoop.sleep(Duration.ZERO);
    }

    /** The same channel, with {@link Limits#SEND_BUFFER_SIZE}; one that refuses it works as well. */
    private static SocketChannel widened(SocketChannel channel) {
        try {
            if (channel.getLocalAddress() instanceof UnixDomainSocketAddress) {
                channel.setOption(StandardSocketOptions.SO_SNDBUF, Limits.SEND_BUFFER_SIZE);
            }
        } catch (IOException e) {
            LOG.log(Level.DEBUG, () -> channel + " has the system's send buffer: " + e);
        }
        return channel;
    }

    /**
     * Stops accepting, lets what is in flight finish and its replies be sent, then closes the connections and
     * flushes every disk. Suspends until that is done. Clients have ten seconds to take their replies. A
     * second call waits for the first.
     *
     * @throws IOException if the flush failed; all else is done then
     */
    @CoroutineFn
    public void shutdown() throws IOException {
        if (state == State.STOPPING || state == State.STOPPED) {
            while (state != State.STOPPED) changed.await();
            return;
        }
        state = State.STOPPING;
        try {
            if (listener != null) listener.close();
            Timer grace = EventLoop.current().timer("NBD shutdown", () -> connections.forEach(each ->
                    each.loop().execute(() ->
                            each.abort(new IOException("the server shuts down, and replies are not read")))));
            grace.arm(shutdownNanos);
            for (Connection each : connections) each.loop().start(each + " stop", each::stop);
            while (!connections.isEmpty()) changed.await();
            grace.cancel();
            flush();
        } finally {
            lanes.forEach(each -> each.buffers.close());
            memory.close();
            state = State.STOPPED;
            changed.raise();
        }
    }

    /** Flushes every disk; throws when all were asked. */
    @CoroutineFn
    private void flush() throws IOException {
        IOException failed = null;
        for (NbdExport each : exports) {
            try {
                each.device().flush();
            } catch (IOException e) {
                if (failed == null) failed = e; else failed.addSuppressed(e);
            }
        }
        if (failed != null) throw failed;
    }

    /**
     * Has {@code handler} called, in the loop, whenever a client that got as far as transmission has left. It
     * must not suspend; one that wants to starts a coroutine. Set it before {@link #serve}.
     */
    public void onClientLeft(Runnable handler) {
        clientLeft = Objects.requireNonNull(handler, "handler");
    }

    /** How many clients are connected, those in the handshake included. */
    public int clients() {
        return connections.size();
    }

    /** What it has done so far, each number a little late. From any thread. */
    public NbdStatistics statistics() {
        return lanes.stream().map(each -> each.counters.snapshot())
                .reduce(NbdStatistics.NONE, NbdStatistics::plus);
    }

    /** Forgets a connection, which has given back everything. From its loop. */
    void left(Connection connection) {
        if (connection.loop() == home) forget(connection);
        else home.execute(() -> forget(connection));
    }

    private void forget(Connection connection) {
        connections.remove(connection);
        connection.lane().clients--;
        changed.raise();
        if (connection.inTransmission()) clientLeft.run();
    }

    List<NbdExport> exports() {
        return exports;
    }

    /** How to encrypt; null for not at all. */
    NbdTls tls() {
        return tls;
    }

    /** How many clients each loop has. */
    List<Integer> clientsOfLoops() {
        return lanes.stream().map(each -> each.clients).toList();
    }

    /** Buffers that connections have; of other loops' as they were lately. */
    int lentBuffers() {
        return memory.lent() + lanes.stream().mapToInt(each -> each.buffers.lent()).sum();
    }

    /** The bytes of their payloads. */
    long lentBytes() {
        return memory.lentBytes() + lanes.stream().mapToLong(each -> each.buffers.lentBytes()).sum();
    }

    /** Those, and the bytes of what is kept: all that is limited. */
    long heldBytes() {
        return memory.allocatedBytes()
                + lanes.stream().mapToLong(each -> each.buffers.allocatedBytes()).sum();
    }

    /** Who shares what. */
    Memory memory() {
        return memory;
    }

    /** How long a client may be idle; 0 for ever. */
    long idleNanos() {
        return idleNanos;
    }

    long handshakeNanos() {
        return handshakeNanos;
    }
}
