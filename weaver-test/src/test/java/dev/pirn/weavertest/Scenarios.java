package dev.pirn.weavertest;

import dev.pirn.Coroutine;
import dev.pirn.CoroutineEntry;
import dev.pirn.weaver.Weaver;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * The programs in {@code src/test/resources/scenario}, each of which is an entry that writes a trace. Classes
 * with {@code Plain} in their name are not woven.
 */
final class Scenarios {
    static final Path FOLDER = Path.of("src/test/resources/scenario");
    private static final int ENTERS_MAX = 100_000;

    /** The class files as javac makes them, and with the woven ones in their place; by internal name. */
    record Classes(Map<String, byte[]> plain, Map<String, byte[]> woven) {
        Map<String, byte[]> of(Mode mode) {
            return mode.isWoven ? woven : plain;
        }
    }

    private Scenarios() { }

    /** Compiles and weaves all of them. */
    static Classes make() throws IOException {
        var sources = new TreeMap<String, String>();
        try (Stream<Path> files = Files.walk(FOLDER)) {
            for (Path each : files.filter(file -> file.toString().endsWith(".java")).toList()) {
                sources.put(FOLDER.relativize(each).toString().replace(".java", ""), Files.readString(each));
            }
        }
        Program program = Program.ofSources(sources);
        var names = program.plain.keySet().stream().filter(each -> !each.contains("Plain")).toList();
        Weaver.Result result = Weaver.weave(names, program::find, new Weaver.Options(false));
        // That those named Plain are not woven is what their scenarios are about, and is warned of.
        var messages = result.messages().stream().filter(each -> !each.text().contains("$Plain")).toList();
        if (!messages.isEmpty()) throw new AssertionError(messages.toString());
        var woven = new TreeMap<>(program.plain);
        woven.putAll(result.classes());
        return new Classes(program.plain, woven);
    }

    /** Names of those that can be run: each is an entry. */
    static Stream<String> names() throws IOException {
        try (Stream<Path> files = Files.list(FOLDER)) {
            return files.map(each -> each.getFileName().toString()).filter(each -> each.endsWith(".java"))
                    .map(each -> each.replace(".java", "")).filter(each -> !each.equals("Late"))
                    .sorted().toList().stream();
        }
    }

    /** What it shall write. */
    static String expected(String name, Mode mode) throws IOException {
        Path own = FOLDER.resolve(name + "." + mode.backend + ".expected");
        return Files.readString(Files.exists(own) ? own : FOLDER.resolve(name + ".expected"));
    }

    /** What it writes: a line for each time it comes back, and what it throws at the end. */
    static String run(ClassLoader loader, String name, Mode mode) throws ReflectiveOperationException {
        Trace.take();
        Trace.backend(mode.backend);
        var entry = (CoroutineEntry) loader.loadClass("scenario." + name).getConstructor().newInstance();
        Coroutine coroutine = Coroutine.create(mode.backend, name, entry);
        try {
            for (int i = 0; i < ENTERS_MAX && coroutine.state() != Coroutine.State.DONE; i++) {
                coroutine.enter();
                Trace.line();
            }
        } catch (RuntimeException | Error e) {
            Trace.log("threw " + e + (e.getCause() == null ? "" : " of " + e.getCause()));
        }
        return Trace.take() + '\n';
    }
}
