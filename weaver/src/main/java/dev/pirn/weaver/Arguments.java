package dev.pirn.weaver;

import java.io.File;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;

/**
 * What the command line asks for.
 *
 * @param verb {@code weave}, {@code check}, {@code help} or {@code version}
 */
record Arguments(String verb, List<Path> folders, List<Path> classPath, boolean hybrid, boolean verbose) {
    /** Throws IllegalArgumentException, with who and what is wrong, if it asks for nothing that there is. */
    static Arguments of(List<String> words) {
        if (words.contains("--help")) return only("help");
        if (words.contains("--version")) return only("version");
        if (words.isEmpty()) throw wrong("weaver", "no command: weave or check, see --help");
        String verb = words.getFirst();
        if (!verb.equals("weave") && !verb.equals("check")) {
            throw wrong("weaver", "no such command: \"" + verb + "\"; there are weave and check, see --help");
        }
        var folders = new ArrayList<Path>();
        var classPath = new ArrayList<Path>();
        boolean hybrid = false;
        boolean verbose = false;
        for (Iterator<String> rest = words.listIterator(1); rest.hasNext(); ) {
            String word = rest.next();
            switch (word) {
                case "--class-path", "-cp" -> classPath.addAll(path(verb, word, rest));
                case "--hybrid" -> hybrid = true;
                case "--verbose" -> verbose = true;
                default -> {
                    if (word.startsWith("-")) throw wrong(verb, "no such option: " + word + ", see --help");
                    folders.add(path(verb, word));
                }
            }
        }
        if (hybrid && verb.equals("check")) throw wrong(verb, "no such option: --hybrid is one of weave");
        if (folders.isEmpty()) throw wrong(verb, "no folder of classes given, see --help");
        return new Arguments(verb, folders, classPath, hybrid, verbose);
    }

    private static Arguments only(String verb) {
        return new Arguments(verb, List.of(), List.of(), false, false);
    }

    private static List<Path> path(String verb, String option, Iterator<String> rest) {
        if (!rest.hasNext()) throw wrong(verb, option + " needs a value: folders and jars");
        var paths = new ArrayList<Path>();
        for (String each : rest.next().split(File.pathSeparator)) {
            if (!each.isEmpty()) paths.add(path(verb, each));
        }
        return paths;
    }

    private static Path path(String verb, String text) {
        try {
            return Path.of(text);
        } catch (InvalidPathException e) {
            throw wrong(verb, "no path: " + e.getMessage());
        }
    }

    private static IllegalArgumentException wrong(String who, String what) {
        return new IllegalArgumentException(who + ": " + what);
    }
}
