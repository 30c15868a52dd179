package dev.pirn.aio;

/**
 * For how long a loop looks again and again before it sleeps: a while that adapts to how long it had to wait
 * lately, as that of QEMU's aio_poll.
 *
 * <pre>
 *   waited no longer than it looks now     stays: the look pays
 *   waited longer, but not for the limit   doubles, from 4 µs on: a longer look would have paid
 *   waited for longer than the limit       zero: no look that is allowed would have paid
 * </pre>
 */
final class Polling {
    /** What the first look takes, as QEMU's. */
    static final long FIRST_NANOS = 4_000;

    static final long NANOS_MAX = 10_000_000;
    static final long DEFAULT_NANOS = 0;

    private final long nanosMax;
    private long nanos;

    /** One that never looks if {@code nanosMax} is zero. */
    Polling(long nanosMax) {
        this.nanosMax = nanosMax;
    }

    /** How long to look before the next sleep. */
    long nanos() {
        return nanos;
    }

    /** The loop has slept; {@code waitedNanos} with the look before it. */
    void waited(long waitedNanos) {
        if (waitedNanos <= nanos || nanosMax == 0) return;
        if (waitedNanos > nanosMax) {
            nanos = 0;
        } else {
            nanos = Math.min(nanosMax, nanos == 0 ? FIRST_NANOS : nanos * 2);
        }
    }
}
