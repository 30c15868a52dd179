package dev.pirn.weavertest;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AgentTest {
    // An interface of its own, a lambda of it, and a class: the three forms of what is woven.
    private static final String PROGRAM = """
            public class Main implements Runnable {
                interface Step { @CoroutineFn String go(int i) throws Exception; }
                static class Pause implements Step {
                    public String go(int i) { Coroutine.yield(); return "paused " + i; }
                }
                @CoroutineFn static void all(StringBuilder t, Step... steps) throws Exception {
                    for (Step each : steps) t.append(each.go(t.length())).append(", ");
                }
                public static void main(String[] a) { new Main().run(); }
                public void run() {
                    var t = new StringBuilder();
                    String who = "lambda ";
                    Step lambda = i -> { Coroutine.yield(); return who + i; };
                    var c = Coroutine.create(Backend.PURE, "c", () -> all(t, new Pause(), lambda, lambda));
                    int turns = 0;
                    while (c.state() != Coroutine.State.DONE) { c.enter(); turns++; }
                    System.out.println(t + "" + turns + " turns, " + Coroutine.backend());
                }
            }
            """;
    private static final String PRINTED = "paused 0, lambda 10, lambda 21, 4 turns, continuation";

    @TempDir
    Path root;
    private Path agent;
    private Build build;

    @BeforeEach
    void build() throws IOException {
        agent = Java.agent(root);
        build = new Build(root);
    }

    @Test
    void onTheClassPath() throws Exception {
        build.compile("Main", PROGRAM);
        assertRun(PRINTED, "", "-cp", path());
    }

    @Test
    void withoutTheAgentItCannotYield() throws Exception {
        build.compile("Main", PROGRAM.replace("c.enter()",
                "try { c.enter(); } catch (IllegalStateException e) { t.append(\"refused, \"); }"));
        var run = Java.run("java", "-cp", path(), "p.Main");
        assertEquals("refused, 1 turns, thread", run.out());
    }

    @Test
    void inModules() throws Exception {
        build.compile("Main", PROGRAM);
        Path module = Files.writeString(root.resolve("module-info.java"),
                "module p { requires dev.pirn.core; exports p; }");
        Java.run("javac", "-d", build.classes, "--module-path", Java.core(), module,
                root.resolve("source/p/Main.java"));
        var run = Java.run("java", "-javaagent:" + agent, "--module-path", path(), "-m", "p/p.Main");
        assertEquals(new Java.Run(PRINTED, ""), run);
    }

    @Test
    void wovenByTheBuildAlready() throws Exception {
        build.compile("Main", PROGRAM);
        build.weave();
        assertRun(PRINTED, "", "-cp", path());
    }

    @Test
    void whatCannotBeWovenIsSaidOnce() throws Exception {
        build.compile("Main", PROGRAM.replace("public String go", "public synchronized String go")
                .replace("Backend.PURE", "Backend.HYBRID"));
        assertRun(PRINTED, "p/Main.java:6: warning: Main.Pause.go: is synchronized and calls Coroutine.yield,"
                + " which may suspend while the monitor is held, which belongs to the thread; guard the data"
                + " by a lock that belongs to the coroutine", "-cp", path());
    }

    @Test
    void inLoadersOfTheirOwn() throws Exception {
        build.compile("Main", PROGRAM);
        new Build(root.resolve("outer")).compile("Outer", """
                import java.net.*;
                public class Outer {
                    // Not capable of loading in parallel: it is locked as a whole.
                    static class Own extends URLClassLoader {
                        Own(URL... urls) { super(urls); }
                    }
                    public static void main(String[] a) throws Exception {
                        for (int i = 0; i < 2; i++) {
                            var own = new Own(java.nio.file.Path.of(a[0]).toUri().toURL());
                            ((Runnable) own.loadClass("p.Main").getConstructor().newInstance()).run();
                        }
                    }
                }
                """);
        String path = root.resolve("outer/classes") + File.pathSeparator + Java.core();
        var run = Java.run("java", "-javaagent:" + agent, "-cp", path, "p.Outer", build.classes);
        assertEquals(new Java.Run(PRINTED + System.lineSeparator() + PRINTED, ""), run);
    }

    @Test
    void theInterfaceIsInALoaderAbove() throws Exception {
        String step = "interface Step { @CoroutineFn String go(int i) throws Exception; }";
        var above = new Build(root.resolve("above"));
        above.compile("Step", "public " + step);
        above.compile("Outer", """
                public class Outer {
                    public static void main(String[] a) throws Exception {
                        var own = new java.net.URLClassLoader(new java.net.URL[] {
                            java.nio.file.Path.of(a[0]).toUri().toURL() });
                        ((Runnable) own.loadClass("q.Main").getConstructor().newInstance()).run();
                    }
                }
                """);
        Path source = Files.writeString(root.resolve("Main.java"),
                "package q; import dev.pirn.*; import p.Step;\n" + PROGRAM.replace(step, ""));
        String path = above.classes + File.pathSeparator + Java.core();
        Java.run("javac", "-d", root.resolve("below"), "-cp", path, source);
        var run = Java.run("java", "-javaagent:" + agent, "-cp", path, "p.Outer", root.resolve("below/"));
        assertEquals(new Java.Run(PRINTED, ""), run);
    }

    @Test
    void attachedLater() throws Exception {
        build.compile("Main", PROGRAM);
        build.compile("Attach", """
                public class Attach {
                    public static void main(String[] a) throws Exception {
                        String self = "" + ProcessHandle.current().pid();
                        var jvm = com.sun.tools.attach.VirtualMachine.attach(self);
                        jvm.loadAgent(a[0]);
                        jvm.detach();
                        Main.main(a);
                    }
                }
                """);
        var run = Java.run("java", "-Djdk.attach.allowAttachSelf=true", "-XX:+EnableDynamicAgentLoading",
                "-cp", path(), "p.Attach", agent);
        assertEquals(new Java.Run(PRINTED, ""), run);
    }

    private String path() {
        return build.classes + File.pathSeparator + Java.core();
    }

    private void assertRun(String out, String err, String... options) throws Exception {
        var run = Java.run("java", "-javaagent:" + agent, options[0], options[1], "p.Main");
        assertEquals(new Java.Run(out, err), run);
    }
}
