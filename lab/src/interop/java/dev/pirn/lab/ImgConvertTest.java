package dev.pirn.lab;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What {@code img} makes of a disk, read and checked by qemu-img; and the reverse. */
class ImgConvertTest {
    private static final long SIZE = (3 << 20) + 1536;

    @TempDir
    private Path dir;
    private Path raw;
    private Path copy;

    @BeforeEach
    void makeSource() throws Exception {
        raw = Images.sparse(dir.resolve("disk.raw"), SIZE, 12, 20110322);
        copy = dir.resolve("copy");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "-W -m 16", "-m 1", "-S 0", "-S 64k", "-o cluster_size=4k,compat=0.10",
        "-o cluster_size=2M", "-o extended_l2=on,refcount_bits=1", "-o preallocation=metadata",
        "-o preallocation=full -t writeback", "-c", "-c -m 1 -o compression_type=zstd",
        "-c -W -o cluster_size=4k", "-c -S 0 -o cluster_size=2M,extended_l2=on"})
    void rawToQcow2AndBack(String options) throws Exception {
        convert("-f raw -O qcow2 " + options, raw, copy);
        assertClean(copy);
        Path back = dir.resolve("back.raw");
        convert("-O raw", copy, back);
        Image.assertSame(raw, back);
    }

    @Test
    void compressedAsMuchAsQemuDoes() throws Exception {
        convert("-c -f raw -O qcow2", raw, copy);
        Path theirs = dir.resolve("theirs");
        Clients.run("qemu-img", "convert", "-c", "-f", "raw", "-O", "qcow2", raw.toString(),
                theirs.toString());
        long clusters = compressed(theirs);
        assertTrue(clusters > 0);
        assertEquals(clusters, compressed(copy));
    }

    private static long compressed(Path image) throws Exception {
        return Pirn.json(Clients.run("qemu-img", "check", "--output=json", image.toString()))
                .get("compressed-clusters").asLong();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "-c", "-c -o compression_type=zstd", "-o extended_l2=on",
        "-o cluster_size=512,compat=0.10"})
    void qcow2OfQemu(String options) throws Exception {
        var all = new ArrayList<>(List.of("convert", "-f", "raw", "-O", "qcow2"));
        if (!options.isEmpty()) all.addAll(List.of(options.split(" ")));
        all.addAll(List.of(raw.toString(), copy.toString()));
        Clients.run("qemu-img", all.toArray(String[]::new));
        Path back = dir.resolve("back.raw");
        convert("", copy, back);
        Image.assertSame(raw, back);
        assertEquals(0, Pirn.img("compare", "-s", raw.toString(), back.toString()).code());
    }

    /** Bytes that are no zeroes, where the copy has them must not stay. */
    @Test
    void intoAnImageThatIsThere() throws Exception {
        Files.write(copy, new byte[(int) SIZE + 512]);
        Clients.qemuIo(copy.toString(), "write -P 0x55 0 3M");
        convert("-n -O raw", raw, copy);
        assertEquals("Images are identical.", lastLine(Clients.run("qemu-img", "compare", "-f", "raw", "-F",
                "raw", raw.toString(), copy.toString())));
        Files.write(copy, new byte[512]);
        assertTrue(Pirn.assertSameCode(1, "convert", "-n", "-f", "raw", raw.toString(), copy.toString())
                .startsWith("pirn: img convert: too small: "));
    }

    @Test
    void holesStayHoles() throws Exception {
        convert("-O raw", raw, copy);
        Pirn.assertSame("map", "-f", "raw", "--output=human", copy.toString());
        assertTrue(stored(copy) <= stored(raw), () -> copy + " stores more than " + raw);
    }

    @Test
    void toAndFromAServer() throws Exception {
        Image.makeEmpty(copy, SIZE);
        try (var server = Transport.UNIX.serve(copy)) {
            Pirn.succeed("convert", "-n", "-f", "raw", "-O", "raw", raw.toString(), server.uri());
            Path back = dir.resolve("back.raw");
            Pirn.succeed("convert", "-f", "raw", server.uri(), back.toString());
            Image.assertSame(raw, back);
        }
        Image.assertSame(raw, copy);
    }

    @Test
    void severalImagesOneBehindTheOther() throws Exception {
        Pirn.succeed("convert", "-O", "qcow2", raw.toString(), raw.toString(), copy.toString());
        assertEquals(2 * SIZE, Pirn.json(Pirn.succeed("info", "--output=json", copy.toString()))
                .get("virtual-size").asLong());
        Path end = dir.resolve("end.raw");
        Pirn.succeed("dd", "if=" + copy, "of=" + end, "bs=1536", "skip=" + SIZE / 1536);
        Image.assertSame(raw, end);
    }

    @Test
    void overlayStaysAnOverlay() throws Exception {
        Path overlay = overlay();
        convert("-O qcow2 -B disk.raw -F raw", overlay, copy);
        assertClean(copy);
        assertAlike(overlay, copy);
        assertEquals(Clients.run("qemu-img", "map", "--output=json", overlay.toString()).lines().count(),
                Clients.run("qemu-img", "map", "--output=json", copy.toString()).lines().count());
    }

    @Test
    void commitOfAnOverlay() throws Exception {
        Path overlay = overlay();
        convert("", overlay, copy);
        assertEquals("Image committed.\n", Pirn.succeed("commit", "-d", overlay.toString()));
        Image.assertSame(copy, raw);
    }

    @Test
    void commitEmptiesTheOverlay() throws Exception {
        Path overlay = overlay();
        convert("", overlay, copy);
        Pirn.succeed("commit", overlay.toString());
        assertClean(overlay);
        Image.assertSame(copy, raw);
        JsonNode found = Pirn.json(Clients.run("qemu-img", "check", "--output=json", overlay.toString()));
        assertEquals(null, found.get("allocated-clusters"), found::toString);
        assertAlike(copy, overlay);
    }

    /** The image committed into has its data elsewhere, and what it lies upon shines through its clusters. */
    @Test
    void commitIntoAnImageThatNeedsOtherFiles() throws Exception {
        for (String what : List.of("data_file=" + dir.resolve("data"), "cluster_size=2M")) {
            Path overlay = overlay();
            Path middle = dir.resolve("middle.qcow2");
            Clients.run("qemu-img", "create", "-q", "-f", "qcow2", "-o", what, "-b", raw.toString(), "-F",
                    "raw", middle.toString());
            Pirn.succeed("rebase", "-u", "-b", "middle.qcow2", "-F", "qcow2", overlay.toString());
            convert("", overlay, copy);
            Pirn.succeed("commit", overlay.toString());
            assertClean(middle);
            assertAlike(copy, middle);
        }
    }

    @Test
    void backingFileOfAServerIsFollowedWhenToldTo() throws Exception {
        Path overlay = overlay();
        convert("", overlay, copy);
        try (var server = Transport.UNIX.serve(raw)) {
            Pirn.succeed("rebase", "-u", "-b", server.uri(), "-F", "raw", overlay.toString());
            Path back = dir.resolve("back.raw");
            convert("--follow anywhere", overlay, back);
            Image.assertSame(copy, back);
            Pirn.succeed("map", "--follow", "anywhere", overlay.toString());
            Path folder = Files.createDirectory(dir.resolve("ours"));
            try (var ours = Transport.UNIX.serve(folder, overlay, "--format", "qcow2", "--follow",
                    "anywhere")) {
                Pirn.succeed("convert", "-f", "raw", ours.uri(), back.toString());
                Image.assertSame(copy, back);
            }
            Run.Outcome without = Pirn.img("convert", overlay.toString(), back.toString());
            assertEquals(1, without.code());
            assertTrue(without.err().contains("is not followed unless told to"), without.err());
        }
    }

    @Test
    void rebaseOntoAnotherImage() throws Exception {
        Path overlay = overlay();
        convert("", overlay, copy);
        Images.qcow2(dir.resolve("other"), "2M");
        Images.write(dir.resolve("other"), "write -P 9 300k 1M");
        Pirn.succeed("rebase", "-b", "other", "-F", "qcow2", overlay.toString());
        assertClean(overlay);
        assertAlike(copy, overlay);
        Pirn.succeed("rebase", "-b", "", overlay.toString());
        assertClean(overlay);
        assertAlike(copy, overlay);
    }

    @Test
    void rebaseThatChangesTheNameAlone() throws Exception {
        Path overlay = overlay();
        Pirn.succeed("rebase", "-u", "-b", "/no/such/file", "-F", "raw", overlay.toString());
        assertTrue(Clients.run("qemu-img", "info", "-U", overlay.toString())
                .contains("backing file: /no/such/file\nbacking file format: raw\n"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"-f raw -O qcow2", "-f raw -O raw", "-f raw -O qcow2 -o cluster_size=4k",
        "-f raw -O qcow2 -o extended_l2=on", "-f raw -O qcow2 -o refcount_bits=64",
        "-f raw -O qcow2 -o preallocation=full", "-O qcow2 -o cluster_size=512 --size 1G",
        "-O qcow2 --size 1T", "-O raw --size 1000"})
    void measure(String options) throws Exception {
        var all = new ArrayList<>(List.of("measure"));
        all.addAll(List.of(options.split(" ")));
        if (!options.contains("--size")) all.add(raw.toString());
        Pirn.assertSame(all.toArray(String[]::new));
        all.add("--output=json");
        String[] json = all.toArray(String[]::new);
        assertEquals(Pirn.json(Clients.run("qemu-img", json)), Pirn.json(Pirn.succeed(json)));
    }

    @Test
    void measureOfAnOverlay() throws Exception {
        Pirn.assertSame("measure", "-O", "qcow2", overlay().toString());
    }

    private Path overlay() throws Exception {
        Path overlay = Images.qcow2(dir.resolve("overlay"), null, "-b", "disk.raw", "-F", "raw");
        Images.write(overlay, "write -P 7 100k 300k", "write -z 1M 300k");
        return overlay;
    }

    private static void convert(String options, Path from, Path to) {
        var all = new ArrayList<>(List.of("convert"));
        if (!options.isEmpty()) all.addAll(List.of(options.trim().split(" +")));
        all.addAll(List.of(from.toString(), to.toString()));
        Pirn.succeed(all.toArray(String[]::new));
    }

    private static void assertClean(Path image) throws Exception {
        Clients.run("qemu-img", "check", image.toString()); // Leaks too would be an exit code.
    }

    private static void assertAlike(Path one, Path other) throws Exception {
        Clients.run("qemu-img", "compare", one.toString(), other.toString());
        assertEquals(0, Pirn.img("compare", one.toString(), other.toString()).code());
    }

    private static long stored(Path file) throws Exception {
        return Pirn.json(Clients.run("qemu-img", "info", "-f", "raw", "--output=json", file.toString()))
                .get("actual-size").asLong();
    }

    private static String lastLine(String text) {
        return text.lines().reduce("", (before, line) -> line);
    }
}
