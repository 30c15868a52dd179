package dev.pirn.lab;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Each client that we did not write, on its own and four at a time, over TCP and over a unix socket. */
class ClientsTest {
    private static final int SIZE = 24 << 20;

    @TempDir
    private Path dir;

    @ParameterizedTest
    @EnumSource
    void nbdinfoTellsSizeAndFlags(Transport transport) throws Exception {
        try (var server = transport.serve(image(), "--name", "disk one", "--description", "the first")) {
            String info = Clients.run("nbdinfo", server.uri());
            assertLine("export-size: 25165824 (24M)", info);
            assertLine("export=\"disk one\":", info);
            assertLine("description: the first", info);
            assertLine("is_read_only: false", info);
            assertLine("can_flush: true", info);
            assertLine("can_multi_conn: true", info);
            assertLine("can_trim: true", info);
        }
    }

    @ParameterizedTest
    @EnumSource
    void nbdinfoListsTheExport(Transport transport) throws Exception {
        try (var server = transport.serve(image(), "--name", "disk")) {
            assertLine("export=\"disk\":", Clients.run("nbdinfo", "--list", server.uri()));
        }
    }

    @ParameterizedTest
    @EnumSource
    void nbdcopyReadsAll(Transport transport) throws Exception {
        Path image = image();
        Path copy = dir.resolve("copy");
        try (var server = transport.serve(image)) {
            Clients.run("nbdcopy", server.uri(), copy.toString());
        }
        Image.assertSame(image, copy);
    }

    @ParameterizedTest
    @EnumSource
    void nbdcopyWritesAll(Transport transport) throws Exception {
        Path source = image();
        Path image = Image.makeEmpty(dir.resolve("target.img"), SIZE);
        try (var server = transport.serve(image)) {
            Clients.run("nbdcopy", "--flush", source.toString(), server.uri());
        }
        Image.assertSame(source, image);
    }

    @ParameterizedTest
    @EnumSource
    void qemuImgTellsTheSize(Transport transport) throws Exception {
        try (var server = transport.serve(image())) {
            String info = Clients.run("qemu-img", "info", "--output=json", server.uri());
            assertLine("\"virtual-size\": 25165824,", info);
        }
    }

    @ParameterizedTest
    @EnumSource
    void qemuImgConvertsFromIt(Transport transport) throws Exception {
        Path image = image();
        Path copy = dir.resolve("copy");
        try (var server = transport.serve(image)) {
            Clients.run("qemu-img", "convert", "-f", "raw", "-O", "raw", server.uri(), copy.toString());
        }
        Image.assertSame(image, copy);
    }

    @ParameterizedTest
    @EnumSource
    void qemuImgConvertsToIt(Transport transport) throws Exception {
        Path source = image();
        // Not empty: its bytes where source has a hole must go.
        Path image = Image.make(dir.resolve("target.img"), SIZE);
        Files.write(image, new byte[] {1}, StandardOpenOption.WRITE);
        try (var server = transport.serve(image, "--discard", "unmap")) {
            String from = source.toString();
            String to = server.uri();
            Clients.run("qemu-img", "convert", "-n", "-f", "raw", "-O", "raw", from, to);
            String compared = Clients.run("qemu-img", "compare", "-f", "raw", "-F", "raw", from, to);
            assertLine("Images are identical.", compared);
        }
        Image.assertSame(source, image);
    }

    @ParameterizedTest
    @EnumSource
    void qemuIoOverlapsReadsAndWrites(Transport transport) throws Exception {
        Path image = Image.makeEmpty(dir.resolve("disk.img"), SIZE);
        try (var server = transport.serve(image, "--discard", "unmap")) {
            var script = new ArrayList<String>();
            for (int i = 0; i < 32; i++) script.add("aio_write -q -P %d %dk 64k".formatted(i + 1, i * 64));
            script.add("aio_flush");
            for (int i = 0; i < 32; i++) script.add("aio_read -P %d %dk 64k".formatted(i + 1, i * 64));
            script.add("aio_flush");
            script.addAll(List.of(
                    "discard 64k 64k", "write -z 128k 64k", "write -z -u 192k 64k", "write -f -P 9 256k 1k",
                    "flush", "read -P 1 0 64k", "read -P 0 128k 64k", "read -P 0 192k 64k",
                    "read -P 9 256k 1k", "read -P 5 257k 63k",
                    "write -P 7 1 3", "read -P 7 1 3", "read -P 1 4 1000"));
            String said = Clients.qemuIo(server.uri(), script.toArray(String[]::new));
            // It exits with 0 although an asynchronous read brought other bytes than -P says.
            assertFalse(said.contains("failed"), said);
        }
    }

    @ParameterizedTest
    @EnumSource
    void fioVerifiesWhatItWroteAtDepth32(Transport transport) throws Exception {
        Path image = Image.makeEmpty(dir.resolve("disk.img"), SIZE);
        try (var server = transport.serve(image)) {
            Clients.run("fio", fio(server.uri(), "0", "16m"));
        }
    }

    @ParameterizedTest
    @EnumSource
    void fourClientsAtOnce(Transport transport) throws Exception {
        Path image = Image.make(dir.resolve("disk.img"), SIZE);
        Path before = Files.copy(image, dir.resolve("before.img"));
        Path copy = dir.resolve("copy");
        try (var server = transport.serve(image)) {
            // The upper 8 MiB are fio's; what others read there may be anything.
            try (var fio = Clients.start("fio", fio(server.uri(), "16m", "8m"));
                    var nbdcopy = Clients.start("nbdcopy", server.uri(), copy.toString());
                    var qemuImg = Clients.start("qemu-img", "convert", "-f", "raw", "-O", "raw", server.uri(),
                            dir.resolve("converted").toString());
                    var qemuIo = Clients.start("qemu-io", "-f", "raw", "-c", "write -P 3 8M 1M",
                            "-c", "flush", "-c", "read -P 3 8M 1M", server.uri())) {
                fio.succeed();
                nbdcopy.succeed();
                qemuImg.succeed();
                qemuIo.succeed();
            }
            Clients.qemuIo(server.uri(), "read -P 3 8M 1M");
        }
        assertSameStart(before, copy, 8 << 20);
        assertSameStart(before, dir.resolve("converted"), 8 << 20);
        assertSameStart(before, image, 8 << 20);
    }

    private static String[] fio(String uri, String offset, String size) {
        return new String[] {"--name=verify", "--ioengine=nbd", "--uri=" + uri, "--rw=randwrite",
            "--bsrange=512-64k", "--offset=" + offset, "--size=" + size, "--iodepth=32", "--verify=crc32c",
            "--verify_fatal=1", "--verify_state_save=0", "--randseed=1"};
    }

    private Path image() throws Exception {
        return Image.make(dir.resolve("disk.img"), SIZE);
    }

    private static void assertSameStart(Path expected, Path actual, int length) throws Exception {
        try (var one = Files.newInputStream(expected); var other = Files.newInputStream(actual)) {
            assertEquals(-1, Arrays.mismatch(one.readNBytes(length), other.readNBytes(length)),
                    "first byte of " + actual + " that is not " + expected + "'s");
        }
    }

    private static void assertLine(String expected, String text) {
        assertTrue(text.lines().map(String::strip).anyMatch(expected::equals),
                () -> "no line " + expected + " in\n" + text);
    }
}
