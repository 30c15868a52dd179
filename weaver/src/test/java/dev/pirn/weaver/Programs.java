package dev.pirn.weaver;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Small programs of a text, each behind a line {@code === name}; compiled all at once, each in a package of
 * its own, with {@code stubs.txt} instead of core.
 */
final class Programs {
    private static final String IMPORTS = "import dev.pirn.*; import dev.pirn.aio.*; import java.io.*; "
            + "import java.net.*; import java.nio.*; import java.nio.channels.*; import java.nio.file.*; "
            + "import java.util.*; import java.util.concurrent.*; import java.util.concurrent.locks.*;\n";

    private final Map<String, String> texts;
    private final Map<String, byte[]> classes;

    private Programs(Map<String, String> texts, Map<String, byte[]> classes) {
        this.texts = texts;
        this.classes = classes;
    }

    static Programs of(String resource) {
        return of(sections(resource));
    }

    static Programs of(Map<String, String> texts) {
        return of(texts, "-g");
    }

    /**
     * Compiles them.
     *
     * @param texts by name, which must be one of a package
     * @param debug what debug information javac is to write
     */
    static Programs of(Map<String, String> texts, String debug) {
        var sources = new HashMap<>(sections("stubs.txt"));
        texts.forEach((name, text) ->
                sources.put(name + "/Case.java", "package " + name + "; " + IMPORTS + text));
        return new Programs(texts, Compiled.of(sources, debug));
    }

    List<String> names() {
        return List.copyOf(texts.keySet());
    }

    /** What the checker says of one of them: by line of its text, counted from 1. */
    List<Message> check(String name) {
        var own = new ArrayList<String>();
        for (String each : classes.keySet()) {
            if (each.startsWith(name + "/")) own.add(each);
        }
        return Checker.check(own, classes::get).stream().map(each -> {
            int line = Math.max(0, each.line() - 1);
            return new Message(each.severity(), each.file(), line, each.text());
        }).toList();
    }

    /** What stands behind {@code //^} in its text, each as {@code line severity: start of the text}. */
    List<String> expected(String name) {
        var expected = new ArrayList<String>();
        int line = 0;
        int number = 0;
        for (String each : texts.get(name).split("\n")) {
            number++;
            String text = each.strip();
            if (text.startsWith("//^ ")) expected.add(line + " " + text.substring("//^ ".length()));
            else line = number;
        }
        return expected;
    }

    /** What {@link #check} found, in the form of {@link #expected}, each cut to the length of its like. */
    List<String> found(String name) {
        var rest = new ArrayList<>(expected(name));
        var found = new ArrayList<String>();
        for (Message each : check(name)) {
            String text = each.line() + " " + each.severity().name().toLowerCase(java.util.Locale.ROOT) + ": "
                    + each.text();
            String like = rest.stream().filter(text::startsWith).findFirst().orElse(text);
            rest.remove(like);
            found.add(like);
        }
        return found;
    }

    private static Map<String, String> sections(String resource) {
        var sections = new LinkedHashMap<String, String>();
        String name = null;
        for (String line : read(resource).split("\n")) {
            if (line.startsWith("=== ")) name = line.substring("=== ".length());
            else if (name != null) sections.merge(name, line + "\n", String::concat);
        }
        return sections;
    }

    private static String read(String resource) {
        try (var in = Programs.class.getResourceAsStream("checker/" + resource)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
