package dev.pirn.weaver;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MainTest {
    private static final String MARK = "package dev.pirn; public @interface CoroutineFn { }";
    private static final String YIELD = "package dev.pirn; public class Coroutine {"
            + " @CoroutineFn public static void yield() { } public static void yield$co(Coroutine c) { } }";
    private static final String FRAME = "package dev.pirn; public class WovenFrame { }";

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    @TempDir
    Path root;

    @Test
    void noCommand() {
        assertRefused("pirn: weaver: no command: weave or check, see --help");
    }

    @Test
    void noSuchCommand() {
        assertRefused("pirn: weaver: no such command: \"wave\"; there are weave and check, see --help",
                "wave");
    }

    @Test
    void noFolder() {
        assertRefused("pirn: check: no folder of classes given, see --help", "check", "--verbose");
    }

    @Test
    void aFolderThatIsNotThere() {
        String folder = root.resolve("no").toString();
        assertRefused("pirn: weave: no such folder: " + folder, "weave", folder);
    }

    @Test
    void anOptionThatIsNotThere() {
        assertRefused("pirn: weave: no such option: --hybird, see --help", "weave", "--hybird", ".");
    }

    @Test
    void anOptionOfTheOtherCommand() {
        assertRefused("pirn: check: no such option: --hybrid is one of weave", "check", "--hybrid", ".");
    }

    @Test
    void aClassPathThatIsMissing() {
        assertRefused("pirn: weave: -cp needs a value: folders and jars", "weave", ".", "-cp");
    }

    @Test
    void help() {
        assertEquals(0, run("weave", "--help"));
        assertTrue(out.toString(StandardCharsets.UTF_8).startsWith("usage: java -jar pirn-weaver.jar weave"));
    }

    @Test
    void version() {
        assertEquals(0, run("--version"));
        assertTrue(out.toString(StandardCharsets.UTF_8).startsWith("pirn-weaver "));
    }

    @Test
    void weavesAndSaysHowMuchOnlyIfAsked() throws IOException {
        String body = "@dev.pirn.CoroutineFn void go() { dev.pirn.Coroutine.yield(); }";
        String classes = compile(body).toString();
        assertEquals(0, run("weave", "--verbose", classes));
        assertSaid("pirn: weave: 4 classes, 4 given to the weaver, 2 files written");
        assertEquals(0, run("weave", "--verbose", classes));
        assertSaid("pirn: weave: 4 classes, 0 given to the weaver, 0 files written");
        assertEquals(0, run("weave", classes));
        assertSaid("");
    }

    @Test
    void whatCannotBeWovenFails() throws IOException {
        String body = "@dev.pirn.CoroutineFn synchronized void go() {\n dev.pirn.Coroutine.yield(); }";
        String classes = compile(body).toString();
        assertEquals(1, run("weave", classes));
        assertTrue(said().startsWith("p/A.java:2: error: A.go"), this::said);
        err.reset();
        assertEquals(0, run("weave", "--hybrid", classes));
        assertTrue(said().startsWith("p/A.java:2: warning: A.go"), this::said);
    }

    @Test
    void checksWithoutWeaving() throws IOException {
        String classes = compile("void go() {\n dev.pirn.Coroutine.yield(); }").toString();
        assertEquals(1, run("check", classes));
        assertTrue(said().startsWith("p/A.java:2: error: A.go calls the coroutine function Coroutine.yield"),
                this::said);
    }

    @Test
    void whatIsUsedLiesElsewhere() throws IOException {
        Path classes = compile("@dev.pirn.CoroutineFn void go() { dev.pirn.Coroutine.yield(); }");
        Path library = Files.createDirectories(root.resolve("library/dev"));
        Files.move(classes.resolve("dev/pirn"), library.resolve("pirn"));
        String path = root.resolve("nothing") + File.pathSeparator + root.resolve("library");
        assertEquals(0, run("weave", "--verbose", "-cp", path, classes.toString()));
        assertSaid("pirn: weave: 1 classes, 1 given to the weaver, 2 files written");
    }

    @Test
    void whatIsNoClassFile() throws IOException {
        Path file = Files.writeString(root.resolve("A.class"), "no");
        assertEquals(1, run("weave", root.toString()));
        assertTrue(said().startsWith("pirn: weave: " + file + ": no class file: "), this::said);
    }

    private Path compile(String body) throws IOException {
        var sources = new HashMap<>(Map.of("dev/pirn/CoroutineFn.java", MARK,
                "dev/pirn/Coroutine.java", YIELD, "dev/pirn/WovenFrame.java", FRAME));
        sources.put("p/A.java", "package p; public class A { " + body + " }");
        Path classes = root.resolve("classes");
        for (var each : Compiled.of(sources).entrySet()) {
            Path file = classes.resolve(each.getKey() + ".class");
            Files.createDirectories(file.getParent());
            Files.write(file, each.getValue());
        }
        return classes;
    }

    private int run(String... arguments) {
        return Main.run(arguments, new PrintStream(out, true, StandardCharsets.UTF_8),
                new PrintStream(err, true, StandardCharsets.UTF_8));
    }

    private String said() {
        return err.toString(StandardCharsets.UTF_8);
    }

    private void assertSaid(String line) {
        assertEquals(line, said().strip());
        err.reset();
    }

    private void assertRefused(String line, String... arguments) {
        assertEquals(2, run(arguments));
        assertSaid(line);
    }
}
