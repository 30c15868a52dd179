package dev.pirn.weavertest;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Scenarios and some random programs do the same in JVMs of other kinds: interpreted, compiled at once, with
 * each garbage collector in a small heap that it verifies before and after each of many collections.
 */
@Timeout(value = 10, unit = TimeUnit.MINUTES)
class ChildJvmTest {
    private static final boolean LONG = Boolean.getBoolean("pirn.long");
    private static final int PROGRAMS = LONG ? 2_000 : 60;
    private static final String FLAGS = "--add-opens=java.base/jdk.internal.vm=ALL-UNNAMED "
            + "--add-exports=java.base/jdk.internal.access=ALL-UNNAMED ";
    private static final String VERIFY = "-Dpirn.collect=true -XX:+UnlockDiagnosticVMOptions "
            + "-XX:+VerifyBeforeGC -XX:+VerifyAfterGC ";

    @TempDir
    private static Path folder;

    @BeforeAll
    static void make() throws IOException {
        Scenarios.Classes scenarios = Scenarios.make();
        ChildMain.write(folder.resolve("plain"), scenarios.plain());
        ChildMain.write(folder.resolve("woven"), scenarios.woven());
        var random = new RandomBatch(LongStream.rangeClosed(1, PROGRAMS).boxed().toList(), true);
        ChildMain.write(folder.resolve("random-plain"), random.classes(false));
        ChildMain.write(folder.resolve("random-woven"), random.classes(true));
    }

    private static Stream<String> kinds() {
        var kinds = new ArrayList<>(List.of(
                "", // No flag at all: threads, and pure.
                FLAGS + "-Xint",
                // Compiled before it runs first; the whole JDK would take minutes.
                FLAGS + "-Xcomp -XX:CompileCommand=quiet -XX:CompileCommand=compileonly,scenario.*::* "
                        + "-XX:CompileCommand=compileonly,t.*::* "
                        + "-XX:CompileCommand=compileonly,dev.pirn.*::*",
                FLAGS + VERIFY + "-XX:+UseSerialGC -Xmn2m -Xmx48m",
                FLAGS + VERIFY + "-XX:+UseG1GC -XX:G1HeapRegionSize=16m"));
        if (LONG) {
            kinds.addAll(List.of(
                    FLAGS + "-Xcomp",
                    FLAGS + "-Xcomp -XX:TieredStopAtLevel=1",
                    FLAGS + "-XX:-TieredCompilation",
                    FLAGS + VERIFY + "-XX:+UseParallelGC -Xmx64m",
                    FLAGS + VERIFY + "-XX:+UseZGC -Xmx96m",
                    FLAGS + VERIFY + "-XX:+UseShenandoahGC -Xmx64m",
                    FLAGS + VERIFY + "-XX:+UseSerialGC -Xint -Xmx48m",
                    FLAGS + VERIFY + "-XX:+UseG1GC -XX:G1HeapRegionSize=16m -XX:TieredStopAtLevel=1"));
        }
        return kinds.stream();
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void everythingInJvmsOfOtherKinds(String flags) throws Exception {
        check(flags);
    }

    private static void check(String flags) throws Exception {
        var command = new ArrayList<String>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        for (String each : flags.split(" ")) if (!each.isEmpty()) command.add(each);
        command.addAll(List.of("-Xss8m", "-cp", System.getProperty("java.class.path"),
                "dev.pirn.weavertest.ChildMain", folder.toString(), Integer.toString(PROGRAMS)));
        Java.Run run = Java.run(command);
        assertTrue(run.out().contains("0 failed of "), run.out());
    }
}
