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
     * What {@link #run} is in woven code; of an entry that is not woven, just that.
     *
     * @hidden
     */
    default void run$co(Coroutine co) throws Exception {
        run();
    }
}
