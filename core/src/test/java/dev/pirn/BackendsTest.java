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
    private static final String EXPORTS = "--add-exports=java.base/jdk.internal.vm=dev.pirn.core";

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
    void withTheFlagContinuationsAreChosenInSilence() throws Exception {
        assertEquals(new Run("continuation DONE", ""), java(true, EXPORTS));
    }

    @Test
    void withoutTheFlagThreadsAndOneLineWithTheCure() throws Exception {
        Run run = java(true);
        assertEquals("thread DONE", run.out());
        // The logger's own line comes first.
        String warning = run.err().lines().skip(1).findFirst().orElseThrow();
        assertTrue(warning.endsWith("coroutines run on threads, some 20 times slower: "
                + "start java with --add-exports java.base/jdk.internal.vm=dev.pirn.core"), run.err());
        assertEquals(2, run.err().lines().count(), run.err());
    }

    @Test
    void onTheClassPathTheCureNamesTheUnnamedModule() throws Exception {
        Run run = java(false);
        assertEquals("thread DONE", run.out());
        assertTrue(run.err().contains("--add-exports java.base/jdk.internal.vm=ALL-UNNAMED"), run.err());
        assertEquals(new Run("continuation DONE", ""),
                java(false, "--add-exports=java.base/jdk.internal.vm=ALL-UNNAMED"));
    }

    @Test
    void thePropertyOverridesInSilence() throws Exception {
        assertEquals(new Run("thread DONE", ""), java(true, EXPORTS, "-Dpirn.backend=thread"));
        assertEquals(new Run("thread DONE", ""), java(true, "-Dpirn.backend=thread"));
    }

    @Test
    void anOverrideThatCannotWorkSaysWhyAndHow() throws Exception {
        Run run = java(true, "-Dpirn.backend=continuation");
        assertTrue(run.out().startsWith("-Dpirn.backend: backend \"continuation\" does not work in this JVM "
                + "(java.lang.IllegalAccessError"),
                run.out());
        assertTrue(run.out().endsWith("; start java with --add-exports "
                + "java.base/jdk.internal.vm=dev.pirn.core"),
                run.out());
        assertEquals("-Dpirn.backend: no backend is called \"fiber\"; there are [continuation, thread]",
                java(true, "-Dpirn.backend=fiber").out());
    }
}
