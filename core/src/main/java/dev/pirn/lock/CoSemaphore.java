package dev.pirn.lock;

import dev.pirn.CoroutineFn;
import java.util.Objects;

/**
 * A number of permits that coroutines of any loops take and give back. Fair: served in the order of asking,
 * also who wants many at a time.
 *
 * <p>Anybody may give permits, in whatever thread, also such as were never taken: then there are more.
 */
public final class CoSemaphore {
    private final String name;
    private final Permits permits;

    /**
     * Makes one with {@code permits}, which may be 0.
     *
     * @throws IllegalArgumentException if that is negative
     */
    public CoSemaphore(String name, long permits) {
        this.name = Objects.requireNonNull(name, "name");
        if (permits < 0) {
            throw new IllegalArgumentException("semaphore \"" + name + "\" of " + permits
                    + " permits; it needs at least 0");
        }
        this.permits = new Permits(this, permits);
    }

    /** Takes a permit; see {@link #acquire(long)}. */
    @CoroutineFn
    public void acquire() {
        acquire(1);
    }

    /**
     * Takes {@code count} permits. Suspends while there are not as many, or others wait.
     *
     * @throws IllegalArgumentException if {@code count} is less than 1
     * @throws java.util.concurrent.CancellationException if it was cancelled; it has taken none then
     * @throws IllegalStateException if it has to wait and is no coroutine that runs in a loop
     */
    @CoroutineFn
    public void acquire(long count) {
        Permits.requireSome(this, "acquire", count);
        permits.take(count);
    }

    /** Takes {@code count} permits if they are there and nobody waits; returns whether. From any thread. */
    public boolean tryAcquire(long count) {
        Permits.requireSome(this, "tryAcquire", count);
        return permits.tryTake(count);
    }

    /** Gives a permit; see {@link #release(long)}. */
    public void release() {
        release(1);
    }

    /**
     * Gives {@code count} permits, to who has waited longest. From any thread.
     *
     * @throws IllegalArgumentException if {@code count} is less than 1
     */
    public void release(long count) {
        Permits.requireSome(this, "release", count);
        permits.give(count);
    }

    /** How many permits are there, at this moment. */
    public long available() {
        return permits.available();
    }

    /** Names it for people. */
    @Override
    public String toString() {
        return "semaphore \"%s\" (%d permits, %d waiting)".formatted(name, permits.available(),
                permits.waiting());
    }
}
