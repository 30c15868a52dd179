package dev.pirn;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;

/** Which backend a fresh JVM chooses, and what it says about that. */
class BackendsTest {
    private static final String[] BOTH = Jvm.flags("dev.pirn.core");

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

    private static Jvm.Run java(boolean modular, String... options) throws Exception {
        return Jvm.run(modular, Program.class, options);
    }

    @Test
    void withTheFlagsContinuationsAreChosenInSilence() throws Exception {
        assertEquals(new Jvm.Run("continuation DONE", ""), java(true, BOTH));
        assertEquals(new Jvm.Run("continuation DONE", ""), java(false, Jvm.flags("ALL-UNNAMED")));
    }

    @Test
    void withoutTheFlagsThreadsAndOneLineWithTheCure() throws Exception {
        Jvm.Run run = java(true);
        assertEquals("thread DONE", run.out());
        assertEquals("WARNING: coroutines that are not woven run on threads, some 20 times slower: start "
                + "java with --add-opens java.base/jdk.internal.vm=dev.pirn.core --add-exports "
                + "java.base/jdk.internal.access=dev.pirn.core; or weave them (dev.pirn.CoroutineFn)",
                logged(run));
    }

    @Test
    void onTheClassPathTheCureNamesTheUnnamedModule() throws Exception {
        Jvm.Run run = java(false);
        assertEquals("thread DONE", run.out());
        assertTrue(logged(run).contains("--add-opens java.base/jdk.internal.vm=ALL-UNNAMED --add-exports "
                + "java.base/jdk.internal.access=ALL-UNNAMED;"), run.err());
    }

    /** The public methods need less, and are used where the private ones cannot be had. */
    @Test
    void withLessThePublicMethodsAndOneLineWithTheCure() throws Exception {
        Jvm.Run run = java(true, "--add-exports=java.base/jdk.internal.vm=dev.pirn.core");
        assertEquals("continuation DONE", run.out());
        assertTrue(logged(run).startsWith("INFO: coroutines use Continuation's public methods, some 1.3 "
                + "times slower: start java with --add-opens "), run.err());
        assertEquals(new Jvm.Run("continuation DONE", ""),
                java(true, BOTH[0], BOTH[1], "-Dpirn.continuation=public"));
    }

    @Test
    void thePropertyOverridesInSilence() throws Exception {
        assertEquals(new Jvm.Run("thread DONE", ""), java(true, BOTH[0], BOTH[1], "-Dpirn.backend=thread"));
        assertEquals(new Jvm.Run("thread DONE", ""), java(true, "-Dpirn.backend=thread"));
    }

    @Test
    void anOverrideThatCannotWorkSaysWhyAndHow() throws Exception {
        Jvm.Run run = java(true, "-Dpirn.backend=continuation");
        assertTrue(run.out().startsWith("-Dpirn.backend: backend \"continuation\" does not work in this JVM "
                + "(java.lang.IllegalAccessError"), run.out());
        assertTrue(run.out().endsWith("--add-exports java.base/jdk.internal.access=dev.pirn.core"),
                run.out());
        assertEquals("-Dpirn.backend: no backend is called \"fiber\"; there are [continuation, thread, pure, "
                + "hybrid]",
                java(true, "-Dpirn.backend=fiber").out());
    }

    /** The one record that was logged, without the logger's own line before it. */
    private static String logged(Jvm.Run run) {
        List<String> lines = run.err().lines().toList();
        assertEquals(2, lines.size(), run.err());
        return lines.get(1);
    }
}
