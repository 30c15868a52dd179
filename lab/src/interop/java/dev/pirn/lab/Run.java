package dev.pirn.lab;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * A process with what it prints. Killed when it is closed, and when it takes longer than a limit.
 *
 * <pre>
 *   start ──▶ process ──▶ out, err collected by two threads ──▶ finish: exit code, all of both
 * </pre>
 */
final class Run implements AutoCloseable {
    static final Duration TIME_MAX = Duration.ofSeconds(50);

    private final List<String> command;
    private final Process process;
    private final CompletableFuture<String> out;
    private final CompletableFuture<String> err;

    private Run(List<String> command, Process process) {
        this.command = command;
        this.process = process;
        this.out = text(process.getInputStream());
        this.err = text(process.getErrorStream());
    }

    /**
     * What came of it.
     *
     * @param code the exit code
     */
    record Outcome(int code, String out, String err) { }

    static Run start(List<String> command) {
        try {
            return new Run(command, new ProcessBuilder(command).start());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static CompletableFuture<String> text(InputStream stream) {
        return CompletableFuture.supplyAsync(() -> {
            try (stream) {
                return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
            } catch (IOException e) {
                return "(" + e.getMessage() + ")"; // Killed.
            }
        }, task -> Thread.ofVirtual().start(task));
    }

    /** Writes {@code text} to its stdin, and ends that. */
    Run input(String text) throws IOException {
        try (var stdin = process.getOutputStream()) {
            stdin.write(text.getBytes(StandardCharsets.UTF_8));
        }
        return this;
    }

    Outcome finish() throws InterruptedException {
        return finish(TIME_MAX);
    }

    Outcome finish(Duration timeMax) throws InterruptedException {
        try {
            if (!process.waitFor(timeMax)) {
                process.destroyForcibly();
                throw new AssertionError(command + " did not end within " + timeMax.toSeconds() + " s: "
                        + soon(out) + soon(err));
            }
            return new Outcome(process.exitValue(), soon(out), soon(err));
        } catch (ExecutionException | TimeoutException e) {
            throw new AssertionError(command + ": its output did not end", e);
        }
    }

    /** What is complete when the process has ended, unless a child of it lives on. */
    private static String soon(CompletableFuture<String> text)
            throws ExecutionException, TimeoutException, InterruptedException {
        return text.get(5, TimeUnit.SECONDS);
    }

    /** Waits for its end; returns its stdout. Fails with all that it said unless it ended well. */
    String succeed() throws InterruptedException {
        Outcome outcome = finish();
        assertEquals(0, outcome.code(),
                () -> "exit code of " + command + "\n" + outcome.out() + outcome.err());
        return outcome.out();
    }

    /** Ends it as {@code kill -9} does. */
    void kill() {
        process.destroyForcibly();
    }

    boolean isAlive() {
        return process.isAlive();
    }

    @Override
    public void close() {
        kill();
    }
}
