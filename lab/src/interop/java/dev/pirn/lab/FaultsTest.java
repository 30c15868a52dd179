package dev.pirn.lab;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code serve --fault} and {@code --detect-zeroes}, as clients that we did not write see them. */
class FaultsTest {
    private static final int SIZE = 4 << 20;

    @TempDir
    private Path dir;
    private Path image;

    @BeforeEach
    void makeImage() throws Exception {
        image = Image.make(dir.resolve("disk.img"), SIZE);
    }

    /** All of one connection, which lives on; the first is logged. */
    @Test
    void qemuIoNamesEveryErrorAndGoesOn() throws Exception {
        Map<String, String> words = Map.of("EIO", "Input/output error", "ENOSPC", "No space left on device",
                "EPERM", "Operation not permitted", "ENOMEM", "Cannot allocate memory", "EINVAL",
                "Invalid argument");
        List<String> errors = List.of("EIO", "ENOSPC", "EPERM", "ENOMEM", "EINVAL");
        var rules = new ArrayList<String>();
        var commands = new ArrayList<String>();
        var expected = new ArrayList<String>();
        for (int i = 0; i < errors.size(); i++) {
            String error = errors.get(i);
            String at = i * 64 + "k";
            rules.add("error=" + error + ",op=read+write+zero,offset=" + at + "-" + (i + 1) * 64 + "k");
            commands.addAll(List.of("write -P 3 " + at + " 64k", "read " + at + " 64k",
                    "write -z " + at + " 4k", "write -P 4 2M 64k", "flush", "read -P 4 2M 64k"));
            for (String verb : List.of("write", "read", "write")) {
                expected.add(verb + " failed: " + words.get(error));
            }
        }
        try (var server = Transport.UNIX.serve(image, "--fault", String.join(";", rules))) {
            server.forgive(image + ": write of [0, +65536) failed on purpose: EIO, by " + rules.getFirst());
            var run = qemuIo(server, commands.toArray(String[]::new));
            assertEquals(1, run.code(), run.out() + run.err());
            assertEquals(expected, run.out().lines().filter(each -> each.contains("failed")).toList());
            assertEquals(2 * errors.size(), run.out().split(" 65536/65536 ").length - 1, run.out());
            assertTrue(server.stderr().startsWith("pirn: dev.pirn.nbd: NBD client "), server.stderr());
            assertEquals(1, server.stderr().lines().count(), server.stderr());
        }
    }

    private static Run.Outcome qemuIo(Server server, String... commands) throws Exception {
        var arguments = new ArrayList<>(List.of("-f", "raw"));
        for (String each : commands) arguments.addAll(List.of("-c", each));
        arguments.add(server.uri());
        try (var run = Clients.start("qemu-io", arguments.toArray(String[]::new))) {
            return run.finish();
        }
    }

    @Test
    void nbdcopyFailsOfOneReadAndSucceedsTheNextTime() throws Exception {
        Path copy = dir.resolve("copy");
        try (var server = Transport.UNIX.serve(image, "--fault", "error=EIO,op=read,nth=3")) {
            server.forgive("failed on purpose: EIO");
            try (var run = Clients.start("nbdcopy", server.uri(), copy.toString())) {
                Run.Outcome outcome = run.finish();
                assertNotEquals(0, outcome.code());
                assertTrue(outcome.err().contains("Input/output error"), outcome.err());
            }
            Clients.run("nbdcopy", server.uri(), copy.toString());
        }
        Image.assertSame(image, copy);
    }

    @Test
    void flushThatFailsIsToldOnceAndTheServerEndsWell() throws Exception {
        try (var server = Transport.UNIX.serve(image, "--fault", "error=EIO,op=flush,nth=1")) {
            server.forgive("NBD_CMD_FLUSH of [0, +0) failed: ");
            var run = qemuIo(server, "write -P 3 0 64k", "flush", "read -P 3 0 64k");
            assertEquals(1, run.code(), run.out() + run.err());
            assertTrue(run.out().contains("read 65536/65536 bytes at offset 0"), run.out());
        }
    }

    @Test
    void lastFlushThatFailsIsTheServersFailure() throws Exception {
        Path socket = dir.resolve("socket");
        try (var server = Run.start(Tool.command("serve", image.toString(), "--once", "--socket",
                socket.toString(), "--fault", "error=EIO,op=flush"))) {
            Wait.until("it listens", () -> Files.exists(socket));
            Clients.run("qemu-io", "-f", "raw", "-r", "-c", "read 0 512", "nbd+unix:///?socket=" + socket);
            Run.Outcome outcome = server.finish();
            assertEquals(1, outcome.code());
            assertEquals("pirn: serve: the last flush failed: " + image + ": " + image
                    + ": flush failed on purpose: EIO, by error=EIO,op=flush\n", outcome.err());
        }
    }

    @Test
    void theDumpNamesTheRequestThatWaitsAndItsEndEndsTheWait() throws Exception {
        String[] specs = {"--fault", "delay=3600s,op=write,offset=1M-", "--fault", "error=EIO,op=read"};
        try (var server = Transport.UNIX.serve(image, specs)) {
            server.forgive(""); // The dump has many lines.
            String expected = "waits for the end of a delay of 3600000.000 ms on purpose, of " + image
                    + ": write of [1048576, +65536)";
            try (var writer = Clients.start("qemu-io", "-f", "raw", "-c", "write -P 3 1M 64k",
                    server.uri())) {
                Wait.until("the dump names the write", () -> {
                    new ProcessBuilder("kill", "-USR1", Long.toString(server.pid())).start().waitFor();
                    return server.stderr().contains(expected);
                });
                server.terminate();
                writer.finish();
                assertEquals(0, server.awaitEnd());
            }
        }
        byte[] written = new byte[64 << 10];
        try (var in = Files.newInputStream(image)) {
            in.skipNBytes(1 << 20);
            assertEquals(written.length, in.readNBytes(written, 0, written.length));
        }
        for (byte each : written) assertEquals(3, each);
    }

    /** qemu-io's -P 0 sends the zeroes. */
    @ParameterizedTest
    @CsvSource({"on, 0", "unmap, 1048576"})
    void zeroesThatAreDetectedGiveBackStorage(String mode, long expected) throws Exception {
        Path full = dir.resolve("full.img");
        byte[] bytes = new byte[SIZE];
        Arrays.fill(bytes, (byte) 1);
        Files.write(full, bytes);
        try (var server = Transport.UNIX.serve(full, "--detect-zeroes", mode, "--discard", "unmap")) {
            Clients.qemuIo(server.uri(), "flush");
            long before = storage(full);
            Clients.qemuIo(server.uri(), "write -P 0 1M 1M", "write -f -P 5 1M 512", "flush",
                    "read -P 5 1M 512", "read -P 0 1049088 1048064", "read -P 1 0 1M");
            assertEquals(expected == 0 ? 0 : expected - 4096, before - storage(full));
        }
    }

    private static long storage(Path file) throws Exception {
        var stat = new ProcessBuilder("stat", "-c", "%b", file.toString()).start();
        String blocks = new String(stat.getInputStream().readAllBytes()).strip();
        assertEquals(0, stat.waitFor());
        return Long.parseLong(blocks) * 512;
    }
}
