package dev.pirn.weavertest;

import dev.pirn.Backend;

/** What a program that is tried has done so far. Loaded once, for all programs. */
public final class Trace {
    private static final StringBuilder TEXT = new StringBuilder();
    private static Backend backend;

    private Trace() { }

    /** Adds a value and a space. */
    public static synchronized void log(Object value) {
        TEXT.append(value).append(' ');
    }

    /** What the program's own coroutines shall be made on. */
    public static synchronized Backend backend() {
        return backend;
    }

    static synchronized void backend(Backend chosen) {
        backend = chosen;
    }

    static synchronized void line() {
        if (!TEXT.isEmpty() && TEXT.charAt(TEXT.length() - 1) == ' ') TEXT.setLength(TEXT.length() - 1);
        TEXT.append('\n');
    }

    static synchronized String take() {
        String text = TEXT.toString().stripTrailing();
        TEXT.setLength(0);
        return text;
    }
}
