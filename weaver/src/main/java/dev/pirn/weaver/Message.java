package dev.pirn.weaver;

import java.util.Objects;

/**
 * What the weaver or the checker has to say of a place in a source.
 *
 * @param severity whether the build fails
 * @param file the source's name in its package's folder, as in {@code dev/pirn/Echo.java}
 * @param line counted from 1, or 0 if the class file does not tell
 * @param text who, the rule, and the cure; one line
 */
public record Message(Severity severity, String file, int line, String text) {
    /** How bad it is. */
    public enum Severity {
        /** Said only when asked to be verbose. */
        INFO,
        /** It works, but not as well as it could. */
        WARNING,
        /** It cannot work. */
        ERROR
    }

    /** Checks that nothing is missing. */
    public Message {
        Objects.requireNonNull(severity, "severity");
        Objects.requireNonNull(file, "file");
        Objects.requireNonNull(text, "text");
    }

    /** As compilers print it: {@code dev/pirn/Echo.java:12: error: …}. */
    @Override
    public String toString() {
        String place = line > 0 ? file + ":" + line : file;
        return place + ": " + severity.name().toLowerCase(java.util.Locale.ROOT) + ": " + text;
    }
}
