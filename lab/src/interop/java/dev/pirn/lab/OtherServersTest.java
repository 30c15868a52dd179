package dev.pirn.lab;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Servers that we did not write, through our client: {@code serve} serves their export onwards, and clients
 * that we did not write read and write it through both.
 *
 * <pre>
 *   qemu-io, nbdcopy ──▶ pirn serve ──▶ qemu-nbd, nbdkit ──▶ image
 * </pre>
 */
class OtherServersTest {
    private static final int SIZE = 24 << 20;

    @TempDir
    private Path dir;

    private Path socket() {
        return dir.resolve("other.sock");
    }

    private String other() {
        return "nbd+unix:///?socket=" + socket();
    }

    private Run qemuNbd(Path image, String... more) throws Exception {
        var arguments = new ArrayList<>(List.of("-k", socket().toString(), "-t", "-e", "4", "-f", "raw"));
        arguments.addAll(List.of(more));
        arguments.add(image.toString());
        return Clients.startServer(socket(), "qemu-nbd", arguments.toArray(String[]::new));
    }

    private Run nbdkit(String... arguments) throws Exception {
        var all = new ArrayList<>(List.of("-f", "-U", socket().toString()));
        all.addAll(List.of(arguments));
        return Clients.startServer(socket(), "nbdkit", all.toArray(String[]::new));
    }

    private Server serve(String... more) throws Exception {
        var arguments = new ArrayList<>(List.of(other(), "--socket", dir.resolve("ours.sock").toString()));
        arguments.addAll(List.of(more));
        return Server.start(arguments.toArray(String[]::new));
    }

    /** Reads and writes all there is to be read and written, aligned and not, and compares. */
    private void exercise(Path image, String... more) throws Exception {
        Path source = Image.make(dir.resolve("source.img"), SIZE);
        Path copy = dir.resolve("copy");
        try (var server = serve(more)) {
            Clients.run("nbdcopy", "--flush", source.toString(), server.uri());
            Clients.qemuIo(server.uri(), "write -P 7 1000 100000", "write -f -P 8 5M 64k", "write -z 8M 1M",
                    "write -z -u 10000001 3", "discard 10M 64k", "flush", "read -P 7 1000 100000",
                    "read -P 8 5M 64k", "read -P 0 8M 1M", "read -P 0 10000001 3");
            Clients.run("nbdcopy", server.uri(), copy.toString());
        }
        if (image != null) Image.assertSame(image, copy);
        assertNotEquals(-1, Files.mismatch(source, copy));
    }

    @Test
    void qemuNbdIsServedOnwards() throws Exception {
        Path image = Image.makeEmpty(dir.resolve("disk.img"), SIZE);
        try (var _ = qemuNbd(image)) {
            exercise(image);
        }
    }

    @Test
    void qemuNbdIsServedOnwardsByTwoLoops() throws Exception {
        Path image = Image.makeEmpty(dir.resolve("disk.img"), SIZE);
        try (var _ = qemuNbd(image)) {
            exercise(image, "--loops", "2", "--discard", "unmap");
        }
    }

    @Test
    void nbdkitIsServedOnwards() throws Exception {
        try (var _ = nbdkit("memory", Integer.toString(SIZE))) {
            exercise(null);
        }
    }

    @Test
    void nbdkitWithoutStructuredReplies() throws Exception {
        try (var _ = nbdkit("--no-sr", "memory", Integer.toString(SIZE))) {
            exercise(null);
        }
    }

    @Test
    void nbdkitOfBeforeFixedNewstyle() throws Exception {
        try (var _ = nbdkit("--mask-handshake=0", "memory", Integer.toString(SIZE))) {
            exercise(null);
        }
    }

    @Test
    void serverWithBlocksOf4096AndShortRequests() throws Exception {
        try (var _ = nbdkit("--filter=blocksize-policy", "memory", Integer.toString(SIZE),
                "blocksize-error-policy=error", "blocksize-minimum=4096", "blocksize-preferred=4096",
                "blocksize-maximum=64k")) {
            exercise(null);
        }
    }

    @Test
    void serverThatAnswersLateAndInAnyOrder() throws Exception {
        try (var _ = nbdkit("--filter=delay", "memory", Integer.toString(SIZE), "rdelay=2ms", "wdelay=1ms")) {
            exercise(null);
        }
    }

    @Test
    void errorsOfTheOtherServerReachTheClient() throws Exception {
        try (var _ = nbdkit("--filter=error", "memory", "1M", "error-pread=ENOSPC", "error-pread-rate=100%");
                var server = Server.start(other(), "--socket", dir.resolve("ours.sock").toString());
                var reader = Clients.start("qemu-io", "-f", "raw", "-c", "read 4096 512", server.uri())) {
            assertTrue(reader.finish().out().contains("read failed: No space left on device"));
            server.forgive("NBD_CMD_READ");
        }
    }

    @Test
    void partitionOfADisk() throws Exception {
        Path image = Image.makeEmpty(dir.resolve("disk.img"), 8 << 20);
        try (var _ = nbdkit("partitioning", image.toString())) {
            try (var server = serve("--read-only")) {
                String info = Clients.run("nbdinfo", "--size", server.uri());
                assertTrue(Long.parseLong(info.strip()) > 8 << 20, info);
            }
        }
    }

    @Test
    void serverThatWasKilledAndIsStartedAgain() throws Exception {
        Path image = Image.make(dir.resolve("disk.img"), SIZE);
        try (var first = qemuNbd(image); var server = serve("--read-only")) {
            Clients.run("nbdinfo", server.uri());
            first.kill();
            Wait.until("it is gone", () -> !first.isAlive());
            try (var copying = Clients.start("nbdcopy", server.uri(), dir.resolve("copy").toString());
                    var _ = qemuNbd(image)) {
                copying.succeed();
            }
            server.forgive("the connection was lost");
        }
        Image.assertSame(image, dir.resolve("copy"));
    }

    @Test
    void readOnlyExportNeedsTheOption() throws Exception {
        Path image = Image.make(dir.resolve("disk.img"), SIZE);
        try (var _ = qemuNbd(image, "--read-only");
                var run = Run.start(Tool.command("serve", other(), "--port", "0"))) {
            Run.Outcome outcome = run.finish();
            assertEquals(1, outcome.code());
            assertEquals("pirn: serve: cannot be written: " + other() + ": the export is read-only\n"
                    + "hint: --read-only serves it as it is\n", outcome.err());
        }
    }

    @Test
    void unknownExport() throws Exception {
        Path image = Image.make(dir.resolve("disk.img"), SIZE);
        try (var _ = qemuNbd(image, "-x", "disk");
                var run = Run.start(Tool.command("serve", other(), "--port", "0"))) {
            Run.Outcome outcome = run.finish();
            assertEquals(1, outcome.code());
            assertEquals("pirn: serve: cannot be opened: " + other() + ": the server refused: it has no "
                    + "export \"\" (it says: \"export '' not present\")\n", outcome.err());
        }
    }
}
