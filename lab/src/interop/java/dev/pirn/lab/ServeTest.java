package dev.pirn.lab;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What the options of {@code serve} promise, as clients see it. */
class ServeTest {
    private static final int SIZE = 1 << 20;

    @TempDir
    private Path dir;

    @Test
    void readOnlyExportRefusesWrites() throws Exception {
        Path image = Image.make(dir.resolve("disk.img"), SIZE);
        Path before = Files.copy(image, dir.resolve("before"));
        try (var server = Transport.UNIX.serve(image, "--read-only")) {
            assertTrue(Clients.run("nbdinfo", server.uri()).contains("is_read_only: true"));
            try (var writer = Clients.start("qemu-io", "-f", "raw", "-c", "write 0 512", server.uri())) {
                assertNotEquals(0, writer.finish().code());
            }
            // qemu-io looks at the flag and does not even try; libnbd does, if it is told to.
            assertEquals("EPERM\n", Clients.nbdsh("-u", server.uri(), "-c", """
                    h.set_strict_mode(0)
                    try:
                        h.pwrite(bytes(512), 0)
                    except nbd.Error as e:
                        print(e.errno)
                    """));
        }
        Image.assertSame(before, image);
    }

    @Test
    void statisticsAreSaidOnStderr() throws Exception {
        Path image = Image.make(dir.resolve("disk.img"), SIZE);
        try (var server = Transport.UNIX.serve(image, "--stats", "1")) {
            server.forgive("stats: clients ");
            Clients.qemuIo(server.uri(), "read 0 1M");
            Wait.until("a line", () -> server.stderr().contains("stats: clients "));
        }
    }

    /** libnbd's clients make the socket, as systemd does, and start the server. */
    @Test
    void socketOfWhoStartedIt() throws Exception {
        Path image = Image.make(dir.resolve("disk.img"), SIZE);
        var arguments = new ArrayList<>(List.of("--", "["));
        arguments.addAll(Tool.activated("serve", "--format", "raw", image.toString()));
        arguments.addAll(List.of("]", dir.resolve("copy").toString()));
        assertEquals("", Clients.run("nbdcopy", arguments.toArray(String[]::new)));
        Image.assertSame(image, dir.resolve("copy"));
    }

    @Test
    void severalExportsAreListedAndCopied() throws Exception {
        Path image = Image.make(dir.resolve("disk.img"), SIZE);
        Path other = Image.make(dir.resolve("other.img"), SIZE + 512);
        try (var server = Transport.UNIX.serve(image, "second=" + other, "--description", "the first")) {
            String list = Clients.run("nbdinfo", "--list", server.uri());
            assertTrue(list.contains("export=\"second\"") && list.contains("the first"), list);
            String uri = server.uri().replace("///", "///second");
            Clients.run("nbdcopy", uri, dir.resolve("copy").toString());
        }
        Image.assertSame(other, dir.resolve("copy"));
    }

    @ParameterizedTest
    @MethodSource("dev.pirn.lab.Row#plain")
    void onceEndsWhenTheLastClientHasLeft(Row row) throws Exception {
        Path image = Image.make(dir.resolve("disk.img"), SIZE);
        try (var server = row.serve(dir, image, "--once")) {
            // It connects more than once.
            Clients.run("nbdcopy", server.uri(), dir.resolve("copy").toString());
            assertEquals(0, server.awaitEnd());
        }
        Image.assertSame(image, dir.resolve("copy"));
    }

    @Test
    void moreClientsThanSharedWaitForTheirTurn() throws Exception {
        Path image = Image.make(dir.resolve("disk.img"), SIZE);
        try (var server = Transport.TCP.serve(image, "--shared", "1"); var second = new Socket()) {
            try (var first = new Socket()) {
                connect(first, server);
                assertEquals("NBDMAGIC", greeting(first));
                connect(second, server);
                second.setSoTimeout(200);
                assertThrows(SocketTimeoutException.class, () -> greeting(second));
            }
            second.setSoTimeout(10_000);
            assertEquals("NBDMAGIC", greeting(second));
        }
    }

    private static void connect(Socket socket, Server server) throws IOException {
        URI uri = URI.create(server.uri());
        socket.connect(new InetSocketAddress(uri.getHost(), uri.getPort()));
    }

    private static String greeting(Socket socket) throws IOException {
        return new String(socket.getInputStream().readNBytes(8), StandardCharsets.US_ASCII);
    }

    @Test
    void pidFileAndSocketAreRemovedAtTheEnd() throws Exception {
        Path image = Image.make(dir.resolve("disk.img"), SIZE);
        Path pid = dir.resolve("pid");
        try (var server = Transport.UNIX.serve(image, "--pid-file", pid.toString())) {
            assertEquals(server.pid() + "\n", Files.readString(pid));
            assertTrue(Files.exists(dir.resolve("socket")));
        }
        assertFalse(Files.exists(pid));
        assertFalse(Files.exists(dir.resolve("socket")));
    }

    @Test
    void socketThatAKilledServerLeftIsTakenOver() throws Exception {
        Path image = Image.make(dir.resolve("disk.img"), SIZE);
        Path socket = dir.resolve("socket");
        var killed = Run.start(Tool.command("serve", image.toString(), "--socket", socket.toString()));
        Wait.until("the first server listens", () -> Files.exists(socket));
        killed.kill();
        Wait.until("the first server is gone", () -> !killed.isAlive());
        try (var server = Transport.UNIX.serve(image)) {
            Clients.run("nbdinfo", server.uri());
        }
    }

    /** In their order, each while those before it serve. */
    @Test
    void everyExampleOfTheHelpWorks() throws Exception {
        Image.make(dir.resolve("disk.img"), SIZE);
        Image.make(dir.resolve("data.img"), SIZE);
        Files.createSymbolicLink(dir.resolve("certs"), PemFolders.ours());
        List<String> examples;
        try (var help = Run.start(Tool.command("serve", "--help"))) {
            examples = help.succeed().lines().map(String::strip)
                    .filter(each -> each.startsWith("pirn serve ")).toList();
        }
        assertEquals(6, examples.size(), examples::toString);
        Path image = Images.qcow2(dir.resolve("disk.qcow2"), "1M");
        var servers = new ArrayList<Server>();
        try {
            servers.add(Server.start(placed("pirn serve " + image + " -f raw --socket image.sock")));
            for (String each : examples) servers.add(Server.start(placed(each)));
        } finally {
            for (Server each : servers.reversed()) each.close();
        }
    }

    /** Its arguments, with what it names in our folder, and no port that another may have. */
    private String[] placed(String example) {
        String text = example.replaceFirst("pirn serve ", "").replaceFirst(" +#.*", "").replace("'", "")
                .replaceAll("(?<![-\\w])(disk\\.img|data\\.img|disk\\.sock|image\\.sock|certs)", dir + "/$1");
        if (!text.contains("--socket") && !text.contains("--port")) text += " --port 0";
        return (text + " -U").split(" +"); // All serve one image at a time.
    }

    @Test
    void everyCommandThatTheDemoShowsWorks() throws Exception {
        try (var server = Server.start("--port", "0")) {
            assertEquals("Try in another terminal:", server.nextLine());
            for (int i = 0; i < 3; i++) {
                String command = server.nextLine().strip();
                assertTrue(command.contains(server.uri()), command);
                try (var shell = Run.start(List.of("sh", "-c", "cd '" + dir + "' && " + command))) {
                    shell.succeed();
                }
            }
        }
    }
}
