package dev.pirn;

import java.util.concurrent.CancellationException;

/**
 * Suspends a coroutine for a wake that it is registered for, and keeps wake and cancellation apart: the one
 * must not meet a yield that was meant for the other.
 *
 * <p>A word on its state stands in the coroutine, written by whoever runs it: the bits here.
 */
final class CoWait {
    static final byte UNWOKEN = 1;   // The wake that its completion sends has not come yet.
    static final byte SHIELDED = 2;  // It waits for what must not be left half done.
    static final byte THROWN = 4;    // It has been told of its cancellation.
    static final byte ABSORBING = 8; // It yields once more, for a wake that is on its way.

    private CoWait() { }

    /** Suspends {@code self}, which is registered to be woken; a shielded one is told of no cancellation. */
    @CoroutineFn
    static void await(Coroutine self, boolean shielded) {
        self.cancel |= UNWOKEN;
        if (!shielded) {
            Coroutine.yield();
            return;
        }
        self.cancel |= SHIELDED;
        try {
            yieldShielded(self);
        } finally {
            self.cancel &= ~SHIELDED;
        }
    }

    /**
     * Suspends {@code self} until the wake has come that its completion sent, if a cancellation was faster:
     * left alone, that wake would meet a later yield.
     */
    @CoroutineFn
    static void absorb(Coroutine self) {
        if ((self.cancel & UNWOKEN) == 0) return;
        self.cancel |= ABSORBING;
        try {
            yieldShielded(self);
        } finally {
            self.cancel &= ~ABSORBING;
        }
    }

    /** What one throws that is to begin, and was cancelled before. */
    static CancellationException neverRun(Coroutine co) {
        ((CoroutineEntry) co.entry).dropped();
        return co.cancelled();
    }

    /** Tells an entry that it will not run; returns what that threw, or null. */
    static Throwable drop(CoroutineEntry entry) {
        try {
            entry.dropped();
            return null;
        } catch (Throwable e) {
            return e;
        }
    }

    /** A yield that throws no cancellation. */
    @CoroutineFn
    private static void yieldShielded(Coroutine self) {
        self.suspendShielded();
    }

    /** What that is in woven code. */
    private static void yieldShielded$co(Coroutine self, Coroutine same) {
        same.suspend();
    }
}
