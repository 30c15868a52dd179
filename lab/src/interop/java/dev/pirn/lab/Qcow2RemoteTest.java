package dev.pirn.lab;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * qcow2 images whose bytes are another server's export.
 *
 * <pre>
 *   pirn img, pirn serve ──NBD──▶ qemu-nbd -f raw, nbdkit file ──▶ disk.qcow2
 * </pre>
 */
class Qcow2RemoteTest {
    @TempDir
    private Path dir;

    private Path image() {
        return dir.resolve("disk.qcow2");
    }

    private Path socket() {
        return dir.resolve("other.sock");
    }

    private String uri() {
        return "nbd+unix:///?socket=" + socket();
    }

    private Run qemuNbd(String... more) throws Exception {
        var arguments = new ArrayList<>(List.of("-k", socket().toString(), "-t", "-e", "4", "-f", "raw",
                "--discard", "unmap"));
        arguments.addAll(List.of(more));
        arguments.add(image().toString());
        return Clients.startServer(socket(), "qemu-nbd", arguments.toArray(String[]::new));
    }

    private Run nbdkit(String... more) throws Exception {
        var arguments = new ArrayList<>(List.of("-f", "-U", socket().toString()));
        arguments.addAll(List.of(more));
        return Clients.startServer(socket(), "nbdkit", arguments.toArray(String[]::new));
    }

    private void assertSameJson(String verb, String... more) throws InterruptedException {
        var arguments = new ArrayList<>(List.of(verb, "--output=json"));
        arguments.addAll(List.of(more));
        arguments.add(uri());
        String[] all = arguments.toArray(String[]::new);
        var theirs = (ObjectNode) Pirn.json(Clients.run("qemu-img", all));
        var ours = (ObjectNode) Pirn.json(Pirn.succeed(all));
        theirs.remove("filename"); // Written in another way.
        ours.remove("filename");
        assertEquals(theirs, ours, () -> arguments.toString());
    }

    /** Ours, without the key that QEMU 7.2 has not. */
    private static String map(String... arguments) {
        var all = new ArrayList<>(List.of("map", "--output=json"));
        all.addAll(List.of(arguments));
        return Pirn.succeed(all.toArray(String[]::new)).replace(", \"compressed\": false", "");
    }

    private static void assertSameMap(String... arguments) throws InterruptedException {
        var all = new ArrayList<>(List.of("map", "--output=json"));
        all.addAll(List.of(arguments));
        assertEquals(Clients.run("qemu-img", all.toArray(String[]::new)), map(arguments));
    }

    @Test
    void whatQemuImgSaysOfTheSameExport() throws Exception {
        Path raw = Images.sparse(dir.resolve("raw"), 3 << 20, 4, 1);
        Clients.run("qemu-img", "convert", "-O", "qcow2", raw.toString(), image().toString());
        Clients.run("qemu-img", "snapshot", "-c", "one", image().toString());
        Images.write(image(), "write -P 5 100k 200k", "write -z 1M 128k");
        try (var _ = qemuNbd("-r")) {
            assertSameJson("info");
            assertSameJson("info", "-f", "qcow2");
            assertSameJson("info", "-f", "raw");
            assertSameJson("check");
            assertSameJson("measure", "-O", "qcow2");
            assertSameMap("-f", "qcow2", uri());
            Pirn.assertSame("snapshot", "-l", uri());
            Pirn.assertSame("compare", "-f", "raw", "-F", "qcow2", raw.toString(), uri());
            Path was = dir.resolve("was");
            Pirn.succeed("convert", "-l", "one", "-f", "qcow2", uri(), was.toString());
            Image.assertSame(raw, was);
            Pirn.succeed("dd", "if=" + uri(), "of=" + dir.resolve("part"), "bs=1M", "count=2");
            Pirn.assertSame("compare", "-f", "raw", "-F", "qcow2", dir.resolve("part").toString(), uri());
        }
    }

    @Test
    void madeAndChangedInNbdkitsFile() throws Exception {
        Image.makeEmpty(image(), (6 << 20) + 512);
        Path raw = Images.sparse(dir.resolve("raw"), 3 << 20, 5, 2);
        try (var _ = nbdkit("--filter=blocksize-policy", "file", image().toString(),
                "blocksize-error-policy=error", "blocksize-minimum=512", "blocksize-preferred=4096",
                "blocksize-maximum=1M")) {
            Pirn.succeed("convert", "-q", "-O", "qcow2", raw.toString(), uri());
            Pirn.assertSame("compare", "-f", "raw", "-F", "qcow2", raw.toString(), uri());
            Pirn.succeed("snapshot", "-c", "one", uri());
            Pirn.succeed("bench", "-q", "-w", "-c", "40", "-S", "65536", "--pattern", "7", uri());
            Pirn.succeed("snapshot", "-a", "one", uri());
            Pirn.succeed("snapshot", "-d", "one", uri());
            Pirn.succeed("resize", "-q", uri(), "5M");
            Pirn.succeed("resize", "-q", "--shrink", uri(), "3M");
            Pirn.succeed("bitmap", "--add", uri(), "bits");
            Pirn.succeed("amend", "-o", "lazy_refcounts=on", uri());
            assertEquals(0, Pirn.img("check", "-r", "all", uri()).code());
        }
        Clients.run("qemu-img", "check", image().toString());
        Clients.run("qemu-img", "compare", "-F", "qcow2", "-f", "raw", raw.toString(), image().toString());
        assertEquals((6 << 20) + 512, Files.size(image()));
    }

    /** QEMU says "Invalid argument" where it ends. */
    @Test
    void exportThatIsFull() throws Exception {
        Image.makeEmpty(image(), 1 << 20);
        Path raw = Image.make(dir.resolve("raw"), 3 << 20);
        try (var _ = qemuNbd()) {
            Run.Outcome outcome = Pirn.img("convert", "-O", "qcow2", raw.toString(), uri());
            assertEquals(1, outcome.code());
            String said = ": full: no 1 clusters of 65536 bytes are free side by side before its end at "
                    + "1048576, and it cannot grow\n";
            assertTrue(outcome.err().endsWith(said), outcome.err());
            Pirn.assertSameCode(0, "check", uri());
            Pirn.assertSame("check", uri());
        }
    }

    /** What is new has room behind what is in use, not behind the end. */
    @Test
    void allRefcountsLost() throws Exception {
        Image.makeEmpty(image(), 2 << 20);
        Path raw = Image.make(dir.resolve("raw"), 1 << 20);
        try (var _ = qemuNbd()) {
            Pirn.succeed("convert", "-O", "qcow2", raw.toString(), uri());
            Clients.qemuIo(uri(), "write -z 64k 64k");
            assertEquals(0, Pirn.img("check", "-r", "all", uri()).code());
            Clients.run("qemu-img", "check", uri());
            Pirn.assertSame("compare", "-f", "raw", "-F", "qcow2", raw.toString(), uri());
        }
    }

    @Test
    void servedOnwards() throws Exception {
        Image.makeEmpty(image(), 8 << 20);
        Path raw = Images.sparse(dir.resolve("raw"), 3 << 20, 5, 3);
        try (var _ = qemuNbd()) {
            Pirn.succeed("create", "-q", "-f", "qcow2", "-o", "extended_l2=on", uri(), "3M");
            try (var server = Server.start("-f", "qcow2", uri(), "--socket",
                    dir.resolve("ours.sock").toString(), "--loops", "2", "--discard", "unmap")) {
                Clients.run("nbdcopy", "--flush", raw.toString(), server.uri());
                Clients.qemuIo(server.uri(), "write -f -P 8 1M 64k", "discard 1M 64k", "read -P 0 1M 64k");
                Clients.qemuIo(server.uri(), "write -z 2M 100k", "flush", "read -P 0 2M 100k");
            }
            Clients.run("qemu-io", "-f", "raw", "-c", "write -z 1M 64k", "-c", "write -z 2M 100k",
                    raw.toString());
            Clients.run("qemu-img", "check", uri());
            Pirn.assertSame("compare", "-f", "raw", "-F", "qcow2", raw.toString(), uri());
        }
    }

    @Test
    void backingFileInAnExport() throws Exception {
        Images.qcow2(image(), "3M");
        Images.write(image(), "write -P 5 100k 200k");
        Path overlay = dir.resolve("overlay");
        try (var _ = qemuNbd("-r")) {
            Pirn.succeed("create", "-q", "-f", "qcow2", "-b", uri(), "-F", "qcow2", overlay.toString());
            assertEquals("""
                    pirn: img map: cannot be used: %s: its backing file is %s, which is no file, and is not \
                    followed unless told to
                    """.formatted(overlay, uri()), Pirn.img("map", overlay.toString()).err());
            String theirs = Clients.run("qemu-img", "map", "--output=json", overlay.toString());
            assertEquals(theirs, map("--follow", "anywhere", overlay.toString()));
            Clients.run("qemu-img", "rebase", "-u", "-b", uri(), "-F", "raw", overlay.toString());
            String said = Pirn.succeed("compare", "--follow", "anywhere", "-F", "raw", overlay.toString(),
                    image().toString());
            assertEquals("Warning: Image size mismatch!\nImages are identical.\n", said);
        }
    }

    /** Whoever wrote to the export chose them (CVE-2024-32498). */
    @Test
    void namesInAnExportAreNotFollowed() throws Exception {
        Image.makeEmpty(image(), 1 << 20);
        Path raw = Image.make(dir.resolve("raw"), 1 << 20);
        try (var _ = qemuNbd()) {
            Pirn.succeed("create", "-q", "-f", "qcow2", uri(), "1M");
            Pirn.succeed("rebase", "-u", "-b", raw.toString(), "-F", "raw", uri());
            String refused = """
                    pirn: img compare: cannot be used: %s: its backing file is %s, outside of its folder, \
                    and is not followed unless told to
                    """.formatted(uri(), raw);
            assertEquals(refused, Pirn.img("compare", uri(), raw.toString()).err());
            assertTrue(Pirn.succeed("info", uri()).contains("backing file: " + raw + "\n"));
            Pirn.succeed("compare", "-F", "raw", "--follow", "anywhere", uri(), raw.toString());
            Pirn.succeed("rebase", "-u", "-b", "raw", "-F", "raw", uri());
            assertTrue(Pirn.img("map", "--follow", "anywhere", uri()).err().contains(
                    "its backing file is raw, beside an image that is no file: nobody knows where that is"));
            Pirn.succeed("rebase", "-u", "-b", uri(), "-F", "qcow2", uri());
            assertTrue(Pirn.img("map", "--follow", "anywhere", uri()).err().contains(
                    ": its backing files lead back to itself, after 1"));
        }
    }
}
