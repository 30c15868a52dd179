package dev.pirn;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
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

    // One for all, instead of 16 bytes each: it finds its coroutine as self() does.
    private static final Runnable BODY = () -> current().body();

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
            yieldInItsOwnFrame = MethodHandles.lookup().findVirtual(ContinuationStack.class, "yieldDirectly",
                    MethodType.methodType(void.class));
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private final Coroutine coroutine;
    private byte yields; // May overflow. Fits a gap of Continuation: a second byte makes 48 bytes 56.

    ContinuationStack(Coroutine coroutine) {
        super(SCOPE, BODY);
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
        if (Internals.DIRECT) {
            Continuation innermost = Internals.mounted();
            if (innermost == null) return null;
            if (innermost instanceof ContinuationStack own) return own.coroutine;
            // Else a virtual thread's, or that of another library: one of ours may be further out.
        }
        Continuation innermost = Continuation.getCurrentContinuation(SCOPE);
        return innermost == null ? null : ((ContinuationStack) innermost).coroutine;
    }

    @Override
    public void enter() {
        if (Checks.ON) Checks.beforeEnter(coroutine);
        if (Internals.DIRECT) {
            Internals.enter(this, coroutine.hasStarted());
        } else {
            run();
        }
        if (Checks.ON) Checks.afterEnter(coroutine);
    }

    @Override
    public void yield() {
        if (Checks.ON) Checks.beforeYield(coroutine);
        try {
            suspend();
        } catch (StackOverflowError e) {
            if (!String.valueOf(e.getMessage()).contains("Humongous")) throw e;
            throw Misuse.tooDeep(coroutine, e); // Thrown before anything was suspended.
        }
    }

    private void suspend() {
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
