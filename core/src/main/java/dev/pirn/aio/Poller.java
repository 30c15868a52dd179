package dev.pirn.aio;

import dev.pirn.NoCoroutineFn;

/**
 * Another side that works for an event loop and says what is done in memory that both see, not by a channel:
 * a ring of the kernel's, for one (QEMU's io_poll handlers). The loop looks at it by itself.
 *
 * <pre>
 *   each turn:   look ──▶ the wait ──▶ … ──▶ take, first of what is ready ──▶ …
 *   in the wait: look, again and again, while the loop polls; maySleep, before it sleeps
 * </pre>
 *
 * <p>All is called in the loop's thread, outside of a coroutine, and must neither block nor throw.
 */
public interface Poller {
    /** Hands over what was collected for the other side; returns whether anything is there to take. */
    @NoCoroutineFn
    boolean look();

    /**
     * Takes what is there, and wakes who waits for it.
     *
     * @return how many were woken
     */
    @NoCoroutineFn
    int take();

    /**
     * The loop is about to sleep. Whoever says yes has what comes from now on end that sleep: by a channel
     * that the loop watches, or by a thread that schedules something.
     *
     * @return false if anything is there to take
     */
    @NoCoroutineFn
    boolean maySleep();

    /** The loop closes: its coroutines have ended, or never will. */
    @NoCoroutineFn
    void close();
}
