package dev.pirn.lab;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Clients that are killed, and a server that is told to end while it works. */
class HardshipTest {
    @TempDir
    private Path dir;

    /** Their requests in flight are finished for nobody, and nothing of them stays. */
    @ParameterizedTest
    @MethodSource("dev.pirn.lab.Row#plain")
    void twentyClientsKilledInMidTransfer(Row row) throws Exception {
        Path image = Image.makeEmpty(dir.resolve("disk.img"), 1L << 40); // Long enough that none finishes.
        try (var server = row.serve(dir, image)) {
            server.useEveryLoop();
            int before = server.openFiles();
            var clients = new ArrayList<Run>();
            for (int i = 0; i < 10; i++) {
                clients.add(Clients.start("nbdcopy", "--connections=1", server.uri(), "null:"));
                clients.add(Clients.start("fio", "--name=write", "--thread", "--ioengine=nbd",
                        "--uri=" + server.uri(), "--rw=write", "--bs=256k", "--iodepth=16",
                        "--offset=" + (i + 1) + "g", "--size=1g", "--time_based", "--runtime=60"));
            }
            try {
                Wait.until("twenty clients are connected", () -> server.clients() == 20);
                long start = server.fileBytes();
                Wait.until("they transfer", () -> server.fileBytes() > start + (64L << 20));
                assertTrue(clients.stream().allMatch(Run::isAlive), "a client ended by itself");
            } finally {
                clients.forEach(Run::kill);
            }
            Wait.until("open files are back at their number", () -> server.openFiles() == before);
            Clients.qemuIo(server.uri(), "read -P 5 0 1M");
        }
    }

    /** Every write that was acknowledged is in the file when the server has ended, with 0. */
    @ParameterizedTest
    @MethodSource("dev.pirn.lab.Row#plain")
    void terminatedDuringWrites(Row row) throws Exception {
        Path image = Image.makeEmpty(dir.resolve("disk.img"), 1 << 30);
        var script = new StringBuilder();
        for (int i = 0; i < 16384; i++) {
            script.append("write -P %d %d 64k\n".formatted(i % 255 + 1, i * 65536L));
        }
        try (var server = row.serve(dir, image)) {
            Clients.qemuIo(server.uri(), "write -P 5 0 64k", "flush");
            long start = server.fileBytes();
            try (var writer = Clients.start("qemu-io", "-f", "raw", server.uri())) {
                var writing = Thread.ofVirtual().start(() -> feed(writer, script.toString()));
                Wait.until("it writes", () -> server.fileBytes() > start + (8L << 20));
                server.terminate();
                assertEquals(0, server.awaitEnd());
                assertAcknowledgedAreInTheFile(writer.finish().out(), image);
                writing.join();
            }
        }
    }

    private static void feed(Run writer, String script) {
        try {
            writer.input(script);
        } catch (IOException e) {
            // It ended early, for the server did: what it printed tells how far it came.
            return;
        }
    }

    private static void assertAcknowledgedAreInTheFile(String said, Path image) throws Exception {
        var offsets = Pattern.compile("wrote 65536/65536 bytes at offset (\\d+)").matcher(said).results()
                .map((MatchResult each) -> Long.parseLong(each.group(1))).toList();
        assertTrue(offsets.size() > 1, said);
        byte[] block = new byte[65536];
        try (var file = new RandomAccessFile(image.toFile(), "r")) {
            for (long offset : offsets) {
                file.seek(offset);
                file.readFully(block);
                byte pattern = (byte) (offset / 65536 % 255 + 1);
                for (byte each : block) assertEquals(pattern, each, "acknowledged write at " + offset);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("dev.pirn.lab.Row#plain")
    void flushedBeforeTheEnd(Row row) throws Exception {
        Path image = Image.makeEmpty(dir.resolve("disk.img"), 1 << 20);
        try (var server = row.serve(dir, image)) {
            Clients.qemuIo(server.uri(), "write -P 0xa5 64k 64k", "flush");
        }
        byte[] bytes = Files.readAllBytes(image);
        for (int i = 65536; i < 131072; i++) assertEquals((byte) 0xa5, bytes[i]);
    }
}
