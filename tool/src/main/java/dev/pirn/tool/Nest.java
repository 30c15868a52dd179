package dev.pirn.tool;

import dev.pirn.Backend;
import dev.pirn.Coroutine;

/**
 * Coroutines that each make and enter the next: at the bottom all of them are alive (QEMU's {@code nest}).
 */
final class Nest {
    private final Backend backend;
    private final int levels;
    int entered;
    int returned;

    Nest(Backend backend, int levels) {
        this.backend = backend;
        this.levels = levels;
    }

    /** Makes the next one and runs it to its end, and by it all the deeper ones. */
    void enterNext() {
        Coroutine.create(backend, "nest", this::level).enter();
    }

    private void level() {
        entered++;
        if (entered < levels) enterNext();
        returned++;
    }
}
