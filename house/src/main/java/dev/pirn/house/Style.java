package dev.pirn.house;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Reports sources that do not fit a screen: long files, long methods, long lines; and untidy white space.
 *
 * <p>{@code ./check} starts it from its source, before anything is compiled, so that it answers first.
 */
public final class Style {
    static final int FILE_LINES_MAX = 300;
    static final int FILE_LINES_HARD_MAX = 500;
    static final int LINE_CHARS_MAX = 110;

    private final List<Finding> findings = new ArrayList<>();

    private Style() {}

    /**
     * Checks every {@code .java} file below some folders, prints what is wrong, and exits with 1 if
     * anything is.
     *
     * @param args the list of files that may be long, then the folders
     * @throws IOException if a file cannot be read
     */
    public static void main(String[] args) throws IOException {
        if (args.length < 2) {
            System.err.println("usage: Style LONG-FILES.TXT FOLDER…");
            System.exit(2);
        }
        List<Path> paths = List.of(args).stream().map(Path::of).toList();
        System.exit(Finding.report(check(paths.getFirst(), paths.subList(1, paths.size())), System.out));
    }

    /** Returns what is wrong below {@code roots}, in the order of paths and lines. */
    static List<Finding> check(Path longFiles, List<Path> roots) throws IOException {
        var style = new Style();
        Map<Path, Integer> excused = style.excused(longFiles);
        List<Path> sources = sources(roots);
        for (Path source : sources) {
            String text = Files.readString(source);
            style.size(source, text.lines().count(), excused.remove(source) != null);
            style.whiteSpace(source, text);
        }
        excused.forEach((path, line) -> style.add(longFiles, line,
                path + " is not there, or has at most " + FILE_LINES_MAX + " lines: remove its entry"));
        style.findings.addAll(Shape.check(sources));
        style.findings.sort(Comparator.comparing(Finding::path).thenComparing(Finding::line));
        return style.findings;
    }

    private static List<Path> sources(List<Path> roots) throws IOException {
        var found = new ArrayList<Path>();
        for (Path root : roots) {
            Files.walkFileTree(root, new SimpleFileVisitor<>() {
                @Override
                public FileVisitResult preVisitDirectory(Path folder, BasicFileAttributes attributes) {
                    String name = folder.normalize().getFileName().toString();
                    boolean ours = folder.equals(root) || !name.equals("target") && !name.startsWith(".");
                    return ours ? FileVisitResult.CONTINUE : FileVisitResult.SKIP_SUBTREE;
                }

                @Override
                public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
                    if (file.toString().endsWith(".java")) {
                        found.add(file.normalize());
                    }
                    return FileVisitResult.CONTINUE;
                }
            });
        }
        found.sort(null);
        return found;
    }

    /** Reads lines of a path, white space, and the reason; returns the line of each path. */
    private Map<Path, Integer> excused(Path longFiles) throws IOException {
        var excused = new TreeMap<Path, Integer>();
        List<String> lines = Files.readAllLines(longFiles);
        for (int i = 0; i < lines.size(); i++) {
            String line = lines.get(i).strip();
            if (line.isEmpty() || line.startsWith("#")) {
                continue;
            }
            String[] words = line.split("\\s+", 2);
            if (words.length < 2) {
                add(longFiles, i + 1, words[0] + " has no reason after it");
            }
            excused.put(Path.of(words[0]), i + 1);
        }
        return excused;
    }

    private void size(Path source, long lines, boolean excused) {
        if (lines > FILE_LINES_HARD_MAX) {
            add(source, FILE_LINES_HARD_MAX + 1, "file of %d lines, more than %d: split it by concept"
                    .formatted(lines, FILE_LINES_HARD_MAX));
        } else if (lines > FILE_LINES_MAX && !excused) {
            add(source, FILE_LINES_MAX + 1,
                    "file of %d lines, more than %d: split it, or give the reason in house/long-files.txt"
                            .formatted(lines, FILE_LINES_MAX));
        } else if (lines <= FILE_LINES_MAX && excused) {
            add(source, 1, "file of %d lines, at most %d: remove it from house/long-files.txt"
                    .formatted(lines, FILE_LINES_MAX));
        }
    }

    private void whiteSpace(Path source, String text) {
        String[] lines = text.split("\n", -1); // Not lines(): that would hide a carriage return.
        for (int i = 0; i < lines.length; i++) {
            String line = lines[i];
            int chars = line.codePointCount(0, line.length());
            if (chars > LINE_CHARS_MAX) {
                add(source, i + 1, "line of %d characters, more than %d".formatted(chars, LINE_CHARS_MAX));
            }
            if (line.indexOf('\t') >= 0) {
                add(source, i + 1, "tab at column %d: indent with spaces".formatted(line.indexOf('\t') + 1));
            }
            if (!line.equals(line.stripTrailing())) {
                add(source, i + 1, "white space after column %d, at the end of the line"
                        .formatted(line.stripTrailing().length()));
            }
        }
        if (!text.endsWith("\n")) {
            add(source, lines.length, "no newline at the end of the file");
        } else if (text.endsWith("\n\n")) {
            add(source, lines.length - 1, "empty line at the end of the file");
        }
    }

    private void add(Path path, long line, String text) {
        findings.add(new Finding(path, line, text));
    }
}
