package dev.pirn.aio;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * A handler that its event loop calls soon, once, however often it was scheduled meanwhile (QEMU's BH).
 *
 * <p>All methods are lock-free, for any thread, handlers included, and for the bottom half's own handler:
 * that is how other threads get work into a loop.
 *
 * <pre>
 *   idle ──schedule──▶ pending ──next turn──▶ called, idle again
 *                         └──cancel──▶ idle, not called
 *   any ──delete──▶ deleted: never called again
 * </pre>
 */
public final class BottomHalf {
    /** How long {@link #scheduleIdle} lets a loop wait at most: as QEMU. */
    static final long IDLE_NANOS = 10_000_000;

    private static final int QUEUED = 1;  // In the loop's list.
    private static final int PENDING = 2; // To be called when the list is run.
    private static final int IDLE = 4;    // … but the loop may wait before it.
    private static final int DELETED = 8;

    private static final VarHandle FLAGS;

    static {
        try {
            FLAGS = MethodHandles.lookup().findVarHandle(BottomHalf.class, "flags", int.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private final EventLoop loop;
    private final BottomHalves list;
    private final Object name;
    private final Runnable handler;
    private volatile int flags;
    /** Link of the loop's list; owned by whoever set QUEUED. */
    BottomHalf next;

    /** One that is called where {@code list} is polled; {@code name} is asked for its text when needed. */
    BottomHalf(EventLoop loop, BottomHalves list, Object name, Runnable handler) {
        this.loop = loop;
        this.list = list;
        this.name = name;
        this.handler = handler;
    }

    /**
     * Has the handler called in the loop's next bottom-half phase. What happened before is seen by the
     * handler. One that is pending stays pending: the handler is called once.
     *
     * @throws IllegalStateException if it was deleted, or its loop is closed
     */
    public void schedule() {
        request(0);
    }

    /**
     * Has the handler called in the loop's next bottom-half phase, but does not hurry it: a loop with nothing
     * else to do waits for up to 10 ms before, and {@link EventLoop#turn} does not count it. So one that
     * schedules itself anew is called every 10 ms while the loop is idle, once a turn while it is busy
     * ({@code qemu_bh_schedule_idle}). One that is pending otherwise stays so.
     *
     * @throws IllegalStateException if it was deleted, or its loop is closed
     */
    public void scheduleIdle() {
        request(IDLE);
    }

    private void request(int idle) {
        if (loop.isClosed()) {
            throw new IllegalStateException(loop + " is closed, so nobody would call " + this);
        }
        int before;
        int after;
        do {
            before = flags;
            if ((before & DELETED) != 0) throw new IllegalStateException(this + " was deleted; make a new "
                    + "one");
            boolean hurried = (before & (PENDING | IDLE)) == PENDING;
            after = before & ~IDLE | QUEUED | PENDING | (hurried ? 0 : idle);
            if (before == after) return;
        } while (!FLAGS.compareAndSet(this, before, after));
        if ((before & QUEUED) == 0) list.push(this);
        // Always: what stands in the list already may be idle or cancelled, and the loop asleep.
        loop.signal();
    }

    /**
     * Takes back what {@link #schedule} asked for, unless the handler is being called already. The loop's
     * list has it until the next turn, where it costs nothing.
     */
    public void cancel() {
        FLAGS.getAndBitwiseAnd(this, ~(PENDING | IDLE));
    }

    /** Makes it unusable; the handler is not called any more, but a call that runs goes on. */
    public void delete() {
        FLAGS.getAndBitwiseOr(this, DELETED);
    }

    /** How long the loop may wait before this: for ever if it is not pending. */
    long delayNanos() {
        int now = flags;
        if ((now & (PENDING | DELETED)) != PENDING) return Long.MAX_VALUE;
        return (now & IDLE) != 0 ? IDLE_NANOS : 0;
    }

    /** Calls the handler if it is still wanted; returns whether that was done and is no idle business. */
    boolean poll() {
        // Flags first: a schedule that comes during the call queues it again, for the next turn.
        int before = (int) FLAGS.getAndBitwiseAnd(this, ~(QUEUED | PENDING | IDLE));
        if ((before & (PENDING | DELETED)) != PENDING) return false;
        loop.call(this, handler);
        return (before & IDLE) == 0;
    }

    /** Names it for people. */
    @Override
    public String toString() {
        return "bottom half \"" + name + '"';
    }
}
