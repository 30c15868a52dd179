package dev.pirn.weavertest;

import dev.pirn.Backend;

/** A way to run a program. All must do the same. */
enum Mode {
    THREAD(Backend.THREAD, false),
    CONTINUATION(Backend.CONTINUATION, false),
    PURE(Backend.PURE, true),
    HYBRID(Backend.HYBRID, true);

    final Backend backend;
    final boolean isWoven;

    Mode(Backend backend, boolean isWoven) {
        this.backend = backend;
        this.isWoven = isWoven;
    }
}
