package dev.pirn.aio;

import dev.pirn.Completion;
import dev.pirn.Coroutine;
import dev.pirn.CoroutineFn;
import dev.pirn.NoCoroutineFn;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Threads for work that blocks, so that the event loop does not ({@code thread_pool_submit_co}).
 *
 * <p>Bounded in threads. The queue is bounded by the coroutines that wait in {@link #call}, for each waits
 * for one. Threads are made when needed and end when idle. Coroutines of any loop may share a pool.
 */
public final class ThreadPool implements AutoCloseable {
    /** Most threads of a pool whose maker does not say: what QEMU allows a context. */
    public static final int THREADS_DEFAULT = 64;

    private static final long IDLE_SECONDS = 10;

    /**
     * What {@link #call} runs in a thread of the pool.
     *
     * @param <T> what comes back
     * @param <X> the checked exception that it may throw
     */
    @FunctionalInterface
    public interface Work<T, X extends Exception> {
        /** Does it. May block; must not yield. */
        @NoCoroutineFn
        T run() throws X;
    }

    private final String name;
    private final ThreadPoolExecutor executor;

    private ThreadPool(String name, int threadsMax) {
        this.name = name;
        var count = new AtomicInteger();
        executor = new ThreadPoolExecutor(threadsMax, threadsMax, IDLE_SECONDS, TimeUnit.SECONDS,
                new LinkedBlockingQueue<>(), work -> {
                    var thread = new Thread(work, name + "-" + count.incrementAndGet());
                    thread.setDaemon(true);
                    return thread;
                });
        executor.allowCoreThreadTimeOut(true);
    }

    /**
     * Makes a pool of at most {@code threadsMax} threads, called {@code name}-1, -2, ….
     *
     * @throws IllegalArgumentException if {@code threadsMax} is less than 1
     */
    public static ThreadPool of(String name, int threadsMax) {
        return new ThreadPool(name, threadsMax);
    }

    /**
     * Runs {@code work} in a thread of the pool and returns what it returns. Suspends the calling coroutine,
     * which goes on in its own loop.
     *
     * @throws X what the work throws, as it is, with the frames of the pool's thread
     * @throws IllegalStateException if the pool is closed, or outside a coroutine that runs in a loop
     */
    @SuppressWarnings("unchecked")
    @CoroutineFn
    public <T, X extends Exception> T call(Work<T, X> work) throws X {
        var result = new Completion<T>(this);
        try {
            World.current().work(executor, () -> {
                T value;
                try {
                    value = work.run();
                } catch (Throwable e) {
                    result.fail(e);
                    return;
                }
                result.complete(value);
            });
        } catch (RejectedExecutionException e) {
            throw new IllegalStateException(this + " is closed, but " + Coroutine.self() + " gives it work",
                    e);
        }
        try {
            return result.awaitUninterruptibly(); // The work may hold our buffers.
        } catch (ExecutionException e) {
            throw (X) e.getCause(); // Work declares no other checked exception.
        }
    }

    /** Takes no more work and lets what was given be finished; does not wait for it. From any thread. */
    @Override
    public void close() {
        executor.shutdown();
    }

    /** Names it for people, with what it does. */
    @Override
    public String toString() {
        return "thread pool \"%s\" (%d of %d threads busy, %d waiting)".formatted(name,
                executor.getActiveCount(), executor.getMaximumPoolSize(), executor.getQueue().size());
    }
}
