package dev.pirn.aio;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.ArrayList;
import java.util.List;

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

    private volatile BottomHalf top;
    /** What is left of the slice that runs, in order. A nested turn goes on with it. */
    private BottomHalf slice;
    private BottomHalf last; // Of the slice, while that is not empty.

    /** Adds one that is in no list. From any thread. */
    void push(BottomHalf bottomHalf) {
        BottomHalf below;
        do {
            below = top;
            bottomHalf.next = below;
        } while (!TOP.compareAndSet(this, below, bottomHalf));
    }

    /**
     * How long the loop may wait before one of these: zero if one is pending that is not idle,
     * {@code Long.MAX_VALUE} if none is pending.
     */
    long delayNanos() {
        if (top == null && slice == null) return Long.MAX_VALUE;
        return Math.min(delayNanos(slice), delayNanos(top));
    }

    private static long delayNanos(BottomHalf first) {
        long delayNanos = Long.MAX_VALUE;
        for (BottomHalf each = first; each != null && delayNanos > 0; each = each.next) {
            delayNanos = Math.min(delayNanos, each.delayNanos());
        }
        return delayNanos;
    }

    /**
     * Calls those queued by now, in the order they were queued. Those queued meanwhile wait for the next
     * turn.
     *
     * @return how many were called, without the idle ones
     */
    int poll() {
        takeSlice();
        int polled = 0;
        for (BottomHalf first = slice; first != null; first = slice) {
            slice = first.next;
            first.next = null; // Before its flags change: then another thread may link it anew.
            if (first.poll()) polled++;
        }
        return polled;
    }

    /** Takes all out and calls none; returns those that were pending. */
    List<BottomHalf> drop() {
        takeSlice();
        var pending = new ArrayList<BottomHalf>();
        for (BottomHalf first = slice; first != null; first = slice) {
            slice = first.next;
            first.next = null;
            if (first.delayNanos() < Long.MAX_VALUE) pending.add(first);
        }
        return pending;
    }

    /** Appends what was pushed, oldest first. */
    private void takeSlice() {
        if (top == null) return;
        var newest = (BottomHalf) TOP.getAndSet(this, null);
        BottomHalf ordered = null;
        for (BottomHalf each = newest; each != null; ) {
            BottomHalf older = each.next;
            each.next = ordered;
            ordered = each;
            each = older;
        }
        if (slice == null) slice = ordered; else last.next = ordered;
        last = newest;
    }
}
