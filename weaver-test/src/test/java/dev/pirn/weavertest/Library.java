package dev.pirn.weavertest;

import dev.pirn.Coroutine;
import dev.pirn.CoroutineEntry;
import dev.pirn.weaver.Weaver;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.jar.JarFile;

/** A published library of size, a Java parser, whose input comes in pieces: plain, and marked and woven. */
final class Library {
    private static final Path READER = Path.of("src/test/resources/library/Parsing.java");
    private static final int ENTERS_MAX = 1_000_000;

    final Map<String, byte[]> plain;
    final Map<String, byte[]> woven;
    final long markedCount;

    private Library(Map<String, byte[]> plain, Map<String, byte[]> woven, long markedCount) {
        this.plain = plain;
        this.woven = woven;
        this.markedCount = markedCount;
    }

    static Library make() throws IOException {
        Map<String, String> source = Map.of("Parsing", Files.readString(READER));
        var plain = new TreeMap<>(Program.compile(source, List.of("-g")));
        try (var jar = new JarFile(ClassLoader.getSystemResource("com/github/javaparser/Provider.class")
                .getPath().replaceFirst("file:(.*)!.*", "$1"))) {
            for (var each : jar.stream().filter(entry -> entry.getName().endsWith(".class")).toList()) {
                if (each.getName().contains("-info")) continue;
                plain.put(each.getName().replace(".class", ""), jar.getInputStream(each).readAllBytes());
            }
        }
        Map<String, byte[]> marked = Marking.mark(plain);
        Program program = Program.ofClasses(marked);
        Weaver.Result result = program.weave();
        if (!result.messages().isEmpty()) throw new AssertionError(result.messages().toString());
        var woven = new TreeMap<>(marked);
        woven.putAll(result.classes());
        return new Library(plain, woven, Marking.count(marked));
    }

    ClassLoader loader(Mode mode) {
        return new OwnFirst(mode.isWoven ? woven : plain);
    }

    /** What the parser makes of a text that comes in pieces, and how often it waited. */
    static String parse(ClassLoader loader, Mode mode, String text, long seed)
            throws ReflectiveOperationException {
        Trace.take();
        var entry = (CoroutineEntry) loader.loadClass("library.Parsing")
                .getConstructor(String.class, long.class).newInstance(text, seed);
        Coroutine coroutine = Coroutine.create(mode.backend, "parser", entry);
        int enters = 0;
        while (enters < ENTERS_MAX && coroutine.state() != Coroutine.State.DONE) {
            coroutine.enter();
            enters++;
        }
        return Trace.take() + " in " + enters;
    }

    /** Has the parser's classes of its own, though they are on the class path too. */
    private static final class OwnFirst extends ClassLoader {
        private final Map<String, byte[]> classes;

        OwnFirst(Map<String, byte[]> classes) {
            super(Library.class.getClassLoader());
            this.classes = classes;
        }

        @Override
        protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
            byte[] bytes = classes.get(name.replace('.', '/'));
            if (bytes == null) return super.loadClass(name, resolve);
            synchronized (getClassLoadingLock(name)) {
                Class<?> loaded = findLoadedClass(name);
                return loaded != null ? loaded : defineClass(name, bytes, 0, bytes.length);
            }
        }
    }
}
