package dev.pirn.aio;

import java.time.Duration;

/**
 * For how long a loop looks again and again before it sleeps: a while that adapts to how long it had to wait
 * lately, as that of QEMU's aio_poll.
 *
 * <pre>
 *   waited no longer than it looks now     stays: the look pays
 *   waited longer, but not for the limit   doubles, from 4 µs on: a longer look would have paid
 *   waited for longer than the limit       zero: no look that is allowed would have paid
 * </pre>
 *
 * <p>Off unless somebody asks for it. Measured by 4 KiB reads over a unix socket from a server of one loop,
 * on two idle cores, at up to 100 µs: one at a time 36k a second instead of 20k, 46 → 27 µs in the middle;
 * four at a time 110k instead of 75k; sixteen 247k instead of 222k. With both cores taken by others no
 * difference shows. A bound of 20 µs gained nothing: a wake-up takes longer.
 */
final class Polling {
    /** What the first look takes, as QEMU's. */
    static final long FIRST_NANOS = 4_000;

    /** A loop that looks for longer takes a core from the others. */
    private static final Duration MAX = Duration.ofMillis(10);
    /** That of a loop that only sleeps. */
    static final Polling NEVER = new Polling(0);

    private final long nanosMax;
    private long nanos;

    /** That of a loop whose owner allows it {@code max}. */
    static Polling of(EventLoop loop, Duration max) {
        if (max.isNegative() || max.compareTo(MAX) > 0) {
            throw new IllegalArgumentException(loop + " cannot poll for " + max + ", only for zero to "
                    + MAX);
        }
        // Virtual time stands still while one looks; and on one core who is waited for does not run then.
        boolean possible = loop.world() == World.REAL && Runtime.getRuntime().availableProcessors() > 1;
        return possible && max.isPositive() ? new Polling(max.toNanos()) : NEVER;
    }

    Polling(long nanosMax) {
        this.nanosMax = nanosMax;
    }

    /** How long to look before the next sleep. */
    long nanos() {
        return nanos;
    }

    /** The loop has slept; {@code waitedNanos} with the look before it. */
    void waited(long waitedNanos) {
        if (waitedNanos <= nanos) return;
        if (waitedNanos > nanosMax) {
            nanos = 0;
        } else {
            nanos = Math.min(nanosMax, nanos == 0 ? FIRST_NANOS : nanos * 2);
        }
    }
}
