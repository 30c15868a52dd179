package dev.pirn;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Which backend a fresh JVM chooses, and what it says about that. */
class BackendsTest {
    private static final String[] BOTH = flags("dev.pirn.core");

    private static String[] flags(String module) {
        return new String[] {"--add-opens=java.base/jdk.internal.vm=" + module,
            "--add-exports=java.base/jdk.internal.access=" + module};
    }

    /** Prints the default backend after a round trip on it; an error as its message. */
    static final class Program {
        private Program() { }

        public static void main(String[] arguments) {
            try {
                var co = Coroutine.create("a", Coroutine::yield);
                co.enter();
                co.enter();
                System.out.println(Coroutine.backend() + " " + co.state());
            } catch (IllegalStateException e) {
                System.out.println(e.getMessage());
            }
        }
    }

    private record Run(String out, String err) { }

    private static Run java(boolean modular, String... options) throws IOException, InterruptedException {
        String classes = classes(Coroutine.class);
        String tests = classes(Program.class);
        var command = new ArrayList<String>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of(options));
        if (modular) {
            command.addAll(List.of("--module-path", classes, "--patch-module", "dev.pirn.core=" + tests,
                    "--module", "dev.pirn.core/" + Program.class.getName()));
        } else {
            command.addAll(List.of("-cp", classes + System.getProperty("path.separator") + tests,
                    Program.class.getName()));
        }
        Path err = Files.createTempFile("pirn", "err");
        Process process = new ProcessBuilder(command).redirectError(err.toFile()).start();
        String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, process.waitFor(), out + Files.readString(err));
        var run = new Run(out.strip(), Files.readString(err));
        Files.delete(err);
        return run;
    }

    private static String classes(Class<?> type) {
        // Tests are patched into the module, whose location is one of the two.
        Path main = Path.of("target", "classes");
        return (type == Coroutine.class ? main : Path.of("target", "test-classes")).toAbsolutePath()
                .toString();
    }

    @Test
    void withTheFlagsContinuationsAreChosenInSilence() throws Exception {
        assertEquals(new Run("continuation DONE", ""), java(true, BOTH));
        assertEquals(new Run("continuation DONE", ""), java(false, flags("ALL-UNNAMED")));
    }

    @Test
    void withoutTheFlagsThreadsAndOneLineWithTheCure() throws Exception {
        Run run = java(true);
        assertEquals("thread DONE", run.out());
        assertEquals("WARNING: coroutines run on threads, some 20 times slower: start java with --add-opens "
                + "java.base/jdk.internal.vm=dev.pirn.core --add-exports "
                + "java.base/jdk.internal.access=dev.pirn.core", logged(run));
    }

    @Test
    void onTheClassPathTheCureNamesTheUnnamedModule() throws Exception {
        Run run = java(false);
        assertEquals("thread DONE", run.out());
        assertTrue(logged(run).endsWith("--add-opens java.base/jdk.internal.vm=ALL-UNNAMED --add-exports "
                + "java.base/jdk.internal.access=ALL-UNNAMED"), run.err());
    }

    /** The public methods need less, and are used where the private ones cannot be had. */
    @Test
    void withLessThePublicMethodsAndOneLineWithTheCure() throws Exception {
        Run run = java(true, "--add-exports=java.base/jdk.internal.vm=dev.pirn.core");
        assertEquals("continuation DONE", run.out());
        assertTrue(logged(run).startsWith("INFO: coroutines use Continuation's public methods, some 1.3 "
                + "times slower: start java with --add-opens "), run.err());
        assertEquals(new Run("continuation DONE", ""),
                java(true, BOTH[0], BOTH[1], "-Dpirn.continuation=public"));
    }

    @Test
    void thePropertyOverridesInSilence() throws Exception {
        assertEquals(new Run("thread DONE", ""), java(true, BOTH[0], BOTH[1], "-Dpirn.backend=thread"));
        assertEquals(new Run("thread DONE", ""), java(true, "-Dpirn.backend=thread"));
    }

    @Test
    void anOverrideThatCannotWorkSaysWhyAndHow() throws Exception {
        Run run = java(true, "-Dpirn.backend=continuation");
        assertTrue(run.out().startsWith("-Dpirn.backend: backend \"continuation\" does not work in this JVM "
                + "(java.lang.IllegalAccessError"), run.out());
        assertTrue(run.out().endsWith("--add-exports java.base/jdk.internal.access=dev.pirn.core"),
                run.out());
        assertEquals("-Dpirn.backend: no backend is called \"fiber\"; there are [continuation, thread]",
                java(true, "-Dpirn.backend=fiber").out());
    }

    /** The one record that was logged, without the logger's own line before it. */
    private static String logged(Run run) {
        List<String> lines = run.err().lines().toList();
        assertEquals(2, lines.size(), run.err());
        return lines.get(1);
    }
}
