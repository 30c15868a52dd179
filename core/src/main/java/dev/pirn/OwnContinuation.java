package dev.pirn;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.invoke.VarHandle;
import jdk.internal.vm.Continuation;
import jdk.internal.vm.ContinuationScope;

/**
 * A continuation that runs a coroutine of ours, and how such a one is suspended.
 *
 * <p>Continuation is not a supported API. We use it because it is the only switch in the JDK that keeps the
 * carrier thread: a virtual thread would hand every wake-up to a scheduler that we do not own.
 */
abstract class OwnContinuation extends Continuation {
    // One scope for all: a yield then stops at the innermost coroutine, which is the running one.
    static final ContinuationScope SCOPE = new ContinuationScope("coroutine");

    /*
     * A coroutine whose outer frames are interpreted is suspended at a third of the speed if its innermost
     * frame lies right upon one of them: the JVM always brings two frames back, so the interpreted one too,
     * and cannot use its fast path. It is so for good where yield has been inlined into a loop whose caller
     * runs but once: 210 ns instead of 70. One more frame in between and the interpreted one stays in the
     * heap, for all later yields too; but it costs 6 ns to copy: so only one yield of 16 has it.
     */
    private static final int CURE_MASK = 15;

    // Not final: the compiler must not inline the call behind it.
    private static MethodHandle yieldInItsOwnFrame;

    static {
        try {
            yieldInItsOwnFrame = MethodHandles.lookup().findVirtual(OwnContinuation.class, "yieldDirectly",
                    MethodType.methodType(void.class));
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private Coroutine coroutine;
    private byte yields; // May overflow. Fits a gap of Continuation: a second byte makes 48 bytes 56.

    OwnContinuation(Runnable body) {
        super(SCOPE, body);
    }

    final Coroutine coroutine() {
        return coroutine;
    }

    final void coroutine(Coroutine next) {
        if (coroutine != next) coroutine = next;
    }

    /** Suspends it; called inside, by its coroutine. */
    final void suspend() {
        if (Checks.ON) Checks.beforeYield(coroutine, false);
        try {
            yieldNow();
        } catch (StackOverflowError e) {
            if (!String.valueOf(e.getMessage()).contains("Humongous")) throw e;
            throw Misuse.tooDeep(coroutine, e); // Thrown before anything was suspended.
        }
    }

    private void yieldNow() {
        if (!Internals.DIRECT) {
            Continuation.yield(SCOPE);
        } else if ((++yields & CURE_MASK) != 0) {
            yieldDirectly();
        } else {
            yieldInItsOwnFrame();
        }
    }

    private void yieldInItsOwnFrame() {
        try {
            yieldInItsOwnFrame.invokeExact(this);
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new AssertionError(e);
        }
    }

    private void yieldDirectly() {
        int code = Internals.yieldInnermost();
        VarHandle.storeStoreFence(); // As Continuation.yield has it.
        if (code != 0) onPinned(reason(code));
    }

    /** What {@code Continuation.pinnedReason} makes of doYield's result. */
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
    protected final void onPinned(Pinned reason) {
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
