package dev.pirn.weavertest;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.pirn.weaver.Weaver;
import dev.pirn.weaver.Weaving;
import java.io.IOException;
import java.io.StringWriter;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import javax.tools.ToolProvider;

/** A module as a build has it: sources that are compiled one by one into a folder, which is then woven. */
final class Build {
    static final List<Path> TEST_PATH = Arrays.stream(System.getProperty("java.class.path")
            .split(java.io.File.pathSeparator)).map(Path::of).toList();

    final Path classes;
    private final List<Path> path = new ArrayList<>();
    private Weaver.Options options = new Weaver.Options(false);

    /** In {@code root/classes}; its classes use those of {@code others} too. */
    Build(Path root, Path... others) throws IOException {
        classes = Files.createDirectories(root.resolve("classes"));
        path.addAll(List.of(others));
        path.addAll(TEST_PATH);
    }

    Build hybrid() {
        options = new Weaver.Options(true);
        return this;
    }

    /** Compiles one file of the package {@code p}; what it uses is there already. */
    Build compile(String name, String... lines) throws IOException {
        Path file = classes.resolveSibling("source").resolve("p").resolve(name + ".java");
        Files.createDirectories(file.getParent());
        Files.writeString(file, "package p;\nimport dev.pirn.*;\n" + String.join("\n", lines) + "\n");
        var said = new StringWriter();
        var compiler = ToolProvider.getSystemJavaCompiler();
        try (var files = compiler.getStandardFileManager(null, null, null)) {
            var use = new ArrayList<>(List.of(classes));
            use.addAll(path);
            var flags = List.of("-g", "-proc:none", "-d", classes.toString(), "-cp",
                    String.join(java.io.File.pathSeparator, use.stream().map(Path::toString).toList()));
            boolean done = compiler.getTask(said, files, null, flags, null, files.getJavaFileObjects(file))
                    .call();
            assertTrue(done, said::toString);
        }
        return this;
    }

    Weaving.Report weave() throws IOException {
        return Weaving.weave(List.of(classes), path, options);
    }

    void delete(String name) throws IOException {
        Files.delete(classes.resolve("p").resolve(name + ".class"));
    }

    /** The class files of the package, by their names. */
    Map<String, byte[]> files() throws IOException {
        var files = new TreeMap<String, byte[]>();
        try (Stream<Path> all = Files.list(classes.resolve("p"))) {
            for (Path each : (Iterable<Path>) all::iterator) {
                files.put(each.getFileName().toString().replace(".class", ""), Files.readAllBytes(each));
            }
        }
        return files;
    }

    /** What {@code p.Main.call()} returns. */
    Object run() throws Exception {
        var urls = new ArrayList<URL>(List.of(classes.toUri().toURL()));
        for (Path each : path) urls.add(each.toUri().toURL());
        var parent = Build.class.getClassLoader();
        try (var loader = new URLClassLoader(urls.toArray(URL[]::new), parent)) {
            var main = loader.loadClass("p.Main").getConstructor().newInstance();
            return ((Callable<?>) main).call();
        }
    }
}
