package dev.pirn.house;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Compares the public API of modules with the one that stands committed in their {@code api.txt}.
 *
 * <p>So a change of the API is never an accident: it shows in the change under review as lines of its own.
 */
public final class Api {
    private static final String CURE = "; if it is meant: ./check --api";
    private static final Pattern TYPE_NAME = Pattern.compile("\\b(?:class|interface|enum|record) ([\\w.]+)");

    private Api() {}

    /**
     * Compares {@code api.txt} in some modules' folders, and exits with 1 if one differs; with
     * {@code --write} rewrites them instead.
     *
     * @param args the folders of compiled modules
     * @throws IOException if a file cannot be read or written
     */
    public static void main(String[] args) throws IOException {
        var folders = new ArrayList<>(List.of(args));
        boolean write = folders.remove("--write");
        if (folders.isEmpty()) {
            System.err.println("usage: Api [--write] MODULE…");
            System.exit(2);
        }
        var findings = new ArrayList<Finding>();
        for (String folder : folders) {
            findings.addAll(write ? write(Path.of(folder)) : check(Path.of(folder)));
        }
        System.exit(Finding.report(findings, System.out));
    }

    static List<Finding> check(Path module) throws IOException {
        if (!isBuilt(module)) {
            return notBuilt(module);
        }
        Path file = module.resolve("api.txt");
        if (!Files.exists(file)) {
            return List.of(new Finding(file, 1, "not there: ./check --api writes it"));
        }
        return compare(file, Files.readAllLines(file), Listing.of(classes(module)));
    }

    static List<Finding> write(Path module) throws IOException {
        if (!isBuilt(module)) {
            return notBuilt(module);
        }
        Files.write(module.resolve("api.txt"), Listing.of(classes(module)));
        return List.of();
    }

    private static Path classes(Path module) {
        return module.resolve("target").resolve("classes");
    }

    private static boolean isBuilt(Path module) {
        return Files.exists(classes(module).resolve("module-info.class"));
    }

    private static List<Finding> notBuilt(Path module) {
        Path file = classes(module).resolve("module-info.class");
        return List.of(new Finding(file, 1, "not there: ./mvnw package"));
    }

    private static List<Finding> compare(Path file, List<String> committed, List<String> actual) {
        var findings = new ArrayList<Finding>();
        Map<Entry, Integer> before = entries(committed);
        Map<Entry, Integer> now = entries(actual);
        before.forEach((entry, line) -> {
            if (!now.containsKey(entry)) {
                findings.add(new Finding(file, line, "gone from the API: " + entry + CURE));
            }
        });
        int line = 1;
        for (Entry entry : now.keySet()) {
            if (!before.containsKey(entry)) {
                findings.add(new Finding(file, line, "new in the API: " + entry + CURE));
            } else {
                line = before.get(entry);
            }
        }
        if (findings.isEmpty() && !committed.equals(actual)) {
            findings.add(new Finding(file, 1, "the same API, but edited by hand: ./check --api"));
        }
        return findings;
    }

    /** A line, and the type whose member it is, for many types have the same {@code close()}. */
    private record Entry(String type, String line) {
        @Override
        public String toString() {
            return line.startsWith(" ") ? type + ": " + line.strip() : line;
        }
    }

    private static Map<Entry, Integer> entries(List<String> lines) {
        var entries = new LinkedHashMap<Entry, Integer>();
        String type = "";
        for (int i = 0; i < lines.size(); i++) {
            String line = lines.get(i);
            if (!line.startsWith(" ")) {
                Matcher name = TYPE_NAME.matcher(line);
                type = name.find() ? name.group(1) : line;
            }
            entries.put(new Entry(type, line), i + 1);
        }
        return entries;
    }
}
