package dev.pirn.tool;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the world refuses, exit 1, and what the user mistyped, exit 2: each message whole. */
class ServeErrorsTest {
    @TempDir
    private Path dir;
    private Path image;

    @BeforeEach
    void makeImage() throws IOException {
        image = Files.write(dir.resolve("disk.img"), new byte[1000]);
    }

    @Test
    void missingFile() {
        assertFails("pirn: serve: no such file: %s/none.img\n".formatted(dir), dir + "/none.img");
    }

    @Test
    void directory() {
        assertFails("pirn: serve: a directory, not an image: %s\n".formatted(dir), dir.toString());
    }

    @Test
    void characterDevice() {
        assertFails("pirn: serve: neither a file nor a block device: /dev/null\n", "/dev/null");
    }

    @Test
    void qcow2FileWithoutAFormat() throws IOException {
        byte[] header = {'Q', 'F', 'I', (byte) 0xfb, 0, 0, 0, 3};
        Path qcow2 = Files.write(dir.resolve("disk.qcow2"), header);
        assertFails("""
                pirn: serve: looks like qcow2, but nobody said so: %s
                hint: --format qcow2 serves it as that, --format raw serves its bytes as they are
                """.formatted(qcow2), qcow2.toString());
    }

    @ParameterizedTest
    @CsvSource({"raw", "qcow2"})
    void snapshotOfNoQcow2File(String format) {
        var args = new ArrayList<>(List.of("-f", format, "-l", "one"));
        if (format.equals("raw")) args.add(image.toString()); // Else it would be the demo image.
        assertMisuse("pirn: serve: --load-snapshot needs --format qcow2 and a FILE: one\n",
                args.toArray(String[]::new));
    }

    @Test
    void faultThatIsNone() {
        assertMisuse("pirn: serve: --fault at character 14: op is any, read, write, zero, discard, flush, "
                + "extents or prefetch, or several with + between: reed\n",
                "--fault", "error=EIO,op=reed", image.toString());
    }

    /** Each is counted on its own. */
    @Test
    void secondFaultThatIsNone() {
        assertMisuse("pirn: serve: --fault at character 7: error is EIO, ENOSPC, EPERM, ENOMEM, EINVAL or "
                + "ESHUTDOWN: eio\n", "--fault", "error=EIO", "--fault", "error=eio", image.toString());
    }

    /** QEMU refuses it too. */
    @Test
    void zeroesUnmappedWithoutDiscards() {
        assertMisuse("pirn: serve: --detect-zeroes unmap needs --discard unmap: --discard is ignore\n",
                "--detect-zeroes", "unmap", image.toString());
    }

    @Test
    void engineThatTheKernelForbids() {
        System.setProperty("pirn.uring.errno", "1"); // As a container's does.
        try {
            assertFails("""
                    pirn: serve: no engine uring here: io_uring_setup: Operation not permitted (errno 1), \
                    as in containers, whose seccomp profile forbids it, and where \
                    kernel.io_uring_disabled is set
                    hint: --engine auto takes what there is
                    """, "--engine", "uring", image.toString());
        } finally {
            System.clearProperty("pirn.uring.errno");
        }
    }

    @Test
    void fileThatCannotBeHadPastThePageCache() {
        assertFails("""
                pirn: serve: no cache mode none here: /proc/version: its file system has no O_DIRECT
                hint: --cache writeback goes through the page cache
                """, "--cache", "none", "--read-only", "/proc/version");
    }

    @Test
    void certificatesForAnotherServerThatAreNotThere() {
        String uri = "nbds://localhost:10809/?tls-certificates=" + dir;
        assertFails("pirn: serve: cannot be opened: " + uri + ": no TLS with these certificates: "
                + dir.resolve("ca-cert.pem") + ": does not exist\n", uri);
    }

    @Test
    void busyPort() throws IOException {
        try (var other = new ServerSocket()) {
            other.bind(new InetSocketAddress(InetAddress.getByName("127.0.0.1"), 0));
            String port = Integer.toString(other.getLocalPort());
            assertFails("""
                    pirn: serve: address in use: 127.0.0.1:%s
                    hint: --port 0 picks a free port
                    """.formatted(port), "--port", port, image.toString());
        }
    }

    @Test
    void unknownHost() {
        assertFails("pirn: serve: no such host: nowhere.invalid\n",
                "--bind", "nowhere.invalid", image.toString());
    }

    @Test
    void socketOfAnotherServer() throws IOException {
        Path socket = dir.resolve("s");
        try (var other = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            other.bind(UnixDomainSocketAddress.of(socket));
            assertFails("pirn: serve: socket in use by another server: " + socket + "\n",
                    "--socket", socket.toString(), image.toString());
        }
    }

    @Test
    void socketPathOfAnotherFile() {
        assertFails("pirn: serve: exists and is not a socket: " + image + "\n",
                "--socket", image.toString(), image.toString());
    }

    @Test
    void socketPathThatIsTooLong() {
        Path path = dir.resolve("s".repeat(120));
        assertFails("""
                pirn: serve: too long for a unix socket, of about 100 bytes: %s
                hint: a relative path may do
                """.formatted(path), "--socket", path.toString(), image.toString());
    }

    @Test
    void socketInAMissingFolder() {
        Path path = dir.resolve("none/s");
        assertFails("pirn: serve: cannot listen: " + path + ": No such file or directory\n",
                "--socket", path.toString(), image.toString());
    }

    @Test
    void pidFileInAMissingFolder() {
        Path path = dir.resolve("none/pid");
        assertFails("pirn: serve: cannot write the pid file: " + path + ": no such file or directory\n",
                "--pid-file", path.toString(), "--socket", dir.resolve("s").toString(), image.toString());
    }

    @Test
    void portBesideASocket() {
        assertMisuse("pirn: serve: --socket and --port exclude each other: 1\n",
                "--socket", "s", "--port", "1");
    }

    @Test
    void addressBesideASocket() {
        assertMisuse("pirn: serve: --socket and --bind exclude each other: ::1\n",
                "--socket", "s", "--bind", "::1");
    }

    @ParameterizedTest
    @CsvSource({
        "--port, 65536, --port is from 0 to 65535",
        "--port, -1, --port is from 0 to 65535",
        "--port, http, --port takes a number",
        "--shared, -1, --shared is at least 0",
        "--loops, 0, --loops is from 1 to 1024",
        "--stats, 0, --stats is at least 1 second",
        "--poll, 10001, --poll is from 0 to 10000",
        "--engine, epoll, '--engine takes auto, uring or nio'",
        "--cache, writethrough, --cache takes writeback or none",
        "--format, vmdk, --format takes raw or qcow2",
        "--discard, maybe, --discard takes ignore or unmap",
    })
    void valueThatAnOptionDoesNotTake(String option, String value, String rule) {
        assertMisuse("pirn: serve: " + rule + ": " + value + "\n", option, value, image.toString());
    }

    @Test
    void tlsWithoutItsFiles() {
        assertFails("pirn: serve: no TLS with these certificates: " + dir.resolve("server-cert.pem")
                + ": does not exist\n", "--tls-certs", dir.toString(), image.toString());
    }

    @Test
    void tlsRequiredWithoutCertificates() {
        assertMisuse("pirn: serve: --tls-required needs --tls-certs DIR: none given\n", "--tls-required");
    }

    @Test
    void unknownOption() {
        assertMisuse("pirn: serve: unknown option: --frobnicate\n", "--frobnicate", image.toString());
    }

    @Test
    void twoFiles() {
        assertMisuse("pirn: serve: images after the first are NAME=FILE: b.img\n", "a.img", "b.img");
    }

    @Test
    void nameThatNbdCannotCarry() {
        assertMisuse("pirn: serve: an export's name of 4097 bytes, more than the 4096 that NBD allows\n",
                "--name", "n".repeat(4097), image.toString());
    }

    private static void assertFails(String message, String... args) {
        assertEquals(new CommandLineRun(Main.FAILED, "", message), CommandLineRun.of(serve(args)));
    }

    private static void assertMisuse(String message, String... args) {
        assertEquals(new CommandLineRun(Main.USAGE, "", message), CommandLineRun.of(serve(args)));
    }

    private static String[] serve(String... args) {
        var all = new String[args.length + 1];
        all[0] = "serve";
        System.arraycopy(args, 0, all, 1, args.length);
        return all;
    }
}
