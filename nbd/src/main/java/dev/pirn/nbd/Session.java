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
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.net.ProtocolException;
import java.nio.file.AccessDeniedException;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;

/**
 * A client's connection to its server, one after the other. Run as a coroutine, it keeps it.
 *
 * <pre>
 *   up ──connection lost──▶ down ──a request waits, connected──▶ up
 *   │                        └──reconnectsMax times in vain─▶ dead: every request fails
 *   ├──a rule broken────────────────────────────────────────▶ dead
 *   └──close──▶ leaving ──DISC sent, or a second over───────▶ closed
 * </pre>
 */
final class Session implements CoroutineEntry {
    private static final System.Logger LOG = System.getLogger("dev.pirn.nbd");

    private final NbdUri uri;
    /** How to encrypt; null for not at all. */
    private final ClientTls tls;
    private final NbdClientOptions options;
    private final EventLoop loop;
    private final Blame blame;
    private final Agreed agreed;
    private final BufferPool buffers;
    private final Calls calls;
    private final Timer leave;
    private Coroutine keeper;
    /** Null while there is none. */
    private Link link;
    private boolean closing;
    private volatile boolean ended;
    /** Attempts to reconnect since the last reply. */
    private int attempts;

    private Session(NbdUri uri, ClientTls tls, NbdClientOptions options, EventLoop loop, Blame blame,
            BufferPool buffers, Link link) {
        this.uri = uri;
        this.tls = tls;
        this.options = options;
        this.loop = loop;
        this.blame = blame;
        this.buffers = buffers;
        this.link = link;
        this.agreed = link.agreed();
        this.calls = new Calls(blame, agreed.has(NBD_FLAG_SEND_FLUSH), buffers);
        this.leave = loop.timer("leave of " + uri, this::closeLink);
    }

    /** Connects. Suspends. Errors as {@link NbdClient#open}. */
    @CoroutineFn
    static Session open(NbdUri uri, NbdClientOptions options) throws IOException {
        return open(uri, options, BufferPool.of(Limits.KEPT_BYTES_MAX));
    }

    /** As the other, with the memory of {@code buffers}, of which nothing is left at the end. */
    @CoroutineFn
    static Session open(NbdUri uri, NbdClientOptions options, BufferPool buffers) throws IOException {
        EventLoop loop = EventLoop.current();
        var blame = new Blame(uri);
        ClientTls tls = tls(uri, blame);
        Link link;
        try {
            link = Link.open(uri, tls, blame, buffers);
        } catch (IOException | RuntimeException | Error e) {
            buffers.close(); // It keeps what was received into: nobody else would free it.
            throw e;
        }
        if (link.agreed().isReadOnly() && !options.readOnly()) {
            link.close();
            link.memory().release();
            buffers.close();
            throw new AccessDeniedException(uri.toString(), null, "the export is read-only");
        }
        var session = new Session(uri, tls, options, loop, blame, buffers, link);
        session.keeper = loop.start("NBD client of " + uri, session);
        return session;
    }

    @CoroutineFn
    private static ClientTls tls(NbdUri uri, Blame blame) throws IOException {
        if (uri.tls() == null) return null;
        try {
            return EventLoop.current().pool().call(() -> ClientTls.of(uri));
        } catch (IOException e) {
            throw blame.failure("no TLS with these certificates: " + e.getMessage(), e);
        }
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
            throw Calls.again((IOException) e.getCause());
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

    Calls calls() {
        return calls;
    }

    BufferPool buffers() {
        return buffers;
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
            buffers.keep(0); // Who was told of the end gives back an edge's buffer after it.
            buffers.close();
        }
    }

    @CoroutineFn
    private void keep() throws IOException {
        while (true) {
            IOException lost = converse(link);
            if (closing) throw blame.failure("closed", null);
            LOG.log(Level.WARNING, () -> blame + ": the connection was lost: " + lost.getMessage());
            calls.failWhatIsUnsafe(lost);
            if (calls.takeAnswered()) attempts = 0;
            link = reconnect(lost);
            calls.resend();
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
                    calls.sender().send(now);
                    return null;
                });
                group.start("NBD receiver from " + uri, () -> {
                    new ReplyReader(calls, blame, now).run();
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

    @CoroutineFn
    private Link reconnect(IOException lost) throws IOException {
        if (options.reconnectsMax() > 0) calls.awaitWanted(); // Nobody is served by one that nobody needs.
        IOException last = lost;
        while (attempts < options.reconnectsMax()) {
            EventLoop.sleep(options.backoff(attempts++));
            try {
                Link next = Link.open(uri, tls, blame, buffers);
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

    private void die(IOException why) {
        calls.die(why);
        LOG.log(Level.DEBUG, why::getMessage); // Whoever asks for anything is told.
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
            calls.sender().leave();
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
