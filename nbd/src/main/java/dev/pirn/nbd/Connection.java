package dev.pirn.nbd;

import static dev.pirn.nbd.Proto.*;

import dev.pirn.Coroutine;
import dev.pirn.CoroutineEntry;
import dev.pirn.aio.CoSocket;
import dev.pirn.aio.CoStream;
import dev.pirn.aio.EventLoop;
import dev.pirn.aio.Timer;
import dev.pirn.block.BlockDevice;
import dev.pirn.block.Buffer;
import dev.pirn.block.BufferPool;
import dev.pirn.CoroutineFn;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.net.ProtocolException;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.concurrent.CancellationException;

/**
 * One client. Run as a coroutine, it receives.
 *
 * <pre>
 *   handshake ──GO──▶ receiving ──DISC, EOF, error, shutdown──▶ finishing ──all replied──▶ closed
 *       └──────────────── ABORT, EOF, error, time over ────────────▲
 * </pre>
 *
 * <p>Whatever ends it, what is in flight is finished, and everything it took is given back before the server
 * forgets it.
 */
final class Connection implements CoroutineEntry {
    private static final System.Logger LOG = System.getLogger("dev.pirn.nbd");

    private final NbdServer server;
    private final Lane lane;
    private final SocketChannel channel;
    private final String name;
    private final Share share;
    private final ReplyQueue replies;
    private final Timer handshakeTimer;
    private final Budget requests = new Budget(Limits.REQUESTS_MAX);
    private final KnownData knownData = new KnownData();
    /** Null before it has begun. */
    private CoStream stream;
    /** What the client was granted; null before, when no requests come. */
    private Terms terms;
    private boolean stopping;
    /**
     * Requests taken whose payload is still to come: 0 or 1. Such a one is not begun any more when the server
     * stops.
     */
    private int receiving;
    /** Work done since the loop last turned to others. */
    private int turnBytes;
    private boolean diskFailureLogged;
    private boolean bugLogged;

    /*
     * The receiver takes of share and then requests, the sender gives back when the reply is out. A receiver
     * that waits for either does not read, so that the client's writes stop too. It cannot wait for ever on
     * itself: whatever is taken belongs to a transaction that runs or is sent, except one half-received
     * WRITE, which has all it needs. Nor on others: Memory drops who does not move.
     */

    Connection(NbdServer server, Lane lane, SocketChannel channel, String name) {
        this.server = server;
        this.lane = lane;
        this.channel = channel;
        this.name = name;
        this.share = new Share(lane.memory, lane.loop, this::abort);
        this.replies = new ReplyQueue(lane.loop, this);
        this.handshakeTimer = lane.loop.timer("NBD handshake",
                () -> abort(new ProtocolException("no handshake in time")));
    }

    @Override
    public void run() {
        Buffer memory = null;
        try {
            var socket = CoSocket.of(channel);
            stream = socket;
            memory = lane.take(Limits.RECEIVE_SIZE);
            serve(socket, new Input(socket, memory));
        } catch (IOException e) {
            LOG.log(Level.DEBUG, () -> name + ": " + e);
        } catch (CancellationException e) {
            throw e; // The loop closes.
        } catch (RuntimeException | Error e) {
            LOG.log(Level.ERROR, name + ": dropped, for a bug of the server", e);
        } finally {
            finish(memory);
        }
    }

    @CoroutineFn
    private void serve(CoSocket socket, Input input) throws IOException {
        handshakeTimer.arm(server.handshakeNanos());
        var handshake = new Handshake(socket, input, server.exports(), server.tls());
        if (!handshake.run()) return;
        handshakeTimer.cancel();
        stream = handshake.stream();
        terms = handshake.granted();

        replies.sendTo(stream);
        lane.loop.start(name + " sender", replies);
        var reader = new RequestReader(input, terms, replies);
        try (var _ = IdleLimit.watch(this, input, server.idleNanos())) {
            while (awaitRequest(input)) {
                Request request = reader.next();
                if (request.type() == NBD_CMD_DISC) return;
                begin(request, reader, input);
            }
        }
    }

    /** Whether a request is in work, or its reply on its way; one that is half received is not. */
    boolean isWorking() {
        return requests.taken() > receiving;
    }

    /** True if one is there; false if none will be. Suspends. */
    @CoroutineFn
    private boolean awaitRequest(Input input) throws IOException {
        if (turnBytes > Limits.TURN_BYTES_MAX) {
            // What is in memory is answered without a wait. Nobody else would get a turn from a client that
            // asks faster than we answer.
            turnBytes = 0;
            replies.flush();
            EventLoop.sleep(Duration.ZERO);
        }
        int size = terms.framing().requestSize();
        if (!input.has(size)) replies.flush();
        return !stopping && input.need(size) && !stopping;
    }

    /**
     * Takes what the request needs, receives its payload, and starts it. Suspends while the budget is used
     * up.
     */
    @CoroutineFn
    private void begin(Request request, RequestReader reader, Input input) throws IOException {
        Fault fault = request.check(terms);
        boolean hasPayload = request.hasPayload(terms.framing());
        if (fault != null && hasPayload) reader.drain(request);
        int length = fault == null ? (int) request.dataLength() : 0;

        turnBytes += Limits.TURN_REQUEST_BYTES + length;
        // From the page cache data can go to a socket without a copy, and without memory for one.
        CoSocket directTo = fault == null ? DirectReply.wayFor(request, device(), stream) : null;
        int room = directTo == null ? length : 0;
        if (!share.take(BufferPool.sizeFor(room))) share.await(replies);
        if (!requests.has(1)) replies.flush();
        requests.acquire(1);
        Transaction transaction = null;
        boolean begun = false;
        try {
            transaction = new Transaction(this, request, lane.take(room), fault, directTo);
            if (fault == null && hasPayload) receive(transaction, input);
            if (stopping) return;
            replies.hold();
            if (fault == null) {
                // It catches everything: if something comes out of here, it has not begun.
                Coroutine.create(transaction).enter();
            } else {
                replies.add(transaction);
            }
            begun = true;
        } finally {
            if (!begun) giveBack(transaction, room);
        }
    }

    @CoroutineFn
    private void receive(Transaction transaction, Input input) throws IOException {
        receiving = 1;
        if (!input.has(transaction.payloadLength())) replies.flush();
        try {
            input.read(transaction.payload());
        } finally {
            receiving = 0;
        }
    }

    /** Takes back what a transaction had, whose reply was sent or will never be. */
    void giveBack(Transaction done) {
        done.replied();
        giveBack(done, done.buffer().capacity());
    }

    private void giveBack(Transaction transaction, int length) {
        share.giveBack(BufferPool.sizeFor(length), transaction == null ? null : transaction.buffer());
        requests.release(1);
    }

    @CoroutineFn
    private void finish(Buffer memory) {
        handshakeTimer.cancel();
        replies.flush();
        requests.awaitAllBut(0);
        replies.end();
        close();
        if (memory != null) memory.release();
        server.left(this);
    }

    /** Closes at once, as far as the client is concerned; the receiver then finishes. */
    void abort(IOException cause) {
        LOG.log(Level.DEBUG, () -> name + ": " + cause);
        close();
    }

    /**
     * Takes no new request, lets those in flight be replied to, then closes. Suspends until nothing is in
     * flight.
     */
    @CoroutineFn
    void stop() {
        stopping = true;
        requests.awaitAllBut(receiving);
        close();
    }

    private void close() {
        share.close();
        try {
            if (stream != null) stream.close(); else channel.close();
        } catch (IOException e) {
            LOG.log(Level.DEBUG, () -> name + ": " + e);
        }
    }

    /**
     * Logs the first failure of a connection: a broken disk says no more by being logged a thousand times a
     * second.
     */
    void diskFailed(Request request, IOException e) {
        Level level = diskFailureLogged ? Level.DEBUG : Level.WARNING;
        LOG.log(level, () -> name + ": " + request + " failed: " + e);
        diskFailureLogged = true;
    }

    /** Logs the first of our own errors in a connection, with its stack. */
    void bug(Request request, Throwable e) {
        Level level = bugLogged ? Level.DEBUG : Level.ERROR;
        LOG.log(level, () -> name + ": " + request + " failed for a bug of the server", e);
        bugLogged = true;
    }

    Lane lane() {
        return lane;
    }

    EventLoop loop() {
        return lane.loop;
    }

    BlockDevice device() {
        return terms.export().device();
    }

    String exportName() {
        return terms.export().name();
    }

    ReplyQueue replies() {
        return replies;
    }

    KnownData knownData() {
        return knownData;
    }

    /** True once requests may come. */
    boolean inTransmission() {
        return terms != null;
    }

    /** What the client was granted, and how it is spoken to. */
    Terms terms() {
        return terms;
    }

    @Override
    public String toString() {
        return name;
    }
}
