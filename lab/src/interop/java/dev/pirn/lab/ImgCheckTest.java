package dev.pirn.lab;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code check -r} beside qemu-img's, of the same damage. */
class ImgCheckTest {
    private static final int CLUSTER = 64 << 10;
    private static final int REFCOUNTS = 2 * CLUSTER; // As qemu-img lays a new image out.
    private static final int LEAKED = 20;
    private static final int INCOMPATIBLE = 79; // The byte of the first eight of these bits.

    @TempDir
    private Path dir;
    private Path image;
    private Path theirs;

    @BeforeEach
    void makeImage() throws Exception {
        image = Images.qcow2(dir.resolve("disk"), "1M");
        Images.write(image, "write -P 3 0 300k");
        theirs = dir.resolve("theirs");
    }

    /** Counts a cluster behind the end that nobody refers to, and the first one of data once. */
    private void damage() throws Exception {
        byte[] bytes = Arrays.copyOf(Files.readAllBytes(image), (LEAKED + 1) * CLUSTER);
        bytes[REFCOUNTS + 2 * LEAKED + 1] = 1;
        bytes[REFCOUNTS + 2 * 5 + 1] = 1;
        Files.write(image, bytes);
        Files.copy(image, theirs);
    }

    @ParameterizedTest
    @ValueSource(strings = {"leaks", "all"})
    void leakIsGivenBack(String what) throws Exception {
        damage();
        Pirn.assertSame("check", image.toString()); // Its end too, which is that of the leak.
        Run.Outcome ours = Pirn.img("check", "-r", what, image.toString());
        assertEquals(Pirn.qemuImg("check", "-r", what, theirs.toString()).out(), ours.out());
        assertEquals("0 Repairing: cluster 20 is counted 1 times, and referred to 0 times: leaked\n",
                ours.code() + " " + ours.err());
        Pirn.assertSame("check", image.toString());
    }

    @ParameterizedTest
    @ValueSource(strings = {"leaks", "all"})
    void countThatIsTooSmall(String what) throws Exception {
        Pirn.qemuImg("snapshot", "-c", "one", image.toString());
        damage();
        Run.Outcome ours = Pirn.img("check", "--output=json", "-r", what, image.toString());
        Run.Outcome qemu = Pirn.qemuImg("check", "--output=json", "-r", what, theirs.toString());
        assertEquals(qemu.code(), ours.code(), ours.err());
        assertEquals(what.equals("all") ? 0 : 2, ours.code());
        var numbers = (ObjectNode) Pirn.json(ours.out());
        var theirNumbers = ((ObjectNode) Pirn.json(qemu.out())).put("filename", image.toString());
        // Theirs has one for what we count as two: the count, and the mark that does not go with it.
        assertEquals(theirNumbers.has("corruptions-fixed"), numbers.has("corruptions-fixed"));
        numbers.remove("corruptions-fixed");
        theirNumbers.remove("corruptions-fixed");
        assertEquals(theirNumbers, numbers);
        Images.write(image, "read -P 3 0 300k");
    }

    @Test
    void corruptBitIsCleared() throws Exception {
        byte[] bytes = Files.readAllBytes(image);
        bytes[INCOMPATIBLE] |= 2;
        Files.write(image, bytes);
        assertTrue(Pirn.img("resize", image.toString(), "+1M").err().contains("marked as corrupt"));
        Pirn.succeed("check", "-r", "all", image.toString());
        Pirn.succeed("resize", image.toString(), "+1M");
        Clients.run("qemu-img", "check", image.toString());
    }

    @Test
    void imageWhoseSnapshotsKeepItFromBeingOpened() throws Exception {
        byte[] bytes = Files.readAllBytes(image);
        bytes[63] = 1; // One snapshot, and its table is far behind the file's end.
        bytes[66] = 1;
        Files.write(image, bytes);
        assertEquals(1, Pirn.img("resize", image.toString(), "+1M").code());
        assertEquals(2, Pirn.img("check", image.toString()).code());
        assertEquals(0, Pirn.img("check", "-r", "all", image.toString()).code());
        Clients.run("qemu-img", "check", image.toString());
        Images.write(image, "read -P 3 0 300k");
    }

    @Test
    void numbersOfFragmentedAndCompressedClusters() throws Exception {
        Images.write(image, "write -P 4 900k 64k", "write -P 4 500k 64k", "write -c -P 5 640k 64k");
        Pirn.assertSame("check", image.toString());
        String[] json = {"check", "--output=json", image.toString()};
        assertEquals(Pirn.json(Pirn.qemuImg(json).out()), Pirn.json(Pirn.succeed(json)));
    }

    @Test
    void noImage() throws Exception {
        Files.write(image, new byte[CLUSTER]);
        assertTrue(Pirn.assertSameCode(1, "check", "-f", "qcow2", image.toString())
                .startsWith("pirn: img check: cannot be used: " + image));
    }
}
