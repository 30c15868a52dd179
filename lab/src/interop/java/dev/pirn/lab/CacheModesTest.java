package dev.pirn.lab;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** {@code img}'s {@code -t} and {@code -T}; {@code serve}'s {@code --engine} and {@code --cache} of qcow2. */
class CacheModesTest {
    private static final int SIZE = 4 << 20;

    @TempDir
    private Path dir;

    /** Bytes of it that are in the page cache, as the system's fincore says. */
    private static long cached(Path file) throws Exception {
        return Long.parseLong(Clients.run("fincore", "-b", "-n", "-o", "RES", file.toString()).strip());
    }

    private static void drop(Path file) throws Exception {
        Clients.run("dd", "if=" + file, "iflag=nocache", "count=0", "status=none");
        assertEquals(0, cached(file), "it is written to the disk, and so can be dropped");
    }

    @ParameterizedTest
    @CsvSource({"none, qcow2", "directsync, raw", "unsafe, qcow2"})
    void whatIsConverted(String mode, String format) throws Exception {
        Path raw = Images.sparse(dir.resolve("raw"), SIZE, 20, 1);
        Path target = dir.resolve("target");
        boolean direct = mode.equals("none") || mode.equals("directsync");
        Clients.run("sync", raw.toString());
        drop(raw);
        Pirn.succeed("convert", "-m", "2", "-T", mode, "-t", mode, "-f", "raw", "-O", format, raw.toString(),
                target.toString());
        // Its header and first tables are written when it is made, before it is opened so.
        long few = 400 << 10;
        assertEquals(direct, cached(raw) < few, "read: " + cached(raw));
        assertEquals(direct, cached(target) < few, "written: " + cached(target));
        Clients.run("qemu-img", "compare", "-f", "raw", "-F", format, raw.toString(), target.toString());
        if (format.equals("qcow2")) Clients.run("qemu-img", "check", target.toString());
    }

    /** nbdkit's log says which writes are to be on stable storage when they are answered. */
    @ParameterizedTest
    @CsvSource({"writethrough, 1", "writeback, 0"})
    void writesToAnExport(String mode, int fua) throws Exception {
        Path log = dir.resolve("log");
        Path socket = dir.resolve("other.sock");
        try (var _ = Clients.startServer(socket, "nbdkit", "-f", "-U", socket.toString(), "--filter=log",
                "memory", "1M", "logfile=" + log)) {
            Pirn.succeed("bench", "-q", "-w", "-c", "4", "-d", "1", "-t", mode, "-f", "raw",
                    "nbd+unix:///?socket=" + socket);
        }
        List<String> writes = Files.readAllLines(log).stream().filter(each -> each.contains(" Write id=")
                && each.contains("offset=")).toList();
        assertEquals(4, writes.size(), writes::toString);
        assertTrue(writes.stream().allMatch(each -> each.contains("fua=" + fua)), writes::toString);
    }

    @ParameterizedTest
    @EnumSource
    void servedPastThePageCache(Engine engine) throws Exception {
        Path image = dir.resolve("image");
        Path raw = Images.sparse(dir.resolve("raw"), SIZE, 50, 2);
        Images.qcow2(image, "4M");
        try (var server = Server.start("-f", "qcow2", image.toString(), "--engine", engine.name(), "--cache",
                "none", "--discard", "unmap", "--socket", dir.resolve("sock").toString())) {
            Clients.run("nbdcopy", "--flush", raw.toString(), server.uri());
            Clients.qemuIo(server.uri(), "write -P 7 1000 100000", "discard 1M 256k", "write -P 8 1025k 3k",
                    "flush", "read -P 7 1000 100000", "read -P 8 1025k 3k");
            long all = Files.size(image);
            assertTrue(cached(image) < all / 4, () -> "cached of " + all);
        }
        Clients.run("qemu-img", "check", image.toString());
        Clients.run("qemu-io", "-f", "qcow2", "-r", "-c", "read -P 7 1000 100000", "-c",
                "read -P 8 1025k 3k", image.toString());
    }
}
