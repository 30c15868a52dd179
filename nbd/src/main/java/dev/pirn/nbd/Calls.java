package dev.pirn.nbd;

import static dev.pirn.nbd.Proto.*;

import dev.pirn.Completion;
import dev.pirn.CoroutineFn;
import dev.pirn.block.BufferPool;
import dev.pirn.block.Extent;
import dev.pirn.block.NoSpaceException;
import dev.pirn.block.RefusedException;
import dev.pirn.lock.CoBudget;
import dev.pirn.lock.CoQueue;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.List;

/**
 * A client's requests that have no reply yet, over one connection after the other.
 *
 * <pre>
 *   perform ──▶ pending ──▶ RequestSender ──▶ Link ──▶ server
 *      ▲           └──────── ReplyReader ◀── Link ◀──────┘
 *      └─────── answered ◀───────┘
 * </pre>
 */
final class Calls {
    private final Blame blame;
    private final boolean canFlush;
    private final BufferPool buffers;
    private final RequestSender sender = new RequestSender(this);
    private final CoBudget calls;
    private final CoBudget payloadBytes;
    private final CoQueue settled;
    /** Those without a reply, in the order of asking. */
    private final LinkedHashMap<Long, Call> pending = new LinkedHashMap<>();
    private IOException dead;
    /** What the keeper of a lost connection waits for: a request. */
    private Completion<Void> wanted;
    private long cookies;
    /** Whether there was a reply since somebody asked last. */
    private boolean anyAnswered;
    /** Writes in {@link #pending} that were abandoned. */
    private int abandonedWrites;
    private final Unflushed unflushed = new Unflushed();

    /*
     * What may be sent again when a connection was lost: what the server may have done or not, and doing it
     * twice, now, is the same as doing it once.
     *
     *   READ, CACHE, BLOCK_STATUS    yes
     *   WRITE, WRITE_ZEROES, TRIM    yes, unless another write of the same bytes was answered meanwhile: if
     *                                it was done before that one, again would undo what is answered
     *   FLUSH                        yes, unless writes were answered since the flush before: the server may
     *                                have died with them, and a new one knows nothing
     *
     * A server that goes on with requests of a connection that is gone, long after we are back on another,
     * can still surprise us. The protocol has no means against that.
     *
     * Budgets are taken calls before payloadBytes, and given back when a call is retired, also of those that
     * nobody waits for any more: so what a server owes us is bounded.
     */

    Calls(Blame blame, boolean canFlush, BufferPool buffers) {
        this.blame = blame;
        this.canFlush = canFlush;
        this.buffers = buffers;
        this.calls = new CoBudget("requests to " + blame, Limits.CALLS_MAX);
        this.payloadBytes = new CoBudget("payloads to " + blame, Limits.PAYLOAD_BYTES_MAX);
        this.settled = new CoQueue("abandoned writes to " + blame);
    }

    RequestSender sender() {
        return sender;
    }

    /** Sends a READ and waits for its data. Suspends; so do the others. */
    @CoroutineFn
    void read(long offset, MemorySegment target) throws IOException {
        perform(request(NBD_CMD_READ, 0, offset, target.byteSize()), target, 0);
    }

    @CoroutineFn
    void write(long offset, MemorySegment source, int flags) throws IOException {
        perform(request(NBD_CMD_WRITE, flags, offset, source.byteSize()), source, 0);
    }

    /** Sends a request without data. */
    @CoroutineFn
    void command(int type, int flags, long offset, long length) throws IOException {
        perform(request(type, flags, offset, length), null, 0);
    }

    /** Asks how {@code length} bytes are stored; returns {@code countMax} extents at most. */
    @CoroutineFn
    List<Extent> status(long offset, long length, int countMax) throws IOException {
        int flags = countMax == 1 ? NBD_CMD_FLAG_REQ_ONE : 0;
        return perform(request(NBD_CMD_BLOCK_STATUS, flags, offset, length), null, countMax).extents();
    }

    @CoroutineFn
    void flush() throws IOException {
        if (unflushed.takeLoss()) throw lostWrites();
        if (canFlush) perform(request(NBD_CMD_FLUSH, 0, 0, 0), null, 0);
    }

    private Request request(int type, int flags, long offset, long length) {
        return new Request(flags, type, ++cookies, offset, length);
    }

    @CoroutineFn
    private Call perform(Request request, MemorySegment data, int extentsMax) throws IOException {
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
                case NBD_CMD_BLOCK_STATUS -> Call.status(request, extentsMax);
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
    static IOException again(IOException e) {
        return switch (e) {
            case NoSpaceException _ -> new NoSpaceException(e.getMessage(), e);
            case RefusedException refused -> new RefusedException(refused.reason(), e.getMessage(), e);
            case UnsupportedRequestException _ -> new UnsupportedRequestException(e.getMessage(), e);
            default -> new IOException(e.getMessage(), e);
        };
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
        call.covers = unflushed.written();
    }

    /** Takes a reply that is whole. */
    void answered(Call call) {
        anyAnswered = true;
        if (call.isWrite()) {
            for (Call each : pending.values()) {
                if (each != call && each.isWrite() && each.sent && each.overlaps(call.request)) {
                    each.overtaken = true;
                }
            }
        }
        if (call.error == null) {
            if (call.leavesUnflushed()) unflushed.wrote();
            if (call.request.type() == NBD_CMD_FLUSH) unflushed.flushed(call.covers);
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

    /** Fails what must not be sent again when a connection was lost, and has the rest forget its replies. */
    void failWhatIsUnsafe(IOException lost) {
        unflushed.lose();
        boolean told = false;
        for (Call each : new ArrayList<>(pending.values())) {
            if (each.abandoned) {
                retire(each);
            } else if (each.request.type() == NBD_CMD_FLUSH && (told || unflushed.takeLoss())) {
                told = true; // All of them, for none knows of the others.
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

    /** Waits until there is a request. Suspends. */
    @CoroutineFn
    void awaitWanted() {
        if (!pending.isEmpty()) return;
        wanted = new Completion<>("a request to " + blame);
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

    /** Whether there was a reply since this was asked last. */
    boolean takeAnswered() {
        boolean any = anyAnswered;
        anyAnswered = false;
        return any;
    }

    /** Has all that is left sent again, in the order of asking. */
    void resend() {
        sender.clear();
        pending.values().forEach(sender::add);
    }

    /** Fails all there are and all that come. */
    void die(IOException why) {
        dead = why;
        sender.clear();
        for (Call each : new ArrayList<>(pending.values())) fail(each, why);
    }
}
