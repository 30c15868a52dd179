package dev.pirn.lab;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Disks with bitmaps become longer and shorter as qemu-img makes them. */
class Qcow2BitmapResizeTest {
    @TempDir
    private Path dir;
    private Path one;
    private Path two;

    @BeforeEach
    void name() {
        one = dir.resolve("one");
        two = dir.resolve("two");
    }

    private static void bitmap(Path image, String options) throws Exception {
        Clients.run("qemu-img", ("bitmap " + options.replace("IMAGE", image.toString())).split(" "));
    }

    /** Sound to both, and alike: not a bit more, nor less. */
    private void agree(String size) throws Exception {
        assertEquals(BitmapBits.of(one), BitmapBits.of(two), size);
        for (Path each : List.of(one, two)) {
            Clients.run("qemu-img", "check", each.toString()); // Fails for a leak, too.
            Pirn.succeed("check", each.toString());
        }
    }

    /**
     * Two images, each by the one and by the other in turn. Of the last granule there is a part; a table of
     * 1 KiB is about 512 MiB of a granularity of 512 (QEMU needs half a minute to make such a disk short).
     */
    @ParameterizedTest
    @CsvSource({"64k, 64k, 4k, 1000k 2M 980k 1M 3G 5M", "1k, 512, 1M, 300k 512M 513M 512M",
        "64k, 2G, 512, 999k 64M 3G 1M"})
    void asQemuDoesIt(String cluster, String fine, String coarse, String sizes) throws Exception {
        List<String> all = List.of(sizes.split(" "));
        Images.qcow2(one, all.getFirst(), "-o", "cluster_size=" + cluster);
        bitmap(one, "--add -g " + fine + " IMAGE auto");
        bitmap(one, "--add --disable -g " + coarse + " IMAGE disabled");
        Images.write(one, "write 20k 70k", "write 99k 1k", "write 290k 10k");
        bitmap(one, "--merge auto IMAGE disabled");
        Files.copy(one, two);
        Path theirs = one;
        Path ours = two;
        for (String size : all.subList(1, all.size())) {
            Clients.run("qemu-img", "resize", "-q", "--shrink", theirs.toString(), size);
            assertEquals("Image resized.\n", Pirn.succeed("resize", "--shrink", ours.toString(), size));
            agree(size);
            Images.write(theirs, "write -z 0 1k", "write -z 90k 10k");
            Images.write(ours, "write -z 0 1k", "write -z 90k 10k");
            agree(size);
            Path swapped = theirs;
            theirs = ours;
            ours = swapped;
        }
    }

    /** Longer, shorter or as it is. */
    @Test
    void refusedWithOneThatIsInconsistent() throws Exception {
        Images.qcow2(one, "1M");
        Images.abandonBitmap(one, "bad");
        bitmap(one, "--add IMAGE fine");
        for (String size : List.of("2M", "512k", "1M")) {
            Files.copy(one, two);
            Run.Outcome said = Pirn.img("resize", "--shrink", one.toString(), size);
            assertEquals(1, said.code());
            assertTrue(said.err().contains("bitmap \"bad\": inconsistent"), said.err());
            assertEquals(-1, Files.mismatch(one, two));
            assertEquals(1, Pirn.qemuImg("resize", "--shrink", two.toString(), size).code());
            Files.delete(two);
        }
        bitmap(one, "--remove IMAGE bad");
        Pirn.succeed("resize", one.toString(), "2M");
        Clients.run("qemu-img", "check", one.toString());
    }

    /** QEMU says that it is done, and all bitmaps of the image are lost. */
    @Test
    void refusedWhereABitmapWouldBeTooLong() throws Exception {
        Images.qcow2(one, "1M");
        bitmap(one, "--add -g 512 IMAGE fine");
        Run.Outcome said = Pirn.img("resize", one.toString(), "3T");
        assertEquals(1, said.code());
        assertTrue(said.err().contains("bitmap \"fine\": a granularity of 512 makes it 805306368 bytes long"),
                said.err());
        Pirn.assertSame("info", "--output=json", one.toString());
        Clients.run("qemu-img", "check", one.toString());
    }
}
