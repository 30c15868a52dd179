package dev.pirn;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
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

    private void finish(Object outcome) {
        Object before = state;
        do {
            if (before != null && !(before instanceof Coroutine)) {
                throw new IllegalStateException("a completion was completed twice, with " + text(before)
                        + " and now with " + text(outcome) + "; make one for each wait");
            }
            Object witness = STATE.compareAndExchange(this, before, outcome);
            if (witness == before) break;
            before = witness;
        } while (true);
        if (before != null) ((Coroutine) before).wake();
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
     * @throws java.util.concurrent.CancellationException if the coroutine was cancelled; nobody waits then
     *     any more
     * @throws IllegalStateException if it is awaited a second time, or outside a coroutine that runs in a
     *     home, or if the coroutine was entered by somebody else meanwhile
     */
    @CoroutineFn
    public T await() throws ExecutionException {
        return value(outcome(false));
    }

    /**
     * As {@link #await}, but a {@linkplain Coroutine#cancel() cancellation} waits until the result is there,
     * and is then thrown instead: for what must not be left while another thread works on it, as a buffer.
     */
    @CoroutineFn
    public T awaitUninterruptibly() throws ExecutionException {
        return value(outcome(true));
    }

    @SuppressWarnings("unchecked")
    private T value(Object outcome) throws ExecutionException {
        if (!(outcome instanceof Failure failure)) return outcome == NOTHING ? null : (T) outcome;
        switch (failure.cause()) {
            case RuntimeException e -> throw e;
            case Error e -> throw e;
            default -> throw new ExecutionException(failure.cause());
        }
    }

    @CoroutineFn
    private Object outcome(boolean shielded) {
        Coroutine self = Coroutine.self();
        if (self == null || self.home() == null) {
            throw new IllegalStateException("await outside of a coroutine that runs in an event loop, by "
                    + (self == null ? Thread.currentThread() : self) + "; start it with EventLoop.start");
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
            throw e;
        }
        Object now = state;
        if (now == self && withdraw(self)) {
            throw new IllegalStateException(self + " was entered while it awaited a completion that is still "
                    + "pending; only the completion may wake it: pair each wake with one yield");
        }
        return state;
    }

    /** Takes a waiter back, so that a completion which comes later wakes nobody. */
    private boolean withdraw(Coroutine self) {
        return STATE.compareAndSet(this, self, null);
    }
}
