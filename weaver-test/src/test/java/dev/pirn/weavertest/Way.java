package dev.pirn.weavertest;

import dev.pirn.Backend;
import java.util.Arrays;
import java.util.List;

/** A way to run a program: the same bytes or woven ones, and what coroutines are kept on. */
enum Way {
    CONTINUATION(Backend.CONTINUATION, false),
    THREAD(Backend.THREAD, false),
    HYBRID(Backend.HYBRID, true),
    PURE(Backend.PURE, true),
    /** Woven classes where nobody asks for it: their plain methods run. */
    WOVEN_ON_CONTINUATION(Backend.CONTINUATION, true),
    WOVEN_ON_THREAD(Backend.THREAD, true);

    final Backend backend;
    final boolean woven;

    Way(Backend backend, boolean woven) {
        this.backend = backend;
        this.woven = woven;
    }

    /** Those that this JVM's flags allow. */
    static List<Way> available() {
        return Arrays.stream(values()).filter(each -> each.backend.isAvailable()).toList();
    }
}
