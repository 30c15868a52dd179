package dev.pirn;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Runs a program of the tests in a JVM of its own. */
final class Jvm {
    record Run(String out, String err) { }

    private Jvm() { }

    /** The flags for the best backend, in one module or {@code ALL-UNNAMED}. */
    static String[] flags(String module) {
        return new String[] {"--add-opens=java.base/jdk.internal.vm=" + module,
            "--add-exports=java.base/jdk.internal.access=" + module};
    }

    /** Runs {@code program} to its end, which must be a good one. */
    static Run run(boolean modular, Class<?> program, String... options) throws Exception {
        Path classes = Path.of("target", "classes").toAbsolutePath();
        Path tests = Path.of("target", "test-classes").toAbsolutePath();
        var command = new ArrayList<String>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of(options));
        if (modular) {
            command.addAll(List.of("--module-path", classes.toString(), "--patch-module",
                    "dev.pirn.core=" + tests, "--module", "dev.pirn.core/" + program.getName()));
        } else {
            command.addAll(List.of("-cp", classes + System.getProperty("path.separator") + tests,
                    program.getName()));
        }
        Path err = Files.createTempFile("pirn", "err");
        try {
            Process process = new ProcessBuilder(command).redirectError(err.toFile()).start();
            String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertEquals(0, process.waitFor(), () -> out);
            return new Run(out.strip(), Files.readString(err));
        } finally {
            Files.delete(err);
        }
    }
}
