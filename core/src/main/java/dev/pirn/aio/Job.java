package dev.pirn.aio;

import dev.pirn.Completion;

/**
 * A piece of work on its way through a {@link ThreadPool}, whose monitor guards its place.
 *
 * <pre>
 *   WAITING ──room──▶ QUEUED ──a thread──▶ RUNNING ──▶ ENDED, and the coroutine is woken
 *      └───cancelled────┴──▶ WITHDRAWN
 * </pre>
 */
final class Job<T> implements Runnable {
    /** Where it stands. */
    enum Place { WAITING, QUEUED, RUNNING, WITHDRAWN, ENDED }

    final World world = World.current();
    final long sinceNanos = world.nanoTime();
    final Completion<Void> done;
    Place place = Place.WAITING;

    private final ThreadPool pool;
    private final ThreadPool.Work<T, ?> work;
    private T value;
    private Throwable failure;

    Job(ThreadPool pool, ThreadPool.Work<T, ?> work) {
        this.pool = pool;
        this.work = work;
        done = new Completion<>(pool);
    }

    /** In a thread of the pool. */
    @Override
    public void run() {
        if (!pool.begins(this)) return;
        try {
            value = work.run();
        } catch (Throwable e) {
            failure = e;
        }
        pool.ended(this);
        done.complete(null);
    }

    /** It will not be run, for the pool could not. */
    void fail(Throwable cause) {
        failure = cause;
        done.complete(null);
    }

    /** What the work returned; or throws what it threw. */
    @SuppressWarnings("unchecked")
    <X extends Exception> T outcome() throws X {
        switch (failure) {
            case null -> {
                return value;
            }
            case Error e -> throw e;
            case RuntimeException e -> throw e;
            default -> throw (X) failure; // Work declares no other checked exception.
        }
    }
}
