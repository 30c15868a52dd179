package dev.pirn.aio;

import java.time.Duration;
import java.util.Locale;

/** What a coroutine that sleeps waits for. */
record Sleep(Duration duration) {
    @Override
    public String toString() {
        String iso = duration.toString();
        return "the end of a sleep of " + iso.substring("PT".length()).toLowerCase(Locale.ROOT);
    }
}
