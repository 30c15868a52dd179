package dev.pirn.lab;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * A {@code pirn serve} in a process of its own, from the line that says where it listens to its end. Closing
 * it asks it to end as SIGTERM does, and fails unless it then ends with 0, having said nothing on stderr.
 */
final class Server implements AutoCloseable {
    private static final String LISTENING = "listening on ";
    /** Loops that it has if nobody says how many, where there are processors enough. */
    private static final int LOOPS_MAX = 4;
    private static final long START_SECONDS_MAX = 30;
    private static final long END_SECONDS_MAX = 20;

    private final Process process;
    private final BufferedReader out;
    private final Path err;
    private final String uri;
    /** What its lines on stderr may contain; null if it must say nothing. */
    private String forgiven;

    private Server(Process process, Path err) throws Exception {
        this.process = process;
        this.out = process.inputReader(StandardCharsets.UTF_8);
        this.err = err;
        String line = nextLine();
        assertTrue(line != null && line.startsWith(LISTENING),
                () -> "first line: " + line + "\n" + read(err));
        this.uri = line.substring(LISTENING.length());
    }

    /** Starts {@code pirn serve} with {@code arguments}; returns when clients may connect. */
    static Server start(String... arguments) throws Exception {
        return start(Tool.command(serve(arguments)));
    }

    /** The same, of one with little memory. */
    static Server startSmall(String... arguments) throws Exception {
        return start(Tool.small(serve(arguments)));
    }

    private static String[] serve(String... arguments) {
        var all = new ArrayList<>(List.of("serve"));
        all.addAll(List.of(arguments));
        return all.toArray(String[]::new);
    }

    private static Server start(List<String> command) throws Exception {
        Path err = Files.createTempFile("pirn-lab", ".err");
        Process process = new ProcessBuilder(command).redirectError(err.toFile()).start();
        try {
            return new Server(process, err);
        } catch (Exception | Error e) {
            process.destroyForcibly();
            throw e;
        }
    }

    String uri() {
        return uri;
    }

    /** The next line of its stdout; null at its end. */
    String nextLine() throws Exception {
        return CompletableFuture.supplyAsync(() -> {
            try {
                return out.readLine();
            } catch (IOException e) {
                return null;
            }
        }, task -> Thread.ofVirtual().start(task)).get(START_SECONDS_MAX, TimeUnit.SECONDS);
    }

    long pid() {
        return process.pid();
    }

    /** How many files it has open, sockets included. */
    int openFiles() throws IOException {
        try (var descriptors = Files.list(proc("fd"))) {
            return (int) descriptors.count();
        }
    }

    /**
     * Writes and flushes 1 MiB of fives by each of its loops, and is left: what a loop has of its own, as a
     * ring of io_uring, it has then.
     */
    void useEveryLoop() throws Exception {
        var clients = new ArrayList<Run>();
        for (int i = 0; i < LOOPS_MAX; i++) clients.add(Clients.start("qemu-io", "-f", "raw", uri));
        Wait.until("they are connected", () -> clients() == LOOPS_MAX);
        for (Run each : clients) each.input("write -P 5 0 1M\nflush\n").succeed();
        Wait.until("they have left", () -> clients() == 0);
    }

    /** How many clients are connected to it. */
    int clients() throws IOException {
        return Connections.count(Path.of("/proc", Long.toString(process.pid())), uri);
    }

    /** Bytes that it has read from and written to files, in system calls. */
    long fileBytes() throws IOException {
        long bytes = 0;
        for (String line : Files.readAllLines(proc("io"))) {
            boolean counts = line.startsWith("rchar:") || line.startsWith("wchar:");
            if (counts) bytes += Long.parseLong(line.substring(7));
        }
        return bytes;
    }

    private Path proc(String file) {
        return Path.of("/proc", Long.toString(process.pid()), file);
    }

    /** Has it say on stderr, at least once, lines that contain {@code text}, and no others. */
    void forgive(String text) {
        forgiven = text;
    }

    /** Sends SIGTERM, without waiting. */
    void terminate() {
        process.destroy();
    }

    /** Ends it as {@code kill -9} does, and waits for that; instead of {@link #close}. */
    void kill() throws IOException {
        process.destroyForcibly();
        awaitEnd();
        Files.deleteIfExists(err);
    }

    /** Waits for its end; returns the exit code. */
    int awaitEnd() {
        try {
            return process.onExit().get(END_SECONDS_MAX, TimeUnit.SECONDS).exitValue();
        } catch (InterruptedException | ExecutionException | TimeoutException e) {
            throw new AssertionError("the server did not end in time\n" + read(err), e);
        }
    }

    @Override
    public void close() throws IOException {
        try {
            terminate();
            int code = awaitEnd();
            checkErr(read(err));
            assertEquals(0, code, "exit code of the server");
        } finally {
            process.destroyForcibly();
            Files.deleteIfExists(err);
        }
    }

    private void checkErr(String said) {
        if (forgiven == null) {
            assertEquals("", said, "stderr of the server");
        } else {
            assertTrue(said.contains(forgiven), said);
            said.lines().forEach(each -> assertTrue(each.contains(forgiven), said));
        }
    }

    /** What it has said there so far. */
    String stderr() {
        return read(err);
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            return e.toString();
        }
    }
}
