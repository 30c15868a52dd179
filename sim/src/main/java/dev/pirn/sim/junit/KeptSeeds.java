package dev.pirn.sim.junit;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Seeds that failed once: a file of lines, each the name of a test and a seed. */
final class KeptSeeds {
    private static final int LINES_MAX = 1000;

    private final Path file;

    KeptSeeds(Path file) {
        this.file = file;
    }

    /** Those of one test, oldest first. */
    synchronized List<Long> of(String test) throws IOException {
        return lines().stream().filter(each -> each.startsWith(test + " "))
                .map(each -> Long.valueOf(each.substring(test.length() + 1))).toList();
    }

    /** Adds one, if it is new and the file not full. */
    synchronized void add(String test, long seed) throws IOException {
        List<String> lines = new ArrayList<>(lines());
        String line = test + " " + seed;
        if (lines.contains(line) || lines.size() >= LINES_MAX) return;
        lines.add(line);
        Files.write(file, lines);
    }

    private List<String> lines() throws IOException {
        try {
            return Files.readAllLines(file);
        } catch (NoSuchFileException e) {
            return List.of();
        }
    }
}
