package dev.pirn.block;

import dev.pirn.Completion;
import dev.pirn.Coroutine;
import dev.pirn.CoroutineFn;
import dev.pirn.aio.EventLoop;
import dev.pirn.aio.Poller;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The ring of one event loop, and the coroutines that wait for it. For the loop's thread.
 *
 * <pre>
 *   request ──▶ line ──a place──▶ prepared ──once a turn──▶ kernel ──▶ completion ──▶ coroutine woken
 *               │ in order        at most REQUESTS_MAX ──────────┘
 *               └──cancelled──▶ gone; in a place it is waited for, for the kernel has its memory
 * </pre>
 */
final class LoopRing implements Poller {
    /** Most requests that the kernel has at a time. 64 saturate the disks that we measured. */
    static final int REQUESTS_MAX = 128;

    private static final System.Logger LOG = System.getLogger("dev.pirn.block");
    /** The tag of what no request waits for. */
    private static final long NOBODY = -1;
    /** What the kernel had when its loop was closed: it may still write there, so nobody else may. */
    private static final Set<Request> ABANDONED = ConcurrentHashMap.newKeySet();

    /** One that a coroutine waits for. */
    private static final class Request {
        final int operation;
        final int file;
        final MemorySegment memory; // Also keeps it from being collected while the kernel has its address.
        final long offset;
        final int detail;
        final Completion<Void> done;
        int result;

        Request(LoopRing ring, int operation, int file, MemorySegment memory, long offset, int detail) {
            this.operation = operation;
            this.file = file;
            this.memory = memory;
            this.offset = offset;
            this.detail = detail;
            this.done = new Completion<>(ring);
        }
    }

    private final Ring ring;
    private final Bell bell;
    private final Request[] places = new Request[REQUESTS_MAX];
    private final int[] free = new int[REQUESTS_MAX];
    private int freeCount = REQUESTS_MAX;
    private final LinkedHashSet<Request> line = new LinkedHashSet<>();

    private LoopRing(Ring ring, Bell bell) {
        this.ring = ring;
        this.bell = bell;
        for (int i = 0; i < REQUESTS_MAX; i++) free[i] = REQUESTS_MAX - 1 - i;
    }

    /**
     * Makes one for {@code loop}, in which the caller runs, and has it looked at.
     *
     * @throws IOException if the system has no ring for us, or no socket
     */
    static LoopRing open(EventLoop loop, RingCalls calls) throws IOException {
        Ring ring = openRing(calls);
        try {
            var opened = new LoopRing(ring, Bell.open(loop));
            loop.pollers().add(opened);
            return opened;
        } catch (IOException | RuntimeException e) {
            ring.close();
            throw e;
        }
    }

    /** A ring of the size that a loop has. */
    static Ring openRing(RingCalls calls) throws RingUnavailable {
        return Ring.open(calls, REQUESTS_MAX);
    }

    /**
     * Reads into {@code memory}, or writes it, as the system call does: suspends. A coroutine that is
     * cancelled takes back what has no place; else it waits, and its cancellation is told at the next yield.
     *
     * @return how many bytes, or {@code -errno}
     */
    @CoroutineFn
    long transfer(int operation, int file, MemorySegment memory, long offset) {
        return call(new Request(this, operation, file, memory, offset, 0));
    }

    /** {@code fdatasync}, else as {@link #transfer}. */
    @CoroutineFn
    int flush(int file) {
        int dataOnly = 1; // IORING_FSYNC_DATASYNC
        return call(new Request(this, Ring.FSYNC, file, MemorySegment.NULL, 0, dataOnly));
    }

    @CoroutineFn
    private int call(Request request) {
        if (freeCount > 0) place(request); else line.add(request);
        try {
            request.done.join();
        } catch (CancellationException e) {
            if (line.remove(request)) throw e;
            request.done.joinUninterruptibly();
            Coroutine.self().cancel(); // Told once, in vain: so once more.
        }
        return request.result;
    }

    private void place(Request request) {
        int at = free[--freeCount];
        places[at] = request;
        MemorySegment memory = request.memory;
        ring.prepare(request.operation, 0, request.file, request.offset, memory.address(),
                (int) memory.byteSize(), request.detail, at);
    }

    /**
     * Gives the kernel what is prepared. What it does not take, having no memory for one, is answered with
     * its error.
     */
    private void submit() {
        int error = ring.submit();
        if (error == 0) return;
        while (ring.prepared() > 0) {
            long tag = ring.takeBack();
            if (tag == NOBODY) bell.disarm(); else answer((int) tag, error);
        }
    }

    private void answer(int at, int result) {
        Request request = places[at];
        places[at] = null;
        free[freeCount++] = at;
        request.result = result;
        request.done.complete(null);
    }

    @Override
    public boolean look() {
        if (ring.prepared() > 0) {
            submit();
            admit(); // What the kernel did not take has left its place; nothing may ever complete to say so.
        }
        return ring.completions() > 0;
    }

    @Override
    public int take() {
        int taken = 0;
        for (int count = ring.completions(); count > 0; count--) { // Not those of the coroutines woken here.
            int result = ring.next();
            if (ring.tag() == NOBODY) continue;
            answer((int) ring.tag(), result);
            taken++;
            admit();
        }
        return taken;
    }

    private void admit() {
        while (freeCount > 0 && !line.isEmpty()) place(line.removeFirst());
    }

    @Override
    public boolean maySleep() {
        if (look() || ring.prepared() > 0) return false;
        if (freeCount == REQUESTS_MAX || bell.isArmed()) return true;
        bell.arm(ring, NOBODY);
        submit();
        return bell.isArmed() && ring.completions() == 0;
    }

    @Override
    public void close() {
        int left = 0;
        for (Request each : places) {
            if (each == null) continue;
            ABANDONED.add(each);
            left++;
        }
        if (left > 0) LOG.log(System.Logger.Level.WARNING, "an event loop was closed while the kernel has "
                + left + " requests of its; their memory is not used again");
        ring.close();
        bell.close();
    }

    /** What a coroutine that waits for it says. */
    @Override
    public String toString() {
        return "io_uring (%d of %d requests in flight, %d waiting)"
                .formatted(REQUESTS_MAX - freeCount, REQUESTS_MAX, line.size());
    }
}
