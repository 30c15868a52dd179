package dev.pirn.aio;

import dev.pirn.Coroutine;
import dev.pirn.CoroutineFn;
import dev.pirn.NoCoroutineFn;
import java.util.LinkedHashSet;
import java.util.concurrent.CancellationException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Threads for work that blocks, so that the event loop does not ({@code thread_pool_submit_co}).
 *
 * <pre>
 *   call ──▶ line of coroutines ──▶ queue ──▶ threads ──▶ the coroutine goes on in its loop
 *            while the queue is     at most   at most
 *            full; in order         queuedMax threadsMax
 * </pre>
 *
 * <p>Work begins in the order of the calls. What is beyond the queue is kept by the coroutines that wait for
 * it, each for one. Threads are made when needed and end when idle. Coroutines of any loop may share a pool.
 */
public final class ThreadPool implements AutoCloseable {
    /** Most threads of a pool whose maker does not say: what QEMU allows a context. */
    public static final int THREADS_DEFAULT = 64;
    /** How much work a pool whose maker does not say takes in for each of its threads. */
    public static final int QUEUED_PER_THREAD = 4;

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

    /**
     * What a pool does, and has done since it was made.
     *
     * @param submitted calls so far
     * @param waiting coroutines for whose work there is no room in the queue
     * @param queued work that waits for a thread
     * @param running work in a thread
     * @param completed work that ended, in whatever way
     * @param withdrawn work that never began, for who called was cancelled
     * @param longestWaitNanos the longest time between a call and the begin of its work
     */
    public record Metrics(long submitted, int waiting, int queued, int running, long completed,
            long withdrawn, long longestWaitNanos) { }

    private final String name;
    private final int threadsMax;
    private final int queuedMax;
    private final ThreadPoolExecutor executor;

    // All below is guarded by this pool's monitor, which is held for some instructions, and across no yield.
    private final LinkedHashSet<Job<?>> waiting = new LinkedHashSet<>();
    private boolean closed;
    private int queued;
    private int running;
    private long submitted;
    private long completed;
    private long withdrawn;
    private long longestWaitNanos;

    private ThreadPool(String name, int threadsMax, int queuedMax) {
        this.name = name;
        this.threadsMax = threadsMax;
        this.queuedMax = queuedMax;
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
     * Makes a pool of at most {@code threadsMax} threads, called {@code name}-1, -2, …, with a queue of
     * {@link #QUEUED_PER_THREAD} for each.
     *
     * @throws IllegalArgumentException if {@code threadsMax} is less than 1
     */
    public static ThreadPool of(String name, int threadsMax) {
        return of(name, threadsMax, Math.multiplyExact(threadsMax, QUEUED_PER_THREAD));
    }

    /**
     * As {@link #of(String, int)}, with a queue of {@code queuedMax}.
     *
     * @throws IllegalArgumentException if {@code threadsMax} is less than 1, or {@code queuedMax} than 0
     */
    public static ThreadPool of(String name, int threadsMax, int queuedMax) {
        if (threadsMax < 1 || queuedMax < 0) {
            throw new IllegalArgumentException("thread pool \"%s\" of %d threads with a queue of %d; "
                    .formatted(name, threadsMax, queuedMax) + "it needs at least 1 and 0");
        }
        return new ThreadPool(name, threadsMax, queuedMax);
    }

    /**
     * Runs {@code work} in a thread of the pool and returns what it returns. Suspends the calling coroutine,
     * which goes on in its own loop.
     *
     * <p>One that is {@linkplain Coroutine#cancel() cancelled} takes its work back if that has not begun.
     * What has begun may hold the caller's buffers: it is waited for, its result is returned, and the
     * cancellation is told at the next yield.
     *
     * @throws X what the work throws, as it is, with the frames of the pool's thread
     * @throws CancellationException if the coroutine was cancelled before the work began; it will not
     * @throws IllegalStateException if the pool is closed, or outside a coroutine that runs in a loop
     */
    @CoroutineFn
    public <T, X extends Exception> T call(Work<T, X> work) throws X {
        Coroutine self = Coroutine.self();
        if (self == null || self.home() == null) {
            throw new IllegalStateException("ThreadPool.call outside of a coroutine that runs in an event "
                    + "loop, by " + (self == null ? Thread.currentThread() : self) + "; block there instead");
        }
        var job = new Job<T>(this, work);
        submit(job, self);
        try {
            job.done.join();
        } catch (CancellationException e) {
            if (withdraw(job)) throw e;
            job.done.joinUninterruptibly();
            self.cancel(); // Told once, in vain: so once more.
        }
        return job.outcome();
    }

    private synchronized void submit(Job<?> job, Coroutine self) {
        if (closed) throw new IllegalStateException(this + " is closed, but " + self + " gives it work");
        submitted++;
        if (waiting.isEmpty() && hasRoom()) execute(job); else waiting.add(job);
    }

    private boolean hasRoom() {
        return queued + running < threadsMax + queuedMax;
    }

    /** Moves those that wait into the queue while there is room. Called with the monitor. */
    private void admit() {
        while (!waiting.isEmpty() && hasRoom()) execute(waiting.removeFirst());
        if (closed && waiting.isEmpty()) executor.shutdown();
    }

    /** The one place where work goes to the threads. */
    private void execute(Job<?> job) {
        job.place = Job.Place.QUEUED;
        queued++;
        try {
            job.world.work(executor, job);
        } catch (RejectedExecutionException | Error e) { // No memory for a thread, say.
            job.place = Job.Place.ENDED;
            queued--;
            completed++;
            job.fail(e);
        }
    }

    /** Called by the thread that is about to do it; returns false if it was withdrawn. */
    synchronized boolean begins(Job<?> job) {
        if (job.place != Job.Place.QUEUED) return false;
        job.place = Job.Place.RUNNING;
        queued--;
        running++;
        longestWaitNanos = Math.max(longestWaitNanos, job.world.nanoTime() - job.sinceNanos);
        return true;
    }

    /** Called by the thread that has done it. */
    synchronized void ended(Job<?> job) {
        job.place = Job.Place.ENDED;
        running--;
        completed++;
        admit();
    }

    /** Takes it back, unless it has begun. */
    private synchronized boolean withdraw(Job<?> job) {
        switch (job.place) {
            case WAITING -> waiting.remove(job);
            case QUEUED -> {
                queued--;
                executor.remove(job);
            }
            default -> {
                return false;
            }
        }
        job.place = Job.Place.WITHDRAWN;
        withdrawn++;
        admit();
        return true;
    }

    /** What it does now. From any thread. */
    public synchronized Metrics metrics() {
        return new Metrics(submitted, waiting.size(), queued, running, completed, withdrawn,
                longestWaitNanos);
    }

    /** Takes no more work and lets what was given be finished; does not wait for it. From any thread. */
    @Override
    public synchronized void close() {
        closed = true;
        admit();
    }

    /** Names it for people, with what it does. */
    @Override
    public synchronized String toString() {
        return "thread pool \"%s\" (%d of %d threads busy, %d waiting)".formatted(name, running, threadsMax,
                queued + waiting.size());
    }
}
