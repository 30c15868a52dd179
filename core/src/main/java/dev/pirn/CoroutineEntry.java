package dev.pirn;

/** What a coroutine runs, from its first enter to its end (QEMU's {@code CoroutineEntry}). */
@FunctionalInterface
public interface CoroutineEntry {
    /**
     * Runs inside the coroutine. May {@linkplain Coroutine#yield() yield} at any depth of calls.
     *
     * @throws Exception anything; it comes out of the {@link Coroutine#enter()} that ran the coroutine to its
     *     end
     */
    @CoroutineFn
    void run() throws Exception;

    /**
     * Called instead of {@link #run} if the coroutine was {@linkplain Coroutine#cancel() cancelled} before it
     * ran: who keeps account of it, or gave it something to give back, learns it here. Must not yield. What
     * it throws goes where the exceptions of its finally blocks would go.
     */
    default void dropped() { }

    /**
     * What {@link #run} is in woven code; of an entry that is not woven, just that.
     *
     * @hidden
     */
    default void run$co(Coroutine co) throws Exception {
        run();
    }
}
