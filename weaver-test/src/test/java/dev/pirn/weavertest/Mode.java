package dev.pirn.weavertest;

import dev.pirn.Backend;
import java.util.Arrays;
import java.util.List;

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

    /** Those that this JVM's flags allow. */
    static List<Mode> available() {
        return Arrays.stream(values()).filter(each -> each.backend.isAvailable()).toList();
    }
}
