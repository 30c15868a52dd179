package dev.pirn.aio;

import java.time.Duration;
import java.util.Locale;

/** What a coroutine that sleeps waits for. */
record Sleep(Duration duration) {
    @Override
    public String toString() {
        return "the end of a sleep of " + text(duration);
    }

    /** As people write it: 1m30s. */
    static String text(Duration duration) {
        return duration.toString().replaceFirst("PT", "").toLowerCase(Locale.ROOT);
    }
}
