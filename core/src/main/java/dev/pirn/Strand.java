package dev.pirn;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import jdk.internal.vm.Continuation;

/**
 * What a thread knows of those that run in it: the home that it is bound to, and the woven coroutine whose
 * frames are on it. One for each thread, virtual ones too.
 *
 * <p>It is also the stack of pure coroutines: their frames are in the heap, and what they run on is whichever
 * thread enters them. Each keeps the strand on which it ran last, so that a round trip in one thread need not
 * look for it (a ThreadLocal costs 2 ns, which is half of the round trip).
 */
final class Strand implements Stack {
    private static final ThreadLocal<Strand> LOCAL = ThreadLocal.withInitial(Strand::new);

    // Not final: the compiler must not inline the call behind it (see ThreadStackWorker.currentThread).
    private static MethodHandle anew;

    static {
        try {
            anew = MethodHandles.lookup().findStatic(Strand.class, "local",
                    MethodType.methodType(Strand.class));
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    /** False while there was no pure coroutine: then nobody need look for one in the thread. */
    private static boolean pure;

    private final Thread thread;
    /** The home that this thread is bound to, or null. */
    Home bound;
    /** What hybrid coroutines that are entered from outside of any run in; see {@link HybridStack}. */
    HybridContinuation spare;
    /**
     * The pure coroutine whose frames lie on this thread on top of {@link #mountedAt}, while any does. Not
     * cleared at a yield, for a reference is dear to write: with G1 each change costs a fence, 3 ns of a
     * round trip. So a suspended coroutine that nobody else knows is kept until this thread enters another.
     */
    private Coroutine current;
    private boolean running;
    /** The continuation that was innermost when it was entered; null if none was. */
    private Object mountedAt;

    private Strand() {
        this.thread = ThreadStackWorker.thisThread();
    }

    private static Strand local() {
        return LOCAL.get();
    }

    /** True if a pure coroutine may be what runs. */
    static boolean mayBePure() {
        return pure;
    }

    /** The stack of a pure coroutine that has not run. */
    static Strand ofNew() {
        if (!pure) pure = true;
        return here();
    }

    /** The strand of the calling thread. */
    static Strand here() {
        return mayBeStale() ? anew() : LOCAL.get();
    }

    /** The strand of the calling thread: this one, if that has not changed. */
    Strand own() {
        if (mayBeStale()) return anew();
        // Outside of continuations the carrier is the thread, and the read of it is never cached.
        Thread now = Internals.DIRECT ? Internals.carrier() : Thread.currentThread();
        return now == thread ? this : LOCAL.get();
    }

    /**
     * True if the code that asks may have been suspended by the JVM in another thread, whose identity its
     * compiled form still holds (DESIGN 2, trap 1): frames that lie on no continuation never were.
     */
    private static boolean mayBeStale() {
        return Backends.CONTINUATIONS && (!Internals.DIRECT || Internals.mounted() != null);
    }

    private static Strand anew() {
        try {
            return (Strand) anew.invokeExact();
        } catch (Throwable e) {
            throw new AssertionError(e);
        }
    }

    /** The coroutine that the calling thread, whose strand this is, runs; null outside of any. */
    Coroutine current() {
        if (!Backends.CONTINUATIONS) return running ? current : ThreadStack.current();
        Continuation mounted = ContinuationStack.mounted();
        if (running && mounted == mountedAt) return current;
        Coroutine inner = mounted == null ? null : ContinuationStack.current();
        if (inner != null) return inner;
        return running ? current : ThreadStack.current();
    }

    @Override
    public void enter(Coroutine co) {
        if (Checks.ON) Checks.beforeEnter(co);
        Coroutine outer = running ? current : null;
        Object outerMounted = mountedAt;
        Object mounted = Backends.CONTINUATIONS ? ContinuationStack.mounted() : null;
        if (current != co) current = co;
        if (mounted != outerMounted) mountedAt = mounted;
        running = true;
        Trampoline.step(co); // Throws nothing.
        running = outer != null;
        if (running || co.hasEnded()) current = outer;
        if (mounted != outerMounted) mountedAt = outerMounted;
        if (Checks.ON) Checks.afterEnter(co);
    }

    @Override
    public void yield(Coroutine co) {
        throw Misuse.unwoven(co);
    }

    @Override
    public StackTraceElement[] getStackTrace(Coroutine co) {
        return Trampoline.frames(co);
    }
}
