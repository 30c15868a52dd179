package dev.pirn;

/**
 * Coroutines that somebody has scheduled, in order, linked through themselves: scheduling allocates no nodes.
 */
final class WakeList {
    private Coroutine first;
    private Coroutine last;

    void add(Coroutine co) {
        if (first == null) first = co; else last.next = co;
        last = co;
    }

    void addFirst(Coroutine co) {
        if (first == null) last = co;
        co.next = first;
        first = co;
    }

    /** Puts all of {@code newer}, in its order, before what is here. */
    void prepend(WakeList newer) {
        if (first != null) newer.last.next = first; else last = newer.last;
        first = newer.first;
    }

    /**
     * Enters all, and whom they wake: the newest batch first, as QEMU does, and by this loop instead of by
     * recursion, so that two coroutines may wake each other for ever (QEMU c40a254570).
     */
    int enterAll(Coroutine from, Home here) {
        int entered = 0;
        for (Coroutine co = first; co != null; co = first) {
            first = co.next;
            co.next = null;
            co.enterScheduled(from, here, this);
            entered++;
        }
        return entered;
    }
}
