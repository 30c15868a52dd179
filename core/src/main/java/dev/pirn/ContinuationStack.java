package dev.pirn;

import jdk.internal.vm.Continuation;

/**
 * A stack that the JVM copies to the heap while it is suspended.
 *
 * <p>Is a Continuation, rather than has one: a million suspended coroutines are a million objects fewer.
 */
final class ContinuationStack extends OwnContinuation implements Stack {
    // One for all, instead of 16 bytes each: it finds its coroutine as self() does.
    private static final Runnable BODY = () -> current().body();

    ContinuationStack(Coroutine coroutine) {
        super(BODY);
        coroutine(coroutine);
    }

    /**
     * Runs one to its first yield and to its end, so that a JVM where they only seem to work is found out at
     * start.
     */
    static boolean works() {
        int[] steps = {0};
        var trial = new Continuation(SCOPE, () -> {
            steps[0]++;
            Continuation.yield(SCOPE);
            steps[0]++;
        });
        trial.run();
        trial.run();
        return steps[0] == 2 && trial.isDone();
    }

    /**
     * The coroutine of the innermost continuation of ours on this thread.
     *
     * <p>Reads the carrier thread through the JVM's own intrinsic, which is never cached across a yield, as
     * {@code Thread.currentThread()} is (DESIGN 2, trap 1: 64–78 % of such reads saw the old thread).
     */
    static Coroutine current() {
        if (Internals.DIRECT) {
            Continuation innermost = Internals.mounted();
            if (innermost == null) return null;
            if (innermost instanceof OwnContinuation own) return own.coroutine();
            // Else a virtual thread's, or that of another library: one of ours may be further out.
        }
        Continuation innermost = Continuation.getCurrentContinuation(SCOPE);
        return innermost == null ? null : ((OwnContinuation) innermost).coroutine();
    }

    /** The innermost continuation; anybody's, where that can be told. */
    static Continuation mounted() {
        return Internals.DIRECT ? Internals.mounted() : Continuation.getCurrentContinuation(SCOPE);
    }

    @Override
    public void enter(Coroutine co) {
        if (Checks.ON) Checks.beforeEnter(co);
        if (Internals.DIRECT) {
            Internals.enter(this, co.hasStarted(), Internals.mounted());
        } else {
            run();
        }
        if (Checks.ON) Checks.afterEnter(co);
    }

    @Override
    public void yield(Coroutine co) {
        suspend();
    }

    @Override
    public StackTraceElement[] getStackTrace(Coroutine co) {
        return getStackTrace();
    }
}
