package dev.pirn.aio;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * A handler that its event loop calls soon, once, however often it was scheduled meanwhile (QEMU's BH).
 *
 * <p>Scheduling is lock-free, from any thread, and is how other threads and signal handlers get work into a
 * loop.
 *
 * <pre>
 *   idle ──schedule──▶ pending ──next turn──▶ called, idle again
 *                         └──cancel──▶ idle, not called
 *   any ──delete──▶ deleted: never called again
 * </pre>
 */
public final class BottomHalf {
    private static final int QUEUED = 1;  // In the loop's list.
    private static final int PENDING = 2; // To be called when the list is run.
    private static final int DELETED = 4;

    private static final VarHandle FLAGS;

    static {
        try {
            FLAGS = MethodHandles.lookup().findVarHandle(BottomHalf.class, "flags", int.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private final EventLoop loop;
    private final String name;
    private final Runnable handler;
    private volatile int flags;
    /** Link of the loop's list; owned by whoever set QUEUED. */
    BottomHalf next;

    BottomHalf(EventLoop loop, String name, Runnable handler) {
        this.loop = loop;
        this.name = name;
        this.handler = handler;
    }

    /**
     * Has the handler called in the loop's next bottom-half phase. From any thread; what happened before is
     * seen by the handler. One that is pending stays pending: the handler is called once.
     *
     * @throws IllegalStateException if it was deleted
     */
    public void schedule() {
        int before = (int) FLAGS.getAndBitwiseOr(this, QUEUED | PENDING);
        if ((before & DELETED) != 0) throw new IllegalStateException(this + " was deleted; make a new one");
        if ((before & QUEUED) == 0) loop.bottomHalves.push(this);
    }

    /**
     * Takes back what {@link #schedule} asked for, unless the handler is being called already. From any
     * thread.
     */
    public void cancel() {
        FLAGS.getAndBitwiseAnd(this, ~PENDING);
    }

    /** Makes it unusable; the handler is not called any more. From any thread. */
    public void delete() {
        FLAGS.getAndBitwiseOr(this, DELETED);
    }

    /** Calls the handler if it is still wanted. */
    void poll() {
        // Flags first: a schedule that comes during the call queues it again, for the next turn.
        int before = (int) FLAGS.getAndBitwiseAnd(this, ~(QUEUED | PENDING));
        if ((before & (PENDING | DELETED)) == PENDING) loop.call(this, handler);
    }

    /** Names it for people. */
    @Override
    public String toString() {
        return "bottom half \"" + name + '"';
    }
}
