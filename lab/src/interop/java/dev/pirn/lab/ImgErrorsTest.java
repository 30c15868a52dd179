package dev.pirn.lab;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Exit codes beside qemu-img's, and what is said on stderr. */
class ImgErrorsTest {
    @TempDir
    private Path dir;
    private String raw;
    private String none;

    @BeforeEach
    void makeImage() throws Exception {
        raw = Images.sparse(dir.resolve("disk.raw"), 1 << 20, 3, 1).toString();
        none = dir.resolve("none").toString();
    }

    @ParameterizedTest
    @ValueSource(strings = {"info", "check", "map", "bench"})
    void missingFile(String verb) throws Exception {
        assertEquals("pirn: img %s: no such file: %s\n".formatted(verb, none),
                Pirn.assertSameCode(1, verb, none));
    }

    @Test
    void identicalImages() throws Exception {
        Path copy = Files.copy(Path.of(raw), dir.resolve("copy"));
        assertSame("compare", "-f", "raw", "-F", "raw", raw, copy.toString());
        assertSame("compare", "-q", "-f", "raw", "-F", "raw", raw, copy.toString());
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 70_000, 1_048_575})
    void imagesThatDiffer(int at) throws Exception {
        Path copy = Files.copy(Path.of(raw), dir.resolve("copy"));
        byte[] bytes = Files.readAllBytes(copy);
        bytes[at] ^= 1;
        Files.write(copy, bytes);
        assertSame("compare", "-f", "raw", "-F", "raw", raw, copy.toString());
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "x"})
    void imagesOfTwoSizes(String behind) throws Exception {
        Path longer = Files.copy(Path.of(raw), dir.resolve("copy"));
        Files.write(longer, (behind + "\0".repeat(4096)).substring(0, 4096).getBytes(),
                StandardOpenOption.APPEND);
        assertSame("compare", "-f", "raw", "-F", "raw", raw, longer.toString());
        assertSame("compare", "-f", "raw", "-F", "raw", longer.toString(), raw);
        assertSame("compare", "-s", "-f", "raw", "-F", "raw", raw, longer.toString());
    }

    @Test
    void comparedFileThatIsNotThere() throws Exception {
        assertEquals("pirn: img compare: no such file: " + none + "\n",
                Pirn.assertSameCode(2, "compare", raw, none));
    }

    @Test
    void smallerWithoutLeave() throws Exception {
        String said = Pirn.assertSameCode(1, "resize", "-f", "raw", raw, "512k");
        assertEquals("""
                pirn: img resize: would lose what lies behind its new end: %s: 524288 bytes instead of 1048576
                hint: --shrink makes it shorter all the same
                """.formatted(raw), said);
        assertEquals("Image resized.\n", Pirn.succeed("resize", "-f", "raw", "--shrink", raw, "-512k"));
        assertEquals("Image resized.\n", Pirn.succeed("resize", "-f", "raw", raw, "+1M"));
        assertEquals((1 << 20) + (512 << 10), Files.size(Path.of(raw)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"1000", "64k", "1.5M", "0x1000", "3G"})
    void createdAsQemuDoes(String size) throws Exception {
        Pirn.assertSame("create", "-f", "raw", dir.resolve("a").toString(), size);
        Pirn.assertSame("create", "-f", "qcow2", dir.resolve("b").toString(), size);
        Clients.run("qemu-img", "check", dir.resolve("b").toString());
    }

    @Test
    void createdWithABackingFile() throws Exception {
        String overlay = dir.resolve("overlay").toString();
        Pirn.assertSame("create", "-f", "qcow2", "-b", "disk.raw", "-F", "raw", overlay);
        Pirn.assertSameCode(1, "create", "-f", "qcow2", "-b", "none", "-F", "raw", overlay, "1M");
        Pirn.assertSameCode(1, "create", "-f", "qcow2", "-b", "disk.raw", overlay);
        Pirn.assertSameCode(1, "create", "-f", "raw", "-b", "disk.raw", "-F", "raw", overlay, "1M");
        Pirn.assertSame("create", "-f", "qcow2", "-u", "-b", "none", "-F", "raw", overlay, "1M");
    }

    @ParameterizedTest
    @ValueSource(strings = {"10x", "-5", "", "99999999999999999999"})
    void sizesThatAreNone(String size) {
        Run.Outcome ours = Pirn.img("create", "-f", "raw", none, size);
        assertEquals(2, ours.code(), ours.err());
        assertTrue(Files.notExists(Path.of(none)));
    }

    @Test
    void checkOfARawImage() throws Exception {
        Pirn.assertSameCode(63, "check", "-f", "raw", raw);
    }

    @Test
    void checkOfASoundImageAndOfOneWithALeak() throws Exception {
        Path image = Images.qcow2(dir.resolve("disk"), "1M");
        Images.write(image, "write 0 100k");
        assertChecked(0, image);
        int leaked = 20; // Behind what is in use: counted once, and referred to by nobody.
        byte[] bytes = Arrays.copyOf(Files.readAllBytes(image), (leaked + 1) * (64 << 10));
        bytes[2 * (64 << 10) + 2 * leaked + 1] = 1;
        Files.write(image, bytes);
        assertChecked(3, image);
    }

    private static void assertChecked(int code, Path image) throws Exception {
        Pirn.assertSameCode(code, "check", image.toString());
        var theirs = (ObjectNode) Pirn.json(Pirn.qemuImg("check", "--output=json", image.toString()).out());
        var ours = (ObjectNode) Pirn.json(Pirn.img("check", "--output=json", image.toString()).out());
        if (code != 0) { // Theirs counts what is leaked as in use.
            theirs.remove("image-end-offset");
            ours.remove("image-end-offset");
        }
        assertEquals(theirs, ours);
    }

    @Test
    void qcow2LongerAndShorter() throws Exception {
        Path image = Images.qcow2(dir.resolve("disk"), "1M");
        Images.write(image, "write -P 5 900k 100k");
        Pirn.succeed("resize", image.toString(), "+2M");
        assertChecked(0, image);
        Images.write(image, "read -P 5 900k 100k", "read -P 0 1M 2M");
        Pirn.succeed("resize", "--shrink", image.toString(), "512k");
        assertChecked(0, image);
    }

    @ParameterizedTest
    @ValueSource(strings = {"metadata", "falloc", "full"})
    void qcow2LongerWithAllInPlace(String how) throws Exception {
        Path theirs = Images.qcow2(dir.resolve("theirs"), "1M");
        Path image = Images.qcow2(dir.resolve("disk"), "1M");
        for (Path each : List.of(theirs, image)) Images.write(each, "write -P 5 200k 100k");
        Pirn.qemuImg("resize", "--preallocation=" + how, theirs.toString(), "3M");
        Pirn.succeed("resize", "--preallocation=" + how, image.toString(), "3M");
        assertChecked(0, image);
        assertEquals(allocated(theirs), allocated(image));
        Images.write(image, "read -P 5 200k 100k", "read -P 0 300k 2700k");
    }

    private static long allocated(Path image) {
        return Pirn.json(Pirn.succeed("check", "--output=json", image.toString()))
                .get("allocated-clusters").asLong();
    }

    @ParameterizedTest
    @ValueSource(strings = {"compat=1.1", "compat=1.1,lazy_refcounts=on", "compat=v3"})
    void amendedAsByQemu(String options) throws Exception {
        Path theirs = amendable("theirs");
        Path image = amendable("ours");
        Clients.run("qemu-img", "amend", "-o", options, theirs.toString());
        Pirn.succeed("amend", "-o", options, image.toString());
        assertEquals(Clients.run("qemu-img", "info", theirs.toString()).replaceAll("theirs|disk size.*", ""),
                Clients.run("qemu-img", "info", image.toString()).replaceAll("ours|disk size.*", ""));
        Clients.run("qemu-img", "check", image.toString());
        Images.write(image, "read -P 5 200k 100k");
    }

    private Path amendable(String name) throws Exception {
        Path image = Images.qcow2(dir.resolve(name), null, "-b", "disk.raw", "-F", "raw",
                "-o", "compat=0.10");
        Images.write(image, "write -P 5 200k 100k");
        return image;
    }

    @ParameterizedTest
    @ValueSource(strings = {"create -f qcow2 -o help", "amend -o help", "convert -O qcow2 -o help"})
    void helpOnOptionsWithoutAnImage(String line) {
        String help = Pirn.succeed(line.split(" "));
        assertTrue(help.startsWith("Options of qcow2:\n"), help);
    }

    @ParameterizedTest
    @ValueSource(strings = {"create", "convert -O qcow2", "amend -o size=1M"})
    void noImage(String line) {
        assertTrue(Pirn.img(line.split(" ")).err().endsWith(": missing: FILE\n"), line);
    }

    @ParameterizedTest
    @ValueSource(strings = {"7E", "9223372036854775807"})
    void nothingIsLeftOfAnImageThatCannotBeMade(String size) throws Exception {
        for (String format : List.of("raw", "qcow2")) {
            assertTrue(Pirn.img("create", "-f", format, none, size).code() > 0);
            assertTrue(Files.notExists(Path.of(none)), format);
        }
        // What was there before is not deleted.
        assertEquals(2, Pirn.img("create", "-f", "qcow2", raw, size).code());
        assertTrue(Files.exists(Path.of(raw)));
    }

    @Test
    void backingFileThatIsNotThereIsNamed() {
        String overlay = dir.resolve("overlay").toString();
        Pirn.succeed("create", "-u", "-f", "qcow2", "-b", "none", "-F", "raw", overlay, "1M");
        assertEquals("pirn: img map: cannot be opened: %s: %s: no such file or directory\n"
                .formatted(overlay, none), Pirn.img("map", overlay).err());
    }

    @Test
    void whatAnImageDoesNotTakeIsNoFailureOfItsDisk() {
        String image = dir.resolve("image").toString();
        Pirn.succeed("create", "-f", "qcow2", image, "1M");
        Pirn.succeed("bitmap", "--add", image, "b");
        assertEquals("pirn: img bitmap: cannot be done: %s: bitmap \"b\": there is one of that name\n"
                .formatted(image), Pirn.img("bitmap", "--add", image, "b").err());
    }

    @Test
    void measuresUpToTheLargestThatCanBeMade() throws Exception {
        assertSame("measure", "-O", "qcow2", "--size", "2P");
        String said = Pirn.assertSameCode(1, "measure", "-O", "qcow2", "--size", "2251799813685249");
        assertEquals("pirn: img measure: more than an L1 table of 32 MiB leads to: 2251799813685249 bytes "
                + "in clusters of 65536\nhint: larger clusters, up to -o cluster_size=2M\n", said);
    }

    /** Else a copy to an export would go to a file, and be said to have gone well. */
    @ParameterizedTest
    @ValueSource(strings = {"nbd:localhost:10809", "json:{}", "https://example.org/x"})
    void namesInTheWordsOfQemu(String name) {
        String expected = "not built: " + name + "\nhint: ./" + name + " is a file that is called so\n";
        assertEquals("pirn: img convert: " + expected, Pirn.img("convert", raw, name).err());
        assertEquals("pirn: img info: " + expected, Pirn.img("info", name).err());
    }

    @Test
    void verbThatIsNotOne() {
        assertEquals(new Run.Outcome(2, "", """
                pirn: img: unknown verb: frobnicate
                hint: pirn img --help lists the verbs
                """), Pirn.img("frobnicate"));
    }

    /** Through the launcher's command line once, for what only a process has. */
    @Test
    void throughTheCommandLine() throws Exception {
        try (var run = Run.start(Tool.command("img", "compare", raw, raw))) {
            assertEquals(new Run.Outcome(0, "Images are identical.\n", ""), run.finish());
        }
        try (var run = Run.start(Tool.command("img", "info", none))) {
            String said = "pirn: img info: no such file: " + none + "\n";
            assertEquals(new Run.Outcome(1, "", said), run.finish());
        }
    }

    private static void assertSame(String... arguments) throws Exception {
        Pirn.assertSame(arguments);
    }
}
