package dev.pirn.nbd;

import java.time.Duration;
import java.util.Objects;

/**
 * How a client behaves.
 *
 * @param readOnly whether every write is refused; must be true where the server's export is read-only
 * @param reconnectsMax attempts to connect again, one after the other, after which a lost connection is given
 *     up; 0 to give it up at once
 * @param backoff wait before the first of them; before each other twice as long as before the last, up to
 *     {@link #BACKOFF_MAX}
 */
public record NbdClientOptions(boolean readOnly, int reconnectsMax, Duration backoff) {
    /** Writable; eight attempts in some 15 seconds. */
    public static final NbdClientOptions DEFAULT = new NbdClientOptions(false, 8, Duration.ofMillis(100));

    /** Longest wait between two attempts. */
    public static final Duration BACKOFF_MAX = Duration.ofSeconds(5);

    /** Refuses numbers below zero. */
    public NbdClientOptions {
        Objects.requireNonNull(backoff, "backoff");
        if (reconnectsMax < 0 || backoff.isNegative()) {
            throw new IllegalArgumentException(reconnectsMax + " attempts to reconnect, the first after "
                    + backoff + "; neither may be negative");
        }
    }

    /** The same, read-only. */
    public NbdClientOptions asReadOnly() {
        return new NbdClientOptions(true, reconnectsMax, backoff);
    }

    /** The same with another limit. */
    public NbdClientOptions withReconnects(int attemptsMax) {
        return new NbdClientOptions(readOnly, attemptsMax, backoff);
    }

    /** How long to wait before an attempt, counted from 0. */
    Duration backoff(int attempt) {
        Duration wait = backoff;
        for (int i = 0; i < attempt && wait.compareTo(BACKOFF_MAX) < 0; i++) wait = wait.multipliedBy(2);
        return wait.compareTo(BACKOFF_MAX) < 0 ? wait : BACKOFF_MAX;
    }
}
