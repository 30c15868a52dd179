package dev.pirn.aio;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * The bottom halves that are queued in a loop: a stack that any thread pushes to and the loop takes whole.
 */
final class BottomHalves {
    private static final VarHandle TOP;

    static {
        try {
            TOP = MethodHandles.lookup().findVarHandle(BottomHalves.class, "top", BottomHalf.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private final Runnable signal;
    private volatile BottomHalf top;
    /** What is left of the slice that runs, in order. A nested turn goes on with it. */
    private BottomHalf slice;

    BottomHalves(Runnable signal) {
        this.signal = signal;
    }

    void push(BottomHalf bottomHalf) {
        BottomHalf below;
        do {
            below = top;
            bottomHalf.next = below;
        } while (!TOP.compareAndSet(this, below, bottomHalf));
        if (below == null) signal.run();
    }

    boolean isEmpty() {
        return top == null && slice == null;
    }

    /**
     * Calls those queued by now, in the order they were queued. Those queued meanwhile wait for the next
     * turn.
     */
    int poll() {
        takeSlice();
        int polled = 0;
        for (BottomHalf first = slice; first != null; first = slice) {
            slice = first.next;
            first.next = null; // Before its flags change: then another thread may link it anew.
            first.poll();
            polled++;
        }
        return polled;
    }

    /** Appends what was pushed, oldest first. */
    private void takeSlice() {
        BottomHalf ordered = null;
        for (BottomHalf each = (BottomHalf) TOP.getAndSet(this, null); each != null; ) {
            BottomHalf older = each.next;
            each.next = ordered;
            ordered = each;
            each = older;
        }
        if (slice == null) {
            slice = ordered;
            return;
        }
        BottomHalf last = slice;
        while (last.next != null) last = last.next;
        last.next = ordered;
    }
}
