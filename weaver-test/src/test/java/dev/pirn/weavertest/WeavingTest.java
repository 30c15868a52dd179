package dev.pirn.weavertest;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.pirn.weaver.Checking;
import dev.pirn.weaver.Message;
import dev.pirn.weaver.Weaving;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WeavingTest {
    @TempDir
    Path root;
    private Build build;

    @BeforeEach
    void aStepAndAProgram() throws IOException {
        build = new Build(root);
        build.compile("Step", "public interface Step { @CoroutineFn void go() throws Exception; }");
        build.compile("Pause", PAUSE);
        build.compile("Main", MAIN);
    }

    private static final String PAUSE = """
            public class Pause implements Step {
                public void go() throws Exception { Coroutine.yield(); Trace.add("paused"); }
            }
            class Trace {
                static StringBuilder t = new StringBuilder();
                static void add(String s) { t.append(s); }
            }
            """;

    private static final String MAIN = """
            public class Main implements java.util.concurrent.Callable<String> {
                public String call() {
                    var c = Coroutine.create(Backend.PURE, "c", () -> all(new Pause()));
                    c.enter();
                    Trace.add(" entered ");
                    c.enter();
                    return Trace.t.toString();
                }
                @CoroutineFn static void all(Step s) throws Exception { s.go(); Trace.add("."); }
            }
            """;

    @Test
    void aWovenProgramRunsWithoutTheJvmsHelp() throws Exception {
        assertCounts(4, 4, build.weave());
        assertEquals(" entered paused.", build.run());
    }

    @Test
    void nothingHasChanged() throws Exception {
        build.weave();
        var files = build.files();
        var report = build.weave();
        assertCounts(4, 0, report);
        assertEquals(0, report.written());
        assertSame(files);
    }

    @Test
    void onlyABodyHasChanged() throws Exception {
        build.weave();
        build.compile("Pause", PAUSE.replace("paused", "waited"));
        assertCounts(4, 1, build.weave());
        assertEquals(" entered waited.", build.run());
    }

    @Test
    void compiledAgainFromTheSameSource() throws Exception {
        build.weave();
        var files = build.files();
        build.compile("Main", MAIN);
        assertCounts(4, 1, build.weave());
        assertSame(files);
    }

    @Test
    void aMarkIsTakenAway() throws Exception {
        var plain = build.files();
        build.weave();
        build.compile("Step", "public interface Step { void go() throws Exception; }");
        assertCounts(4, 4, build.weave());
        assertArrayEquals(plain.get("Pause"), build.files().get("Pause"));
        assertFalse(build.files().containsKey("Pause$co$go$0"));
    }

    @Test
    void aMarkIsPutBack() throws Exception {
        build.weave();
        var files = build.files();
        build.compile("Step", "public interface Step { void go() throws Exception; }");
        build.weave();
        build.compile("Step", "public interface Step { @CoroutineFn void go() throws Exception; }");
        build.weave();
        assertSame(files);
    }

    @Test
    void aLambdaIsGone() throws Exception {
        build.weave();
        assertTrue(build.files().containsKey("Main$co$L0"));
        build.compile("Main", MAIN.replace("() -> all(new Pause())", "null"));
        build.weave();
        assertFalse(build.files().containsKey("Main$co$L0"));
    }

    @Test
    void aClassIsGone() throws Exception {
        build.weave();
        build.delete("Main");
        build.weave();
        assertEquals(Set.of("Pause", "Pause$co$go$0", "Step", "Trace"), build.files().keySet());
    }

    @Test
    void aGeneratedClassIsGone() throws Exception {
        build.weave();
        var files = build.files();
        build.delete("Pause$co$go$0");
        assertCounts(4, 1, build.weave());
        assertSame(files);
    }

    @Test
    void anErrorIsSaidAtEachRunAndNothingIsWritten() throws Exception {
        build.compile("Pause", PAUSE.replace("public void", "public synchronized void"));
        var files = build.files();
        for (int i = 0; i < 2; i++) {
            var report = build.weave();
            assertTrue(report.has(Message.Severity.ERROR), report::toString);
            assertEquals("p/Pause.java", report.messages().getFirst().file());
            assertSame(files);
        }
        build.compile("Pause", PAUSE);
        assertEquals(0, build.weave().messages().size());
        assertEquals(" entered paused.", build.run());
    }

    @Test
    void aWarningIsSaidAtEachRunUntilItsFileChanges() throws Exception {
        build.hybrid().compile("Pause", PAUSE.replace("public void", "public synchronized void"));
        var first = build.weave();
        assertEquals(Message.Severity.WARNING, first.messages().getFirst().severity());
        var second = build.weave();
        assertEquals(0, second.given());
        assertEquals(first.messages(), second.messages());
        build.compile("Pause", PAUSE);
        assertEquals(0, build.weave().messages().size());
    }

    @Test
    void otherOptions() throws Exception {
        build.weave();
        assertCounts(4, 4, build.hybrid().weave());
    }

    @Test
    void wovenElsewhere() throws Exception {
        build.weave();
        var files = build.files();
        Files.delete(root.resolve("pirn-weave/classes.state"));
        var report = build.weave();
        assertCounts(1, 1, report); // Trace: there was nothing to weave in it.
        assertEquals(0, report.messages().size());
        assertSame(files);
    }

    @Test
    void wovenElsewhereAndWhatItUsesHasChanged() throws Exception {
        build.weave();
        Files.delete(root.resolve("pirn-weave/classes.state"));
        build.compile("Pause", PAUSE);
        assertEquals("p/Main.class: warning: was woven before, and what it uses was compiled since; if a mark"
                + " has changed, build clean", build.weave().messages().getFirst().toString());
    }

    @Test
    void aMarkInAJarOnTheClassPath() throws Exception {
        Path jar = root.resolve("step.jar");
        var library = new Build(root.resolve("library"));
        library.compile("Step", "public interface Step { @CoroutineFn void go() throws Exception; }");
        library.weave();
        pack(library, jar);
        var user = new Build(root.resolve("user"), jar);
        user.compile("Pause", PAUSE);
        user.weave();
        assertTrue(user.files().containsKey("Pause$co$go$0"));
        assertEquals(0, user.weave().given());
        library.compile("Step", "public interface Step { void go() throws Exception; }");
        library.weave();
        pack(library, jar);
        assertCounts(2, 2, user.weave());
        assertFalse(user.files().containsKey("Pause$co$go$0"));
    }

    @Test
    void whatIsWovenIsCheckedAsItWasBefore() throws Exception {
        build.weave();
        assertEquals(List.of(), Checking.check(List.of(build.classes), Build.TEST_PATH));
    }

    @Test
    void fiftyClasses() throws Exception {
        build.weave();
        for (int i = 0; i < 50; i++) build.compile("Pause" + i, many(i));
        long start = System.nanoTime();
        var report = build.weave();
        System.out.printf("50 classes woven in %d ms%n", (System.nanoTime() - start) / 1_000_000);
        assertCounts(54, 50, report);
        assertEquals(200, report.written());
        assertCounts(54, 0, build.weave());
    }

    private static String many(int i) {
        return """
                public class Pause%d {
                    @CoroutineFn long sum(int n, Step s) throws Exception {
                        long sum = 0;
                        for (int i = 0; i < n; i++) { s.go(); sum += i; }
                        return sum;
                    }
                    CoroutineEntry entry(Step s) { return () -> sum(3, s); }
                }
                """.formatted(i);
    }

    private static void pack(Build build, Path jar) throws IOException {
        try (var out = new JarOutputStream(Files.newOutputStream(jar))) {
            for (var each : build.files().entrySet()) {
                out.putNextEntry(new JarEntry("p/" + each.getKey() + ".class"));
                out.write(each.getValue());
            }
        }
    }

    private void assertSame(java.util.Map<String, byte[]> files) throws IOException {
        var now = build.files();
        assertEquals(files.keySet(), now.keySet());
        files.forEach((name, bytes) -> assertArrayEquals(bytes, now.get(name), name));
    }

    private static void assertCounts(int classes, int given, Weaving.Report report) {
        assertEquals(classes + " classes, " + given + " given", report.classes() + " classes, "
                + report.given() + " given", report::toString);
    }
}
