package dev.pirn;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Sees, in checked mode, that coroutines of one home run one at a time. They do unless somebody binds a home
 * in two threads, or enters in one thread what belongs to another.
 */
final class OneAtATime {
    /** For each home the coroutine that was entered there from outside of it, and runs. */
    private static final Map<Home, Coroutine> RUNNING = new ConcurrentHashMap<>();

    private OneAtATime() { }

    /**
     * {@code co} is about to run.
     *
     * @throws IllegalStateException if another of its home runs, from which it was not entered
     */
    static void begin(Coroutine co) {
        if (!isOutermost(co)) return;
        Coroutine other = RUNNING.putIfAbsent(co.home(), co);
        if (other != null && other != co) throw Misuse.twoAtATime(co, other, co.home());
    }

    static void end(Coroutine co) {
        if (isOutermost(co)) RUNNING.remove(co.home(), co);
    }

    private static boolean isOutermost(Coroutine co) {
        Coroutine caller = co.caller();
        return co.home() != null && (caller == null || caller.home() != co.home());
    }
}
