package dev.pirn.weaver.maven;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import javax.tools.ToolProvider;
import org.apache.maven.model.Build;
import org.apache.maven.plugin.MojoFailureException;
import org.apache.maven.plugin.logging.SystemStreamLog;
import org.apache.maven.project.MavenProject;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MojosTest {
    private static final String LOCKED = "    @dev.pirn.CoroutineFn synchronized void go() {"
            + " dev.pirn.Coroutine.yield(); }";
    private static final String REFUSED = "/src/p/A.java:[2,1] A.go: is synchronized";

    @TempDir
    Path root;
    private final List<String> said = new ArrayList<>();
    private final MavenProject project = new MavenProject();

    @BeforeEach
    void aModule() {
        var build = new Build();
        build.setOutputDirectory(root.resolve("classes").toString());
        build.setTestOutputDirectory(root.resolve("test-classes").toString());
        project.setBuild(build);
        project.setArtifacts(java.util.Set.of());
        project.addCompileSourceRoot(root.resolve("src").toString());
    }

    @Test
    void weavesAndSaysHowMuch() throws Exception {
        compile("    @dev.pirn.CoroutineFn void go() { dev.pirn.Coroutine.yield(); }");
        run(new WeaveMojo());
        run(new WeaveMojo());
        assertEquals(List.of("info: 4 of 4 classes looked at, 2 files written",
                "info: nothing has changed: the classes are woven"), said);
    }

    @Test
    void anErrorHasItsFileAndFails() throws Exception {
        compile(LOCKED);
        var failure = assertThrows(MojoFailureException.class, () -> run(new WeaveMojo()));
        assertEquals("pirn: 1 error, see above", failure.getMessage());
        assertSaid("error: " + root + REFUSED);
    }

    @Test
    void whatCannotBeWovenIsLetBe() throws Exception {
        compile(LOCKED);
        var weave = new WeaveMojo();
        weave.hybrid = true;
        run(weave);
        assertSaid("warning: " + root + REFUSED);
    }

    @Test
    void aWarningFailsIfItIsToEvenIfNothingHasChanged() throws Exception {
        compile(LOCKED);
        for (int i = 0; i < 2; i++) {
            var weave = new WeaveMojo();
            weave.hybrid = true;
            weave.failOnWarning = true;
            var failure = assertThrows(MojoFailureException.class, () -> run(weave));
            assertEquals("pirn: 1 warning, see above", failure.getMessage());
        }
    }

    @Test
    void skipped() throws Exception {
        compile(LOCKED);
        var weave = new WeaveMojo();
        weave.skip = true;
        run(weave);
        assertEquals(List.of("info: skipped"), said);
    }

    @Test
    void aModuleWithoutTests() throws Exception {
        run(new TestWeaveMojo());
        assertEquals(List.of("info: no classes in " + root.resolve("test-classes")), said);
    }

    @Test
    void checks() throws Exception {
        compile("    void go() { dev.pirn.Coroutine.yield(); }");
        assertThrows(MojoFailureException.class, () -> run(new CheckMojo()));
        assertSaid("error: " + root + "/src/p/A.java:[2,1] A.go calls the coroutine function");
    }

    private void run(ClassesMojo mojo) throws Exception {
        mojo.project = project;
        mojo.setLog(new SystemStreamLog() {
            @Override
            public void info(CharSequence text) {
                said.add("info: " + text);
            }

            @Override
            public void warn(CharSequence text) {
                said.add("warning: " + text);
            }

            @Override
            public void error(CharSequence text) {
                said.add("error: " + text);
            }
        });
        mojo.execute();
    }

    private void assertSaid(String start) {
        String last = said.getLast();
        assertEquals(start, last.substring(0, Math.min(start.length(), last.length())));
    }

    /** Class p.A, and what of core it uses: core itself is woven by this plugin. */
    private void compile(String line) throws IOException {
        source("dev/pirn/CoroutineFn", "package dev.pirn; public @interface CoroutineFn { }");
        source("dev/pirn/WovenFrame", "package dev.pirn; public class WovenFrame { }");
        source("dev/pirn/Coroutine", "package dev.pirn; public class Coroutine {",
                "@CoroutineFn public static void yield() { } public static void yield$co(Coroutine c) { } }");
        source("p/A", "package p; class A {", line, "}");
        var compiler = ToolProvider.getSystemJavaCompiler();
        var problems = new StringWriter();
        try (var files = compiler.getStandardFileManager(null, null, null);
                Stream<Path> all = Files.walk(root.resolve("src"))) {
            var sources = files.getJavaFileObjectsFromPaths(all.filter(Files::isRegularFile).toList());
            var options = List.of("-proc:none", "-d", root.resolve("classes").toString());
            if (!compiler.getTask(problems, files, null, options, null, sources).call()) {
                throw new AssertionError(problems);
            }
        }
    }

    private void source(String name, String... lines) throws IOException {
        Path file = root.resolve("src").resolve(name + ".java");
        Files.createDirectories(file.getParent());
        Files.writeString(file, String.join("\n", lines));
    }
}
