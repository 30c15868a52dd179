package dev.pirn;

import static dev.pirn.Internals.CARRIER;
import static dev.pirn.Internals.CHILD;
import static dev.pirn.Internals.DIRECT;
import static dev.pirn.Internals.DO_YIELD;
import static dev.pirn.Internals.ENTER_SPECIAL;
import static dev.pirn.Internals.MOUNT;
import static dev.pirn.Internals.MOUNTED;
import static dev.pirn.Internals.PARENT;
import static dev.pirn.Internals.YIELD0;
import static dev.pirn.Internals.YIELD_INFO;

import java.lang.invoke.VarHandle;
import jdk.internal.vm.Continuation;
import jdk.internal.vm.ContinuationScope;

/**
 * A stack that the JVM copies to the heap while it is suspended.
 *
 * <p>Continuation is not a supported API. We use it because it is the only switch in the JDK that keeps the
 * carrier thread: a virtual thread would hand every wake-up to a scheduler that we do not own.
 *
 * <p>Is a Continuation, rather than has one: a million suspended coroutines are a million objects fewer.
 */
final class ContinuationStack extends Continuation implements Stack {
    // One scope for all: a yield then stops at the innermost coroutine, which is the running one.
    private static final ContinuationScope SCOPE = new ContinuationScope("coroutine");

    private final Coroutine coroutine;
    private boolean started;

    ContinuationStack(Coroutine coroutine) {
        super(SCOPE, coroutine::body);
        this.coroutine = coroutine;
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
        if (DIRECT) {
            // Ours is the innermost unless a foreign library runs one on top, or there is only a virtual thread's.
            Continuation innermost = mounted(carrier());
            if (innermost == null) return null;
            if (innermost instanceof ContinuationStack own) return own.coroutine;
        }
        Continuation innermost = Continuation.getCurrentContinuation(SCOPE);
        return innermost == null ? null : ((ContinuationStack) innermost).coroutine;
    }

    @Override
    public void enter() {
        if (!DIRECT) {
            run();
            return;
        }
        Thread carrier = carrier();
        Continuation outer = mounted(carrier);
        PARENT.set((Continuation) this, outer);
        mount(carrier, this);
        switchIn();
        while ((Object) YIELD_INFO.get((Continuation) this) != null) outerYield(outer);
        if (outer != null) PARENT.set((Continuation) this, (Continuation) null);
    }

    private void switchIn() {
        boolean again = started;
        started = true;
        try {
            ENTER_SPECIAL.invokeExact((Continuation) this, again, false);
        } catch (Throwable e) {
            throw new AssertionError("a coroutine's body threw", e);
        } finally {
            VarHandle.storeStoreFence();
            mount(carrier(), (Continuation) PARENT.get((Continuation) this));
        }
    }

    /** A yield of an outer scope, the virtual thread's that parks, goes through us: as Continuation.run does it. */
    private void outerYield(Continuation outer) {
        var scope = (ContinuationScope) (Object) YIELD_INFO.get((Continuation) this);
        CHILD.set(outer, (Continuation) this);
        try {
            boolean ignored = (boolean) YIELD0.invokeExact(outer, scope, (Continuation) this);
        } catch (Throwable e) {
            throw new AssertionError("an outer yield threw", e);
        }
        CHILD.set(outer, (Continuation) null);
        mount(carrier(), this);
        switchIn();
    }

    private static Thread carrier() {
        try {
            return (Thread) CARRIER.invokeExact();
        } catch (Throwable e) {
            throw new AssertionError(e);
        }
    }

    private static Continuation mounted(Thread carrier) {
        try {
            return (Continuation) MOUNTED.invokeExact(carrier);
        } catch (Throwable e) {
            throw new AssertionError(e);
        }
    }

    private static void mount(Thread carrier, Continuation continuation) {
        try {
            MOUNT.invokeExact(carrier, continuation);
        } catch (Throwable e) {
            throw new AssertionError(e);
        }
    }

    @Override
    public void yield() {
        if (!DIRECT) {
            Continuation.yield(SCOPE);
            return;
        }
        int pinned;
        try {
            pinned = (int) DO_YIELD.invokeExact();
        } catch (Throwable e) {
            throw new AssertionError(e);
        }
        VarHandle.storeStoreFence();
        if (pinned != 0) onPinned(reason(pinned));
    }

    private static Pinned reason(int code) {
        return switch (code) {
            case 2 -> Pinned.CRITICAL_SECTION;
            case 3 -> Pinned.NATIVE;
            case 4 -> Pinned.MONITOR;
            default -> Pinned.EXCEPTION;
        };
    }

    /** Called by the JVM when it cannot freeze the frames between the entry and this yield. */
    @Override
    protected void onPinned(Pinned reason) {
        throw new IllegalStateException(("%s cannot yield below %s, which the JVM cannot suspend (%s). Yield "
                + "outside of it, or make the coroutine on Backend.THREAD. The coroutine goes on")
                .formatted(coroutine, culprit(), reason));
    }

    /** The frame that pins, as far as the stack shows it: a native method, or a class initialiser. */
    private static String culprit() {
        for (StackTraceElement frame : new Throwable().getStackTrace()) {
            boolean initialiser = frame.getMethodName().equals("<clinit>");
            if (!initialiser && !frame.isNativeMethod()) continue;
            return "%s %s.%s(%s:%d)".formatted(initialiser ? "the class initialiser" : "the native method",
                    frame.getClassName(), frame.getMethodName(), frame.getFileName(), frame.getLineNumber());
        }
        return "a native frame (an upcall or a class being loaded)";
    }
}
