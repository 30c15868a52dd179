package dev.pirn.aio;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Objects;

/**
 * A flag that any thread sets, and whose handler the loop calls while it is set (QEMU's EventNotifier).
 *
 * <p>It is a level, not an edge: set twice it is set, and the handler is called each turn until somebody
 * {@linkplain #testAndClear() clears} it, usually that handler. It costs no file descriptor.
 *
 * <pre>
 *   clear ──set──▶ set ··each turn··▶ handler called, if one is attached
 *     ◀─testAndClear─┘
 * </pre>
 */
public final class EventNotifier {
    private static final VarHandle SET;

    static {
        try {
            SET = MethodHandles.lookup().findVarHandle(EventNotifier.class, "set", boolean.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private final EventLoop loop;
    private final String name;
    private final BottomHalf dispatch;
    private volatile boolean set;
    private volatile Runnable handler;
    private volatile boolean calling; // Its handler runs, and will be asked for again behind it if need be.

    EventNotifier(EventLoop loop, String name) {
        this.loop = loop;
        this.name = name;
        // It comes with the ready channels, for that is what an eventfd does.
        this.dispatch = new BottomHalf(loop, loop.notifiers, this, this::dispatch);
    }

    /**
     * Has {@code newHandler} called from now on, in place of the one before; if it is set already, in this or
     * the next turn. For the loop's thread.
     */
    public void attach(Runnable newHandler) {
        loop.requireHere("EventNotifier.attach");
        handler = Objects.requireNonNull(newHandler, "newHandler");
        if (set) dispatch.schedule();
    }

    /** Has no handler called any more; it stays set if it is. For the loop's thread. */
    public void detach() {
        loop.requireHere("EventNotifier.detach");
        handler = null;
        dispatch.cancel();
    }

    /** Sets it, and has the handler called. From any thread; lock-free. */
    public void set() {
        // The looks come after the change, and attach and dispatch look the other way round: one of the two
        // sees it.
        if (!(boolean) SET.getAndSet(this, true) && handler != null && !calling) dispatch.schedule();
    }

    /** Clears it; returns whether it was set. From any thread; what was done before the set is seen. */
    public boolean testAndClear() {
        return (boolean) SET.getAndSet(this, false);
    }

    /** Calls the handler; not from within itself, by way of a nested turn. */
    private void dispatch() {
        Runnable now = handler;
        if (now == null || !set) return;
        calling = true;
        try {
            now.run();
        } finally {
            calling = false;
            if (set && handler != null) dispatch.schedule();
        }
    }

    /** Names it for people. */
    @Override
    public String toString() {
        return "event notifier \"" + name + '"';
    }
}
