package dev.pirn.lab;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Assumptions;

/**
 * Programs that others wrote. A test whose program is missing is skipped with a printed reason; in CI it
 * fails.
 */
final class Clients {
    private Clients() { }

    /** Starts it. */
    static Run start(String program, String... arguments) {
        require(program);
        var command = new ArrayList<String>();
        command.add(program);
        command.addAll(List.of(arguments));
        return Run.start(command);
    }

    /** Runs it to its end; returns its stdout. Fails unless it succeeds. */
    static String run(String program, String... arguments) throws InterruptedException {
        try (var run = start(program, arguments)) {
            return run.succeed();
        }
    }

    /** Runs qemu-io's commands; returns what it prints. Its reads with {@code -P} compare. */
    static String qemuIo(String uri, String... commands) throws InterruptedException {
        var arguments = new ArrayList<>(List.of("-f", "raw"));
        for (String each : commands) arguments.addAll(List.of("-c", each));
        arguments.add(uri);
        return run("qemu-io", arguments.toArray(String[]::new));
    }

    private static void require(String program) {
        boolean found = Stream.of(System.getenv("PATH").split(File.pathSeparator))
                .anyMatch(folder -> Files.isExecutable(Path.of(folder, program)));
        if (found) return;
        String reason = program + " is not installed";
        if ("true".equals(System.getenv("CI"))) Assertions.fail(reason + ", and CI must run all");
        System.out.println("skipped: " + reason);
        Assumptions.abort(reason);
    }
}
