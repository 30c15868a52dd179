package dev.pirn.nbd;

import dev.pirn.block.Discard;
import java.time.Duration;
import java.util.Objects;

/**
 * How a client behaves.
 *
 * @param readOnly whether every write is refused; must be true where the server's export is read-only
 * @param discard whether discards, and leave to unmap what is zeroed, are passed on
 * @param reconnectsMax attempts to connect again, one after the other, after which a lost connection is given
 *     up; 0 to give it up at once
 * @param backoff wait before the first of them; before each other twice as long as before the last, up to
 *     {@link #BACKOFF_MAX}
 */
public record NbdClientOptions(boolean readOnly, Discard discard, int reconnectsMax, Duration backoff) {
    /** Writable, discards passed on; eight attempts in some 15 seconds. */
    public static final NbdClientOptions DEFAULT =
            new NbdClientOptions(false, Discard.UNMAP, 8, Duration.ofMillis(100));

    /** Longest wait between two attempts. */
    public static final Duration BACKOFF_MAX = Duration.ofSeconds(5);

    /** Refuses numbers below zero. */
    public NbdClientOptions {
        Objects.requireNonNull(discard, "discard");
        Objects.requireNonNull(backoff, "backoff");
        if (reconnectsMax < 0 || backoff.isNegative()) {
            throw new IllegalArgumentException(reconnectsMax + " attempts to reconnect, the first after "
                    + backoff + "; neither may be negative");
        }
    }

    /** The same, read-only. */
    public NbdClientOptions asReadOnly() {
        return new NbdClientOptions(true, discard, reconnectsMax, backoff);
    }

    /** The same, with another way to treat discards. */
    public NbdClientOptions withDiscard(Discard other) {
        return new NbdClientOptions(readOnly, other, reconnectsMax, backoff);
    }

    /** The same, with other limits. */
    public NbdClientOptions withReconnects(int attemptsMax, Duration firstBackoff) {
        return new NbdClientOptions(readOnly, discard, attemptsMax, firstBackoff);
    }

    /** How long to wait before an attempt, counted from 0. */
    Duration backoff(int attempt) {
        Duration wait = backoff;
        for (int i = 0; i < attempt && wait.compareTo(BACKOFF_MAX) < 0; i++) wait = wait.multipliedBy(2);
        return wait.compareTo(BACKOFF_MAX) < 0 ? wait : BACKOFF_MAX;
    }
}
