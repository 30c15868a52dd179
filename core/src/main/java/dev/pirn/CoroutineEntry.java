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
    void run() throws Exception;
}
