package dev.pirn.weavertest;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import org.jacoco.core.analysis.Analyzer;
import org.jacoco.core.analysis.CoverageBuilder;
import org.jacoco.core.analysis.ICounter;
import org.jacoco.core.tools.ExecFileLoader;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A woven program as it is packed and run elsewhere, without a flag. */
class PackagedTest {
    private static final String MAIN = """
            public class Main {
                public static void main(String[] a) {
                    var c = Coroutine.create(() -> {
                        System.out.print(twice(1));
                        System.out.print(twice(2));
                    });
                    while (c.state() != Coroutine.State.DONE) {
                        c.enter();
                        System.out.print("-");
                    }
                }
                @CoroutineFn static int twice(int i) {
                    Coroutine.yield();
                    return i > 10 ? 0
                            : 2 * i;
                }
                static int never() {
                    return 1;
                }
            }
            """;
    private static final String PRINTED = "-2-4-";

    @TempDir
    Path root;
    private Path jar;
    private Build build;

    @BeforeEach
    void aModuleInAJar() throws Exception {
        build = new Build(root);
        build.compile("Main", MAIN);
        Path module = Files.writeString(root.resolve("module-info.java"),
                "module p { requires dev.pirn.core; }");
        Java.run("javac", "-g", "-d", build.classes, "--module-path", Java.core(), module,
                root.resolve("source/p/Main.java"));
        build.weave();
        jar = root.resolve("p.jar");
        Java.run("jar", "--create", "--file", jar, "-C", build.classes, ".");
    }

    @Test
    void onTheClassPath() throws Exception {
        assertEquals(new Java.Run(PRINTED, ""),
                Java.run("java", "-cp", jar + File.pathSeparator + Java.core(), "p.Main"));
    }

    @Test
    void onTheModulePath() throws Exception {
        assertEquals(new Java.Run(PRINTED, ""), Java.run("java", "--module-path",
                jar + File.pathSeparator + Java.core(), "-m", "p/p.Main"));
    }

    @Test
    void inAnImageOfItsOwn() throws Exception {
        Path image = root.resolve("image");
        Java.run("jlink", "--module-path", jar + File.pathSeparator + Java.core(), "--add-modules", "p",
                "--output", image);
        Java.Run run = Java.run(List.of(image.resolve("bin/java").toString(), "-m", "p/p.Main"));
        assertEquals(new Java.Run(PRINTED, ""), run);
    }

    /**
     * What ran of coroutine functions are their twins. Those are synthetic: not reported, but for those of
     * lambdas, which JaCoCo knows by their names.
     */
    @Test
    void withCoverageOfWovenClasses() throws Exception {
        assertEquals("{all=[5, 9, 10, 11, 13], none=[3, 15, 16, 17, 20], some=[6, 7, 8]}", coverage(jar));
    }

    /** So coverage is measured un-woven, where the same program runs on threads. */
    @Test
    void withCoverageOfPlainClasses() throws Exception {
        Path plain = root.resolve("plain.jar");
        var unwoven = new Build(root.resolve("plain")).compile("Main", MAIN);
        Java.run("jar", "--create", "--file", plain, "-C", unwoven.classes, ".");
        assertEquals("{all=[5, 6, 7, 8, 9, 10, 11, 13, 15, 17], none=[3, 20], some=[16]}", coverage(plain));
    }

    private String coverage(Path program) throws IOException, InterruptedException {
        Path data = root.resolve("jacoco.exec");
        Path agent = Java.place(org.jacoco.agent.rt.RT.class);
        String path = program + File.pathSeparator + Java.core();
        var run = Java.run("java", "-javaagent:" + agent + "=destfile=" + data, "-cp", path, "p.Main");
        assertEquals(PRINTED, run.out());
        var loader = new ExecFileLoader();
        loader.load(data.toFile());
        var report = new CoverageBuilder();
        new Analyzer(loader.getExecutionDataStore(), report).analyzeAll(program.toFile());
        var lines = new TreeMap<String, List<Integer>>();
        for (var each : report.getClasses()) {
            if (!each.containsCode()) continue; // Generated classes are empty to it.
            assertEquals("p/Main", each.getName());
            for (int line = each.getFirstLine(); line <= each.getLastLine(); line++) {
                String status = switch (each.getLine(line).getStatus()) {
                    case ICounter.FULLY_COVERED -> "all";
                    case ICounter.PARTLY_COVERED -> "some";
                    case ICounter.NOT_COVERED -> "none";
                    default -> "no code";
                };
                lines.computeIfAbsent(status, _ -> new ArrayList<>()).add(line);
            }
        }
        lines.remove("no code");
        return lines.toString();
    }
}
