package dev.pirn.weavertest;

/** What a program that is tried has done so far. Loaded once, for all programs. */
public final class Trace {
    private static final StringBuilder TEXT = new StringBuilder();

    private Trace() { }

    /** Adds a value and a space. */
    public static synchronized void log(Object value) {
        TEXT.append(value).append(' ');
    }

    static synchronized String take() {
        String text = TEXT.toString().strip();
        TEXT.setLength(0);
        return text;
    }
}
