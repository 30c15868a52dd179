package dev.pirn;

import jdk.internal.vm.Continuation;

/**
 * The stack of a coroutine whose woven frames unwind, and whose others the JVM suspends.
 * <pre>
 *   enter ─▶ a spare continuation ─▶ woven frames ── woven yield ──▶ they unwind: the continuation is spare
 *                                        └─▶ frames that are not ── yield ──▶ the JVM freezes all of them:
 *                                                             the continuation is this coroutine's own
 * </pre>
 */
final class HybridStack implements Stack {
    // Unwinding and going on costs some 9 ns a frame, to freeze and thaw any number some 100: from about
    // 12 frames a time the JVM is faster. One yield of 64 unwinds even so, to see whether it still is.
    private static final int DEEP_SCORE = 28;
    private static final int FRAMES_SHALLOW = 8;
    private static final int FRAMES_COUNTED_MAX = 100;
    private static final int PROBE_MASK = 63;

    private HybridContinuation frozen; // Null unless frames are suspended in it.
    private Strand strand;   // On which it ran last.
    private byte score;      // Follows the number of frames that unwind. Bytes: 24 a stack, not 32.
    private byte tick;
    private boolean deep;

    @Override
    public void enter(Coroutine co) {
        if (Checks.ON) Checks.beforeEnter(co);
        HybridContinuation in = frozen;
        boolean again = in != null;
        if (Internals.DIRECT) {
            Continuation outer = Internals.mounted();
            if (!again) in = take(spare(outer), co);
            Internals.enter(in, again, outer);
        } else {
            // By the public methods one that has ended is of no more use.
            if (!again) in = take(new HybridContinuation(), co);
            in.run();
        }
        if (in.isDone()) {
            if (Internals.DIRECT) Internals.renew(in);
            in.busy = false;
            if (frozen != null) frozen = null;
            if (co.hasEnded()) in.coroutine(null); else count((int) co.bits - 1);
        } else if (frozen != in) {
            frozen = in;
        }
        if (Checks.ON) Checks.afterEnter(co);
    }

    private static HybridContinuation take(HybridContinuation spare, Coroutine co) {
        spare.busy = true;
        spare.coroutine(co);
        return spare;
    }

    /** One that nothing is suspended in, for the level of nesting upon {@code outer}. */
    private HybridContinuation spare(Continuation outer) {
        if (outer instanceof HybridContinuation below) {
            HybridContinuation inner = below.inner;
            if (inner == null || inner.busy) below.inner = inner = new HybridContinuation();
            return inner;
        }
        Strand here = strand == null ? Strand.here() : strand.own();
        if (here != strand) strand = here;
        HybridContinuation top = here.spare;
        if (top == null || top.busy) here.spare = top = new HybridContinuation();
        return top;
    }

    private void count(int unwound) {
        if (unwound <= FRAMES_SHALLOW && score == 0) return;
        score += (byte) (Math.min(unwound, FRAMES_COUNTED_MAX) - score >> 2);
        deep = score > DEEP_SCORE;
        if (unwound == 0 && score < 4) score = 0;
    }

    /** Suspends the woven frames that run: true if by unwinding; false if the JVM did, and it goes on. */
    boolean unwinds(Coroutine co) {
        if (!deep || (++tick & PROBE_MASK) == 0) return true;
        this.yield(co);
        return false;
    }

    @Override
    public void yield(Coroutine co) {
        if (ContinuationStack.mounted() instanceof HybridContinuation own && own.coroutine() == co) {
            own.suspend();
            return;
        }
        throw new AssertionError(co + " yields outside of its continuation");
    }

    @Override
    public StackTraceElement[] getStackTrace(Coroutine co) {
        if (frozen == null) return Trampoline.frames(co);
        return Trampoline.framesUpon(frozen.getStackTrace(), co);
    }
}
