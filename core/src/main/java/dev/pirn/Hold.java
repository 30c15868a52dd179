package dev.pirn;

/**
 * That one coroutine holds one lock; kept with the coroutine, so that one which ends holding a lock is found
 * out, and named (QEMU's {@code locks_held}). For who makes locks.
 *
 * <pre>
 *   coroutine ──▶ hold of the lock taken last ──▶ hold of the one before ──▶ …
 * </pre>
 *
 * <p>All methods are for the thread in which the coroutine runs.
 */
public final class Hold {
    final Object lock;
    Hold next;

    /** Makes one of {@code lock}, which nobody has taken; its text is what errors call it. */
    public Hold(Object lock) {
        this.lock = lock;
    }

    private static Hold last(Coroutine co) {
        return co.entry instanceof Hold hold ? hold : null; // Nobody needs what it runs once it runs.
    }

    /** Finds the hold that {@code co} has of {@code lock}; null if it has none. */
    public static Hold of(Coroutine co, Object lock) {
        Hold each = last(co);
        while (each != null && each.lock != lock) each = each.next;
        return each;
    }

    /** From now on {@code co}, which runs, holds it. */
    public void take(Coroutine co) {
        next = last(co);
        co.entry = this;
    }

    /** From now on {@code co}, which holds it, does not. */
    public void giveBack(Coroutine co) {
        Hold before = last(co);
        if (before == this) {
            co.entry = next;
        } else {
            while (before.next != this) before = before.next;
            before.next = next;
        }
        next = null;
    }
}
