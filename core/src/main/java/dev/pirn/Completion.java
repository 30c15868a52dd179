package dev.pirn;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;

/**
 * One result that one coroutine waits for: completed once, awaited once, in either order.
 *
 * <p>Everything in the loop that suspends stands on it, because it pairs each wake with one yield: a
 * completion that is faster than the wait is no lost wake-up, it makes the wait return at once.
 *
 * <pre>
 *   pending ──await──▶ awaited ──complete──▶ done, and the coroutine is woken
 *      └──complete──▶ done ──await──▶ returns without yielding
 * </pre>
 *
 * @param <T> what is waited for
 */
public final class Completion<T> {
    private static final Object NOTHING = new Object(); // Stands for a result of null.
    private static final VarHandle STATE = Handles.of(MethodHandles.lookup(), "state", Object.class);

    private record Failure(Throwable cause) { }

    /** The subject of a wait for what ends. */
    record End(Object of) {
        @Override
        public String toString() {
            return "the end of " + of;
        }
    }

    /** Null while pending, the waiting coroutine, or the outcome. */
    private volatile Object state;
    private boolean taken;
    private final Object subject;

    /** Makes a pending one. */
    public Completion() {
        this("a completion");
    }

    /**
     * Makes a pending one that says what it is: {@code subject.toString()} is asked for only when somebody
     * looks at who waits ({@link Coroutines}), then perhaps from another thread.
     */
    public Completion(Object subject) {
        this.subject = subject;
    }

    /**
     * One that is completed as {@code stage} is; what that failed with is not wrapped. Who stops waiting
     * leaves the stage as it is; that keeps this small object until it is done.
     */
    public static <T> Completion<T> of(CompletionStage<? extends T> stage) {
        return of(stage, new End(stage));
    }

    static <T> Completion<T> of(CompletionStage<? extends T> stage, Object subject) {
        var completion = new Completion<T>(subject);
        stage.whenComplete((value, failure) -> {
            if (failure == null) completion.complete(value); else completion.fail(unwrapped(failure));
        });
        return completion;
    }

    /** What a stage failed with, or a stage that it stands on. */
    private static Throwable unwrapped(Throwable failure) {
        Throwable cause = failure.getCause();
        return failure instanceof CompletionException && cause != null ? cause : failure;
    }

    /**
     * Completes it with {@code value}, which may be null, and wakes the coroutine that waits. From any
     * thread.
     *
     * @throws IllegalStateException if it is done already; its first outcome stays
     */
    public void complete(T value) {
        finish(value == null ? NOTHING : value);
    }

    /** Completes it with an exception, which {@link #await} throws; else as {@link #complete}. */
    public void fail(Throwable cause) {
        finish(new Failure(cause));
    }

    /**
     * As {@link #complete}, where several may be the one that does it.
     *
     * @return false if it is done already; its first outcome stays
     */
    public boolean tryComplete(T value) {
        return tryFinish(value == null ? NOTHING : value) == null;
    }

    /** As {@link #fail}, where several may be the one that does it; returns as {@link #tryComplete}. */
    public boolean tryFail(Throwable cause) {
        return tryFinish(new Failure(cause)) == null;
    }

    private void finish(Object outcome) {
        Object first = tryFinish(outcome);
        if (first == null) return;
        throw new IllegalStateException("a completion was completed twice, with " + text(first)
                + " and now with " + text(outcome) + "; make one for each wait");
    }

    /** Returns the outcome that was there before, or null if {@code outcome} is the one now. */
    private Object tryFinish(Object outcome) {
        Object before = state;
        while (before == null || before instanceof Coroutine) {
            Object witness = STATE.compareAndExchange(this, before, outcome);
            if (witness == before) {
                if (before == null) return null;
                Points.point("Completion, between outcome and wake");
                ((Coroutine) before).wake();
                return null;
            }
            before = witness;
        }
        return before;
    }

    private static String text(Object outcome) {
        return outcome == NOTHING ? "nothing" : outcome.toString();
    }

    /** True once it is completed. */
    public boolean isDone() {
        Object now = state;
        return now != null && !(now instanceof Coroutine);
    }

    /**
     * Waits for the result. Suspends the calling coroutine unless it is there.
     *
     * @return what it was completed with
     * @throws ExecutionException if it was failed with a checked exception, which is the cause; an unchecked
     *     one or an error is thrown as it is
     * @throws CancellationException if the coroutine was cancelled; nobody waits then any more, and if
     *     {@link #isDone} the outcome that came at the same time is yours to pass on
     * @throws IllegalStateException if it is awaited a second time, or outside a coroutine that runs in a
     *     home, or if the coroutine was entered by somebody else meanwhile
     */
    @CoroutineFn
    public T await() throws ExecutionException {
        Object outcome = outcome(false);
        if (outcome instanceof Failure failure) throw new ExecutionException(checked(failure));
        return value(outcome);
    }

    /**
     * As {@link #await}, where nobody fails it with a checked exception; should somebody, that is the cause
     * of a {@link CompletionException}.
     */
    @CoroutineFn
    public T join() {
        Object outcome = outcome(false);
        if (outcome instanceof Failure failure) throw new CompletionException(checked(failure));
        return value(outcome);
    }

    /**
     * As {@link #await}, but a {@linkplain Coroutine#cancel() cancellation} waits until the result is there,
     * and is told at the next yield: for what must not be left while another thread works on it, as a buffer.
     * May be called in a finally block of a coroutine that was cancelled, which then ends so much later.
     */
    @CoroutineFn
    public T awaitUninterruptibly() throws ExecutionException {
        Object outcome = outcome(true);
        if (outcome instanceof Failure failure) throw new ExecutionException(checked(failure));
        return value(outcome);
    }

    /** As {@link #join}, and as {@link #awaitUninterruptibly}. */
    @CoroutineFn
    public T joinUninterruptibly() {
        Object outcome = outcome(true);
        if (outcome instanceof Failure failure) throw new CompletionException(checked(failure));
        return value(outcome);
    }

    @SuppressWarnings("unchecked")
    private T value(Object outcome) {
        return outcome == NOTHING ? null : (T) outcome;
    }

    /** Throws what is unchecked as it is. */
    private static Throwable checked(Failure failure) {
        return switch (failure.cause()) {
            case RuntimeException e -> throw e;
            case Error e -> throw e;
            case Throwable e -> e;
        };
    }

    @CoroutineFn
    private Object outcome(boolean shielded) {
        Coroutine self = Coroutine.self();
        if (self == null || self.home() == null) {
            throw Misuse.outside("await", self);
        }
        Object now = state;
        if (now == null) {
            now = STATE.compareAndExchange(this, null, self);
            if (now == null) now = suspend(self, shielded);
        }
        if (now instanceof Coroutine other) {
            throw new IllegalStateException("await by " + self + " of a completion that " + other
                    + " awaits");
        }
        if (taken) throw new IllegalStateException("a completion was awaited twice, now by " + self);
        taken = true;
        return now;
    }

    @CoroutineFn
    private Object suspend(Coroutine self, boolean shielded) {
        Watchers.waiting(self, subject);
        try {
            CoWait.await(self, shielded);
        } catch (RuntimeException e) { // Cancelled, or below a frame that cannot be suspended.
            if (!withdraw(self)) CoWait.absorb(self);
            throw e instanceof CancellationException told ? inWhat(told) : e;
        }
        Object now = state;
        if (now == self && withdraw(self)) {
            throw new IllegalStateException(self + " was entered while it awaited a completion that is still "
                    + "pending; only the completion may wake it: pair each wake with one yield");
        }
        return state;
    }

    /** Who reads that somebody was cancelled wants to know in what. */
    private CancellationException inWhat(CancellationException told) {
        var e = new CancellationException(told.getMessage() + " while it waited for " + subject);
        e.setStackTrace(told.getStackTrace());
        return e;
    }

    /** Takes a waiter back, so that a completion which comes later wakes nobody. */
    private boolean withdraw(Coroutine self) {
        return STATE.compareAndSet(this, self, null);
    }
}
