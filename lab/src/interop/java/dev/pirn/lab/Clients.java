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

    /** Runs libnbd's shell; returns its stdout. */
    static String nbdsh(String... arguments) throws InterruptedException {
        // Its module is the system's Python's, which need not be the first that is found.
        String path = "PATH=/usr/bin" + File.pathSeparator + System.getenv("PATH");
        try (var run = startWith(path, "nbdsh", arguments)) {
            return run.succeed();
        }
    }

    /** Starts it for a user who lives in {@code home}. */
    static Run startAtHome(Path home, String program, String... arguments) {
        return startWith("HOME=" + home, program, arguments);
    }

    private static Run startWith(String variable, String program, String... arguments) {
        require(program);
        var command = new ArrayList<>(List.of("env", variable, program));
        command.addAll(List.of(arguments));
        return Run.start(command);
    }

    private static void require(String program) {
        boolean found = Stream.of(System.getenv("PATH").split(File.pathSeparator))
                .anyMatch(folder -> Files.isExecutable(Path.of(folder, program)));
        if (!found) skip(program + " is not installed");
    }

    /** Skips the test, or fails it in CI. */
    static void skip(String reason) {
        if ("true".equals(System.getenv("CI"))) Assertions.fail(reason + ", and CI must run all");
        System.out.println("skipped: " + reason);
        Assumptions.abort(reason);
    }
}
