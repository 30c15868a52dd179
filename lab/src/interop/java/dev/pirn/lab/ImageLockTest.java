package dev.pirn.lab;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An image that one of us and qemu has open is not taken by the other, both ways. */
class ImageLockTest {
    @TempDir
    private Path dir;
    private Path qcow2;
    private Path raw;

    @BeforeEach
    void makeImages() throws Exception {
        qcow2 = Images.qcow2(dir.resolve("disk"), "1M");
        raw = Image.makeEmpty(dir.resolve("disk.raw"), 1 << 20);
    }

    @Test
    void writerOfQemuBesideUs() throws Exception {
        try (var qemu = new QemuIo(qcow2, "-f", "qcow2")) {
            assertRefused("qemu-io (process " + qemu.pid() + ")", "info", qcow2.toString());
            assertRefused("qemu-io (process " + qemu.pid() + ")",
                    "create", "-f", "qcow2", qcow2.toString(), "1M");
            Pirn.succeed("info", "-U", qcow2.toString());
        }
        Pirn.succeed("info", qcow2.toString());
    }

    @Test
    void readerOfQemuBesideUs() throws Exception {
        try (var qemu = new QemuIo(qcow2, "-r", "-f", "qcow2")) {
            Pirn.succeed("info", qcow2.toString());
            assertRefused("qemu-io (process " + qemu.pid() + ") does not allow writing by others",
                    "rebase", "-u", "-b", "", qcow2.toString());
        }
    }

    @Test
    void ourServerBesideQemu() throws Exception {
        try (var server = Server.start("--format", "qcow2", "--socket", dir.resolve("s").toString(),
                qcow2.toString())) {
            assertRefusedToQemu("write", "-f", "qcow2", "-c", "write 0 512", qcow2.toString());
            assertRefusedToQemu("write", "-r", "-f", "qcow2", "-c", "read 0 512", qcow2.toString());
            assertRefused("(process " + server.pid() + ") writes to it", "info", qcow2.toString());
        }
    }

    @Test
    void ourServerOfARawImageBesideQemu() throws Exception {
        try (var server = Server.start("--format", "raw", "--socket", dir.resolve("s").toString(),
                raw.toString())) {
            assertRefusedToQemu("write", "-f", "raw", "-c", "write 0 512", raw.toString());
            Clients.run("qemu-img", "info", "-f", "raw", raw.toString());
            try (var second = Run.start(Tool.command("serve", "--format", "raw", "--port", "0",
                    raw.toString()))) {
                Run.Outcome outcome = second.finish();
                assertEquals(1, outcome.code());
                assertTrue(outcome.err().contains("(process " + server.pid() + ") does not allow writing"),
                        outcome.err());
            }
        }
    }

    private Path withDataFile() throws Exception {
        Path image = dir.resolve("thin");
        Pirn.succeed("create", "-q", "-f", "qcow2", "-o", "data_file=data", image.toString(), "1M");
        return image;
    }

    @Test
    void dataFileUnderQemu() throws Exception {
        Path image = withDataFile();
        String data = dir.resolve("data").toString();
        try (var qemu = new QemuIo(Path.of(data), "-f", "raw")) {
            String holder = "qemu-io (process " + qemu.pid() + ") writes to it";
            assertRefused(holder, "bench", "-w", "-c", "1", "-f", "qcow2", image.toString());
            assertRefused(holder, "create", "-f", "qcow2", "-o", "data_file=data", image.toString(), "1M");
            Pirn.succeed("map", image.toString()); // As QEMU: who reads lets others write.
            try (var server = Run.start(Tool.command("serve", "--format", "qcow2", "--port", "0",
                    image.toString()))) {
                Run.Outcome outcome = server.finish();
                assertEquals("1 true", outcome.code() + " " + outcome.err().contains(holder), outcome.err());
            }
        }
        Path second = Images.qcow2(dir.resolve("second"), "1M", "-o", "data_file=" + data);
        try (var _ = new QemuIo(second, "-f", "qcow2", "-r")) {
            assertRefused("does not allow resizing",
                    "bench", "-w", "-c", "1", "-f", "qcow2", image.toString());
        }
        Pirn.succeed("bench", "-q", "-w", "-c", "1", "-f", "qcow2", image.toString());
    }

    @Test
    void dataFileUnderOurServer() throws Exception {
        Path image = withDataFile();
        String data = dir.resolve("data").toString();
        try (var _ = Server.start("--format", "qcow2", "--socket", dir.resolve("s").toString(),
                image.toString())) {
            assertRefusedToQemu("write", "-f", "raw", "-c", "write 0 512", data);
            Clients.run("qemu-io", "-r", "-f", "raw", "-c", "read 0 512", data);
        }
        try (var _ = Server.start("--read-only", "--format", "qcow2", "--socket",
                dir.resolve("t").toString(), image.toString())) {
            Clients.run("qemu-io", "-f", "raw", "-c", "write 0 512", data);
            Run.Outcome outcome = Pirn.qemuImg("resize", "-f", "raw", data, "2M");
            assertTrue(outcome.err().contains("\"resize\" lock"), outcome.err());
        }
    }

    /** What a served image stands on may be read meanwhile, but not changed. */
    @Test
    void backingFileUnderOurServer() throws Exception {
        Path overlay = Images.qcow2(dir.resolve("over"), null, "-b", "disk", "-F", "qcow2");
        try (var _ = Server.start("--format", "qcow2", "--socket", dir.resolve("s").toString(),
                overlay.toString())) {
            assertRefusedToQemu("write", "-f", "qcow2", "-c", "write 0 512", qcow2.toString());
            Clients.run("qemu-io", "-r", "-f", "qcow2", "-c", "read 0 512", qcow2.toString());
        }
    }

    private static void assertRefused(String who, String... arguments) {
        Run.Outcome outcome = Pirn.img(arguments);
        assertEquals(1, outcome.code(), outcome.err());
        assertTrue(outcome.err().contains(who), outcome.err());
    }

    private static void assertRefusedToQemu(String lock, String... arguments) throws Exception {
        try (var run = Clients.start("qemu-io", arguments)) {
            Run.Outcome outcome = run.finish();
            assertEquals(1, outcome.code(), outcome.out());
            assertTrue(outcome.err().contains("\"" + lock + "\" lock"), outcome.err());
        }
    }

    /** A qemu-io that has an image open until it is closed. */
    private static final class QemuIo implements AutoCloseable {
        private final Process process;

        QemuIo(Path image, String... options) throws Exception {
            var command = new ArrayList<>(List.of("qemu-io"));
            command.addAll(List.of(options));
            command.add(image.toString());
            process = new ProcessBuilder(command).start();
            process.outputWriter().append("length\n").flush();
            while (true) { // Its prompt comes before it has anything open.
                String line = process.inputReader().readLine();
                if (line == null || line.contains("MiB")) return;
            }
        }

        long pid() {
            return process.pid();
        }

        @Override
        public void close() throws IOException {
            process.outputWriter().close();
            process.onExit().join();
        }
    }
}
