package dev.pirn.house;

import java.io.PrintStream;
import java.nio.file.Path;
import java.util.List;

/** A broken rule and its place, printed as compilers print theirs so that editors can jump to it. */
record Finding(Path path, long line, String text) {
    /** Prints {@code findings}, and returns the exit status they call for. */
    static int report(List<Finding> findings, PrintStream out) {
        findings.forEach(out::println);
        return findings.isEmpty() ? 0 : 1;
    }

    @Override
    public String toString() {
        return "%s:%d: error: %s".formatted(path, line, text);
    }
}
