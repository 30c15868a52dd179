package dev.pirn;

import java.util.Objects;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.function.Consumer;

/**
 * A coroutine with a result, which other coroutines wait for, and a future for those who are none.
 *
 * <pre>
 *   made ──scheduled──▶ runs ──returns──▶ future: the value
 *     │                  ├────throws────▶ future: the exception, which goes nowhere else
 *     └────cancelled─────┴──────────────▶ future: cancelled
 * </pre>
 *
 * <p>Any thread may call any method but {@link #await} and {@link #join}, which are for coroutines.
 *
 * @param <T> the result
 */
public final class Task<T> {
    /**
     * What a task runs.
     *
     * @param <T> the result
     * @param <X> the checked exception that it may throw
     */
    @FunctionalInterface
    public interface Body<T, X extends Exception> {
        /** Runs inside the coroutine, from its first enter to its end; may be suspended. */
        @CoroutineFn
        T run() throws X;
    }

    /** The coroutine's side. */
    private final class Entry implements CoroutineEntry {
        @Override
        @CoroutineFn
        public void run() {
            T value;
            try {
                value = body.run();
            } catch (Throwable e) {
                end(null, e);
                return;
            }
            end(value, null);
        }

        @Override
        public void dropped() {
            end(null, new CancellationException(coroutine + " was cancelled before it ran"));
        }
    }

    private final Body<? extends T, ?> body;
    private final CompletableFuture<T> future = new CompletableFuture<>();
    private final Coroutine coroutine;
    private final Consumer<? super Task<T>> onEnd;
    private volatile boolean ended;

    private Task(String name, Body<? extends T, ?> body, Consumer<? super Task<T>> onEnd) {
        this.body = Objects.requireNonNull(body, "body");
        this.onEnd = onEnd;
        coroutine = Coroutine.create(Backends.chosenFor(body), name, new Entry());
        future.whenComplete((value, failure) -> {
            if (!ended && future.isCancelled()) cancel();
        });
    }

    /**
     * Makes one that runs {@code body} when its coroutine is first entered: {@linkplain Home#schedule
     * schedule} that.
     *
     * @param name what errors and dumps call the coroutine; need not be unique
     */
    public static <T> Task<T> create(String name, Body<? extends T, ?> body) {
        return new Task<>(name, body, task -> { });
    }

    /**
     * As {@link #create(String, Body)}, for those who keep account of it: {@code onEnd} is called once, when
     * the body has ended or will never run, and the future is done. By the coroutine as its last thing, or
     * by whoever cancelled it before it ran; it must neither block nor yield nor throw.
     */
    public static <T> Task<T> create(String name, Body<? extends T, ?> body,
            Consumer<? super Task<T>> onEnd) {
        return new Task<>(name, body, Objects.requireNonNull(onEnd, "onEnd"));
    }

    /** What runs it. */
    public Coroutine coroutine() {
        return coroutine;
    }

    /**
     * What becomes of it. Done as the last thing that the coroutine does, in the coroutine: what depends on
     * it must neither block nor yield there. To cancel it cancels the coroutine; the future is done at once
     * then, and the coroutine when its finally blocks have run.
     */
    public CompletableFuture<T> future() {
        return future;
    }

    /** True once its body has ended, in whatever way; also of a future that was cancelled not before. */
    public boolean isDone() {
        return ended;
    }

    /**
     * Waits for the result. Suspends the calling coroutine unless it is there; many may wait.
     *
     * @throws ExecutionException if the body threw a checked exception, which is the cause; an unchecked one
     *     or an error is thrown as it is
     * @throws CancellationException if the task was cancelled, or the caller
     */
    @CoroutineFn
    public T await() throws ExecutionException {
        return Completion.<T>of(future, new Completion.End(coroutine)).await();
    }

    /** As {@link #await}, of a body that throws no checked exception. */
    @CoroutineFn
    public T join() {
        return Completion.<T>of(future, new Completion.End(coroutine)).join();
    }

    /**
     * What its body returned.
     *
     * @throws IllegalStateException if it has not ended, or not by returning
     */
    public T result() {
        return switch (future.state()) {
            case SUCCESS -> future.resultNow();
            case RUNNING -> throw new IllegalStateException("the result of " + coroutine + ", which has not "
                    + "ended; join it first");
            case FAILED -> throw new IllegalStateException("the result of " + coroutine + ", which failed",
                    future.exceptionNow());
            case CANCELLED -> throw new IllegalStateException("the result of " + coroutine + ", which was "
                    + "cancelled");
        };
    }

    /** Cancels the coroutine; nobody would catch what that throws, so it goes to its home. */
    private void cancel() {
        try {
            coroutine.cancel();
        } catch (RuntimeException | Error e) {
            Home home = coroutine.home();
            if (home == null) throw e;
            home.uncaught(coroutine, e);
        }
    }

    private void end(T value, Throwable failure) {
        ended = true;
        if (failure == null) {
            future.complete(value);
        } else {
            future.completeExceptionally(failure);
        }
        onEnd.accept(this);
    }

    /** Names it for people. */
    @Override
    public String toString() {
        return "task of " + coroutine;
    }
}
