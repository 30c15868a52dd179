package dev.pirn.lab;

import java.time.Duration;
import java.util.concurrent.Callable;

/** Waits for what another process brings about, of which nobody tells us. */
final class Wait {
    private static final Duration TIME_MAX = Duration.ofSeconds(30);
    private static final Duration LOOK_EVERY = Duration.ofMillis(5);

    private Wait() { }

    /**
     * Returns when {@code condition} holds; fails, saying {@code what} was awaited, when it does not in time.
     */
    static void until(String what, Callable<Boolean> condition) throws Exception {
        long deadline = System.nanoTime() + TIME_MAX.toNanos();
        while (!condition.call()) {
            if (System.nanoTime() > deadline) {
                throw new AssertionError("not within " + TIME_MAX.toSeconds() + " s: " + what);
            }
            Thread.sleep(LOOK_EVERY);
        }
    }
}
