package dev.pirn.nbd;

import static dev.pirn.nbd.Proto.*;

import dev.pirn.Completion;
import dev.pirn.Coroutine;
import dev.pirn.CoroutineEntry;
import dev.pirn.CoroutineFn;
import dev.pirn.Home;
import dev.pirn.Task;
import dev.pirn.aio.EventLoop;
import dev.pirn.aio.Group;
import dev.pirn.aio.Timer;
import dev.pirn.block.BufferPool;
import dev.pirn.block.NoSpaceException;
import dev.pirn.lock.CoBudget;
import dev.pirn.lock.CoQueue;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.lang.foreign.MemorySegment;
import java.net.ProtocolException;
import java.nio.file.AccessDeniedException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;

/**
 * A client's requests, over one connection after the other. Run as a coroutine, it keeps the connection.
 *
 * <pre>
 *   perform ──▶ pending ──▶ RequestSender ──▶ Link ──▶ server
 *      ▲           └──────── ReplyReader ◀── Link ◀──────┘
 *      └─────── answered ◀───────┘
 *
 *   up ──connection lost──▶ down ──a request waits, connected──▶ up
 *   │                        └──reconnectsMax times in vain─▶ dead: every request fails
 *   ├──a rule broken────────────────────────────────────────▶ dead
 *   └──close──▶ leaving ──DISC sent, or a second over───────▶ closed
 * </pre>
 */
final class Session implements CoroutineEntry {
    private static final System.Logger LOG = System.getLogger("dev.pirn.nbd");

    private final NbdUri uri;
    private final NbdClientOptions options;
    private final EventLoop loop;
    private final Blame blame;
    private final Agreed agreed;
    private final BufferPool buffers;
    private final CoBudget calls;
    private final CoBudget payloadBytes;
    private final RequestSender sender = new RequestSender(this);
    private final CoQueue settled;
    private final Timer leave;
    /** Those without a reply, in the order of asking. */
    private final LinkedHashMap<Long, Call> pending = new LinkedHashMap<>();
    private Coroutine keeper;
    /** Null while there is none. */
    private Link link;
    /** What the keeper of a lost connection waits for: a request. */
    private Completion<Void> wanted;
    private IOException dead;
    private boolean closing;
    private volatile boolean ended;
    private long cookies;
    /** Attempts to reconnect since the last reply. */
    private int attempts;
    /** Writes in {@link #pending} that were abandoned. */
    private int abandonedWrites;
    /** Writes answered that are for a flush to make durable, and how many of them were flushed. */
    private long written;
    private long flushed;
    /** Whether the next flush has to tell of writes that were lost, perhaps, with a connection. */
    private boolean flushOwesError;

    /*
     * What may be sent again when a connection was lost: what the server may have done or not, and doing it
     * twice, now, is the same as doing it once.
     *
     *   READ, CACHE, BLOCK_STATUS    yes
     *   WRITE, WRITE_ZEROES, TRIM    yes, unless another write of the same bytes was answered meanwhile: if it
     *                                was done before that one, doing it again would undo what is answered
     *   FLUSH                        yes, unless writes were answered on that connection since the flush
     *                                before: the server may have died with them, and a new one knows nothing
     *
     * A server that goes on with requests of a connection that is gone, long after we are back on another, can
     * still surprise us. The protocol has no means against that.
     *
     * Budgets are taken calls before payloadBytes, and given back when a call is retired, also of those that
     * nobody waits for any more: so what a server owes us is bounded.
     */

    private Session(NbdUri uri, NbdClientOptions options, EventLoop loop, Blame blame, BufferPool buffers,
            Link link) {
        this.uri = uri;
        this.options = options;
        this.loop = loop;
        this.blame = blame;
        this.buffers = buffers;
        this.link = link;
        this.agreed = link.agreed();
        this.calls = new CoBudget("requests to " + uri, Limits.CALLS_MAX);
        this.payloadBytes = new CoBudget("payloads to " + uri, Limits.PAYLOAD_BYTES_MAX);
        this.settled = new CoQueue("abandoned writes to " + uri);
        this.leave = loop.timer("leave of " + uri, this::closeLink);
    }

    /** Connects. Suspends. Errors as {@link NbdClient#open}. */
    @CoroutineFn
    static Session open(NbdUri uri, NbdClientOptions options) throws IOException {
        EventLoop loop = EventLoop.current();
        var blame = new Blame(uri);
        BufferPool buffers = BufferPool.of(Limits.KEPT_BYTES_MAX);
        Link link = Link.open(uri, blame, buffers);
        if (link.agreed().isReadOnly() && !options.readOnly()) {
            link.close();
            link.memory().release();
            buffers.close();
            throw new AccessDeniedException(uri.toString(), null, "the export is read-only");
        }
        var session = new Session(uri, options, loop, blame, buffers, link);
        session.keeper = loop.start("NBD client of " + uri, session);
        return session;
    }

    /** What is done in the session's loop. */
    @FunctionalInterface
    interface Body {
        @CoroutineFn
        void run() throws IOException;
    }

    /** Whether the caller runs in the session's loop, where all but this and {@link #there} belong. */
    boolean isHere() {
        return Home.current() == loop;
    }

    /** Has {@code body} run in the session's loop, and waits for its end. Suspends. */
    @CoroutineFn
    void there(Body body) throws IOException {
        Task<Void> task = loop.submit("NBD request of another loop", () -> {
            body.run();
            return null;
        });
        try {
            EventLoop.await(task.future());
        } catch (ExecutionException e) {
            throw again((IOException) e.getCause());
        } catch (CancellationException e) {
            task.coroutine().cancel();
            awaitEnd(task); // Until then it has the caller's memory.
            throw e;
        }
    }

    @CoroutineFn
    private static void awaitEnd(Task<Void> task) {
        try {
            Completion.<Void>of(task.future()).awaitUninterruptibly();
        } catch (ExecutionException | CancellationException e) {
            // Its end is all that matters: the caller was cancelled.
        }
    }

    Agreed agreed() {
        return agreed;
    }

    BufferPool buffers() {
        return buffers;
    }

    /** Sends a READ and waits for its data. Suspends; so do the others. */
    @CoroutineFn
    void read(long offset, MemorySegment target) throws IOException {
        perform(request(NBD_CMD_READ, 0, offset, target.byteSize()), target);
    }

    @CoroutineFn
    void write(long offset, MemorySegment source, int flags) throws IOException {
        perform(request(NBD_CMD_WRITE, flags, offset, source.byteSize()), source);
    }

    /** Sends a request without data. */
    @CoroutineFn
    Call command(int type, int flags, long offset, long length) throws IOException {
        return perform(request(type, flags, offset, length), null);
    }

    @CoroutineFn
    void flush() throws IOException {
        if (flushOwesError) {
            flushOwesError = false;
            throw lostWrites();
        }
        if (agreed.has(NBD_FLAG_SEND_FLUSH)) perform(request(NBD_CMD_FLUSH, 0, 0, 0), null);
    }

    private Request request(int type, int flags, long offset, long length) {
        return new Request(flags, type, ++cookies, offset, length);
    }

    @CoroutineFn
    private Call perform(Request request, MemorySegment data) throws IOException {
        awaitAbandoned(request);
        calls.get(1);
        int size = payloadSize(request);
        try {
            if (size > 0) payloadBytes.get(size);
        } catch (RuntimeException e) {
            calls.put(1);
            throw e;
        }
        Call call = null;
        try {
            requireAlive();
            call = switch (request.type()) {
                case NBD_CMD_READ -> Call.read(request, data);
                case NBD_CMD_WRITE -> Call.write(request, data, buffers);
                default -> Call.of(request);
            };
        } finally {
            if (call == null) giveBack(size);
        }
        pending.put(request.cookie(), call);
        sender.add(call);
        want();
        await(call);
        return call;
    }

    @CoroutineFn
    private void await(Call call) throws IOException {
        try {
            call.done.await();
        } catch (CancellationException e) {
            abandon(call);
            throw e;
        } catch (ExecutionException e) {
            throw again((IOException) e.getCause());
        }
    }

    /**
     * Waits for writes of the same bytes that nobody waits for any more: who comes later must find each of
     * them done, or not done for good.
     */
    @CoroutineFn
    private void awaitAbandoned(Request request) {
        while (abandonedWrites > 0 && request.type() != NBD_CMD_FLUSH && meetsAbandoned(request)) {
            settled.await(null);
        }
    }

    private boolean meetsAbandoned(Request request) {
        for (Call each : pending.values()) {
            if (each.abandoned && each.isWrite() && each.overlaps(request)) return true;
        }
        return false;
    }

    private void abandon(Call call) {
        if (call.retired) return; // Its reply came at the same time.
        call.abandon();
        if (call.isWrite()) abandonedWrites++;
        if (call.sent) return;
        sender.remove(call);
        retire(call);
    }

    /** The same error for each who waits, with a stack of its own. */
    private static IOException again(IOException e) {
        return e instanceof NoSpaceException ? new NoSpaceException(e.getMessage(), e)
                : new IOException(e.getMessage(), e);
    }

    private void requireAlive() throws IOException {
        if (dead != null) throw again(dead);
    }

    private static int payloadSize(Request request) {
        return request.type() == NBD_CMD_WRITE ? BufferPool.sizeFor((int) request.length()) : 0;
    }

    private void giveBack(int payloadSize) {
        if (payloadSize > 0) payloadBytes.put(payloadSize);
        calls.put(1);
    }

    /** The call that waits for this cookie's reply, or null. */
    Call pending(long cookie) {
        Call call = pending.get(cookie);
        return call != null && call.sent ? call : null;
    }

    /** Says that it is about to be sent. */
    void sent(Call call) {
        call.sent = true;
        call.covers = written;
    }

    /** Takes a reply that is whole. */
    void answered(Call call) {
        attempts = 0;
        if (call.isWrite()) {
            for (Call each : pending.values()) {
                if (each != call && each.isWrite() && each.sent && each.overlaps(call.request)) {
                    each.overtaken = true;
                }
            }
        }
        if (call.error == null) {
            if (call.leavesUnflushed()) written++;
            if (call.request.type() == NBD_CMD_FLUSH) flushed = Math.max(flushed, call.covers);
        }
        retire(call);
        if (call.error == null) call.done.complete(null); else call.done.fail(call.error);
    }

    private void retire(Call call) {
        pending.remove(call.request.cookie());
        call.retired = true;
        call.release();
        giveBack(payloadSize(call.request));
        if (!call.abandoned || !call.isWrite()) return;
        abandonedWrites--;
        settled.restartAll();
    }

    private void fail(Call call, IOException why) {
        retire(call);
        call.done.fail(why);
    }

    @Override
    public void run() {
        try {
            keep();
        } catch (IOException e) {
            die(e);
        } catch (CancellationException e) {
            die(blame.failure(closing ? "closed" : "its event loop was closed", e));
            throw e;
        } catch (RuntimeException | Error e) {
            die(blame.failure("given up, for a bug of the client: " + e, e));
            throw e;
        } finally {
            ended = true;
            leave.cancel();
            buffers.close();
        }
    }

    @CoroutineFn
    private void keep() throws IOException {
        while (true) {
            IOException lost = converse(link);
            if (closing) throw blame.failure("closed", null);
            LOG.log(Level.WARNING, () -> blame + ": the connection was lost: " + lost.getMessage());
            failWhatIsUnsafe(lost);
            link = reconnect(lost);
            sender.clear();
            pending.values().forEach(sender::add);
        }
    }

    /**
     * Sends and receives until the connection is lost, and returns how. Suspends.
     *
     * @throws ProtocolException if the server broke a rule
     */
    @CoroutineFn
    private IOException converse(Link now) throws ProtocolException {
        try {
            Group.<Void, IOException>run("connection to " + uri, group -> {
                group.start("NBD sender to " + uri, () -> {
                    sender.send(now);
                    return null;
                });
                group.start("NBD receiver from " + uri, () -> {
                    new ReplyReader(this, blame, now).run();
                    return null;
                });
                return null;
            });
            throw new AssertionError("a receiver does not return");
        } catch (ProtocolException e) {
            throw e;
        } catch (IOException e) {
            return e;
        } finally {
            link = null;
            now.close();
            now.memory().release();
        }
    }

    private void failWhatIsUnsafe(IOException lost) {
        boolean unflushed = written > flushed;
        flushed = written; // Nothing more can be done for them.
        flushOwesError |= unflushed;
        for (Call each : new ArrayList<>(pending.values())) {
            if (each.abandoned) {
                retire(each);
            } else if (unflushed && each.request.type() == NBD_CMD_FLUSH) {
                flushOwesError = false;
                fail(each, lostWrites());
            } else if (each.sent && each.overtaken) {
                fail(each, blame.failure(each.request + " had no answer when the connection was lost, and is "
                        + "not sent again: a write of the same bytes was answered since", lost));
            } else if (each.sent && each.resends >= Limits.RESENDS_MAX) {
                fail(each, blame.failure(each.request + " was given up: the connection was lost each of "
                        + (each.resends + 1) + " times that it was sent", lost));
            } else if (each.sent) {
                each.rewind();
            }
        }
    }

    private IOException lostWrites() {
        return blame.failure("the connection was lost after writes that were not flushed; what was written "
                + "since the flush before may be lost", null);
    }

    @CoroutineFn
    private Link reconnect(IOException lost) throws IOException {
        if (options.reconnectsMax() > 0) awaitWanted();
        IOException last = lost;
        while (attempts < options.reconnectsMax()) {
            EventLoop.sleep(options.backoff(attempts++));
            try {
                Link next = Link.open(uri, blame, buffers);
                if (next.agreed().keeps(agreed)) return next;
                next.close();
                next.memory().release();
                last = new ProtocolException(blame + ": the export is another after a reconnect: "
                        + next.agreed() + " instead of " + agreed);
            } catch (IOException e) {
                last = e;
            }
            if (last instanceof ProtocolException) throw last;
            String why = last.getMessage();
            LOG.log(Level.DEBUG, () -> blame + ": attempt " + attempts + " to reconnect: " + why);
        }
        throw blame.failure("the connection was lost (%s), and given up after %d attempts to reconnect: %s"
                .formatted(lost.getMessage(), attempts, last.getMessage()), last);
    }

    /** Nobody is served by a connection that nobody needs. */
    @CoroutineFn
    private void awaitWanted() {
        if (!pending.isEmpty()) return;
        wanted = new Completion<>("a request to " + uri);
        try {
            wanted.join();
        } finally {
            wanted = null;
        }
    }

    private void want() {
        Completion<Void> waits = wanted;
        wanted = null;
        if (waits != null) waits.complete(null);
    }

    private void die(IOException why) {
        dead = why;
        sender.clear();
        for (Call each : new ArrayList<>(pending.values())) fail(each, why);
        if (!closing) LOG.log(Level.WARNING, why::getMessage);
    }

    /** Takes leave of the server. Does not suspend; coroutines of the loop do it. */
    void close() {
        if (ended) return;
        if (isHere()) closeHere(); else loop.execute(this::closeHere);
    }

    private void closeHere() {
        if (ended || closing) return;
        closing = true;
        if (link == null) {
            keeper.cancel();
        } else {
            leave.arm(Limits.LEAVE_NANOS);
            sender.leave();
        }
    }

    private void closeLink() {
        if (link != null) link.close();
    }

    @Override
    public String toString() {
        return uri.toString();
    }
}
