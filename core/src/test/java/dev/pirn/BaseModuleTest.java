package dev.pirn;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Where there is no Flight Recorder and no JMX, nothing is missing. */
class BaseModuleTest {
    /** Goes through each step that anybody may watch, and prints what the dump says of it. */
    static final class Program {
        private Program() { }

        public static void main(String[] arguments) throws Exception {
            var co = Coroutine.create("a", Coroutine::yield);
            co.enter();
            var text = new StringBuilder();
            Coroutines.dump(text);
            co.enter();
            System.out.print(text.toString().replaceAll("suspended .*", "suspended").replaceAll(":\\d+", ""));
            System.out.println(co.state() + " " + ModuleLayer.boot().findModule("jdk.jfr").isPresent());
        }
    }

    @ParameterizedTest @ValueSource(strings = {"java.base", "java.base,jdk.jfr", "java.base,java.management"})
    void worksWith(String modules) throws Exception {
        String main = "target/classes";
        var command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--add-opens=java.base/jdk.internal.vm=dev.pirn.core",
                "--add-exports=java.base/jdk.internal.access=dev.pirn.core",
                "--limit-modules=" + modules + ",dev.pirn.core", "--add-modules=" + modules,
                "-Dpirn.track=true", "--module-path", main,
                "--patch-module", "dev.pirn.core=target/test-classes",
                "--module", "dev.pirn.core/" + Program.class.getName()));
        var process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, process.waitFor(), out);
        assertEquals("""
                Coroutines: 1 live, 0 lost

                "a" #1  suspended
                DONE %s
                """.formatted(modules.contains("jfr")), out);
    }
}
