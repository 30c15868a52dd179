package dev.pirn.lab;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.AfterParameterizedClassInvocation;
import org.junit.jupiter.params.BeforeParameterizedClassInvocation;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Each client that we did not write, on its own and four at a time, by each engine and over each transport.
 *
 * <pre>
 *   row: one server ─┬─ "disk one"   read alone, and so by many checks
 *                    ├─ copied       each of the others is one check's
 *                    └─ …
 * </pre>
 */
@ParameterizedClass
@MethodSource("dev.pirn.lab.Row#all")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ClientsTest {
    private static final int MIB = 1 << 20;
    private static final int SIZE = 12 * MIB;
    private static final Path SCRIPT = Path.of("src", "interop", "nbdsh", "export.py");

    @Parameter
    private Row row;
    /** The row's: its images, and what its transport needs. */
    private Path folder;
    private Server server;

    @TempDir
    private Path dir;

    @BeforeParameterizedClassInvocation(injectArguments = false)
    void serve(@TempDir Path folder) throws Exception {
        this.folder = folder;
        var images = new ArrayList<String>();
        for (String each : List.of("copied", "io", "verified", "script")) {
            Image.makeEmpty(image(each), each.equals("script") ? 8 * MIB : SIZE);
            images.add(each + "=" + image(each));
        }
        for (String each : List.of("converted", "shared")) {
            images.add(each + "=" + Image.make(image(each), SIZE));
        }
        images.addAll(List.of("--name", "disk one", "--description", "the first", "--discard", "unmap"));
        server = row.serve(folder, Image.make(image("disk one"), SIZE), images.toArray(String[]::new));
    }

    /** Fails if it says anything on stderr, or does not end well. */
    @AfterParameterizedClassInvocation(injectArguments = false)
    void end() throws Exception {
        try (var ending = server) {
            Wait.until("all clients have left", () -> ending.clients() == 0);
        }
    }

    private Path image(String export) {
        return folder.resolve(export + ".img");
    }

    private Remote remote(String export) {
        return row.transport().remote(server, export, folder);
    }

    private Remote first() {
        return remote(""); // What who names none is given.
    }

    @Test
    void nbdinfoTellsSizeAndFlags() throws Exception {
        String info = Clients.run("nbdinfo", remote("disk%20one").uri());
        assertLine("export-size: 12582912 (12M)", info);
        assertLine("export=\"disk one\":", info);
        assertLine("description: the first", info);
        assertLine("is_read_only: false", info);
        assertLine("can_flush: true", info);
        assertLine("can_multi_conn: true", info);
        assertLine("can_trim: true", info);
        assertLine("base:allocation", info);
    }

    @Test
    void nbdinfoListsTheExports() throws Exception {
        String list = Clients.run("nbdinfo", "--list", first().uri());
        for (String each : List.of("disk one", "copied", "io", "verified", "script", "converted", "shared")) {
            assertLine("export=\"" + each + "\":", list);
        }
    }

    @Test
    void nbdinfoMapsTheHoles() throws Exception {
        String map = Clients.run("nbdinfo", "--map", first().uri()).replaceAll(" +", " ");
        assertEquals(" 0 4194304 0 data\n 4194304 4194304 3 hole,zero\n 8388608 4194304 0 data\n", map);
    }

    /** It has libnbd send what it would refuse itself, and looks at each answer. */
    @Test
    void nbdshRunsTheScript() throws Exception {
        List<String> checks = Files.readAllLines(SCRIPT).stream()
                .filter(each -> each.startsWith("def check_"))
                .map(each -> each.substring(4, each.indexOf('('))).sorted().toList();
        String uri = "uri = '" + remote("script").uri() + "'";
        String run = "exec(compile(open('%1$s').read(), '%1$s', 'exec'))".formatted(SCRIPT);
        assertEquals(checks, Clients.nbdsh("-n", "-c", uri, "-c", run).lines().toList());
    }

    @Test
    void nbdcopyReadsAllOverFourConnections() throws Exception {
        Path copy = dir.resolve("copy");
        nbdcopyOverFour(first().uri(), copy.toString());
        Image.assertSame(image("disk one"), copy);
    }

    @Test
    void nbdcopyWritesAllOverFourConnections() throws Exception {
        Path source = image("disk one");
        nbdcopyOverFour("--flush", source.toString(), remote("copied").uri());
        Image.assertSame(source, image("copied"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"--requests=1", "--request-size=1048576", "--no-extents"})
    void nbdcopyInOtherWays(String option) throws Exception {
        Path copy = dir.resolve("copy");
        Clients.run("nbdcopy", option, first().uri(), copy.toString());
        Image.assertSame(image("disk one"), copy);
    }

    private static void nbdcopyOverFour(String... arguments) throws Exception {
        var all = new ArrayList<>(List.of("--verbose", "--connections=4", "--threads=4", "--requests=16"));
        all.addAll(List.of(arguments));
        try (var run = Clients.start("nbdcopy", all.toArray(String[]::new))) {
            Run.Outcome outcome = run.finish();
            assertEquals(0, outcome.code(), outcome.err());
            // It takes one where the server does not promise that a flush covers all.
            assertTrue(outcome.err().contains("connections=4"), outcome.err());
        }
    }

    @Test
    void qemuImgTellsTheSize() throws Exception {
        assertLine("\"virtual-size\": 12582912,", first().qemuImg("info", "--output=json"));
    }

    @Test
    void qemuImgMapsTheHoles() throws Exception {
        String map = first().qemuImg("map", "--output=json");
        assertEquals(3, map.lines().count(), map);
        assertTrue(map.contains("\"start\": 4194304, \"length\": 4194304"), map);
        assertEquals(1, map.split("\"zero\": true").length - 1, map);
    }

    @Test
    void qemuImgConvertsFromIt() throws Exception {
        Path copy = dir.resolve("copy");
        first().qemuImg("convert", copy.toString(), "-O", "raw");
        Image.assertSame(image("disk one"), copy);
    }

    @Test
    void qemuImgConvertsToIt() throws Exception {
        Path source = Image.make(image("not served"), SIZE); // What is served is locked.
        String from = "driver=raw,file.driver=file,file.filename=" + source;
        Remote to = remote("converted");
        // Not empty: its bytes where source has a hole must go.
        try (var io = to.startQemuIo("write -P 1 0 1", "write -P 1 5M 1M", "flush")) {
            io.succeed();
        }
        to.qemuImg(List.of("convert", "-n", "--target-image-opts", "--image-opts", from), List.of());
        assertLine("Images are identical.", to.qemuImg("compare", from));
        Image.assertSame(source, image("converted"));
    }

    @Test
    void qemuIoOverlapsReadsAndWrites() throws Exception {
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
        try (var io = remote("io").startQemuIo(script.toArray(String[]::new))) {
            String said = io.succeed();
            // It exits with 0 although an asynchronous read brought other bytes than -P says.
            assertFalse(said.contains("failed"), said);
        }
    }

    @Test
    void fioVerifiesWhatItWroteAtDepth32() throws Exception {
        try (var fio = startFio(remote("verified"), "0", "10m")) {
            fio.succeed();
        }
    }

    @Test
    void fourClientsAtOnce() throws Exception {
        Remote shared = remote("shared");
        Path before = image("disk one"); // Of the same bytes.
        Path copy = dir.resolve("copy");
        Path converted = dir.resolve("converted");
        // From 4 MiB on the disk is qemu-io's, from 8 on fio's; what others read there may be anything.
        try (var fio = startFio(shared, "8m", "4m");
                var nbdcopy = Clients.start("nbdcopy", shared.uri(), copy.toString());
                var qemuIo = shared.startQemuIo("write -P 3 4M 1M", "flush", "read -P 3 4M 1M")) {
            shared.qemuImg("convert", converted.toString(), "-O", "raw");
            fio.succeed();
            nbdcopy.succeed();
            qemuIo.succeed();
        }
        try (var io = shared.startQemuIo("read -P 3 4M 1M")) {
            io.succeed();
        }
        for (Path each : List.of(copy, converted, image("shared"))) assertSameStart(before, each, 4 * MIB);
    }

    /** It does not let a URI name files: whom to trust, libnbd finds where a user keeps that. */
    private Run startFio(Remote remote, String offset, String size) {
        String uri = remote.uri().replaceFirst("\\?tls-certificates=.*", "");
        return Clients.startAtHome(folder, "fio", "--name=verify", "--ioengine=nbd", "--uri=" + uri,
                "--rw=randwrite", "--bsrange=512-64k", "--offset=" + offset, "--size=" + size, "--iodepth=32",
                "--verify=crc32c", "--verify_fatal=1", "--verify_state_save=0", "--randseed=1");
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
