package dev.pirn.block.qcow2;

import static dev.pirn.block.qcow2.BadImage.SIZE;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.pirn.CoroutineFn;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Bitmaps of sound images: merged, and dropped by who does not know them. */
class BitmapsTest {
    private static final int K = 1024;

    @RegisterExtension
    private final BadImage image = new BadImage();

    private interface Use {
        @CoroutineFn
        void of(Qcow2Image disk) throws IOException;
    }

    private interface UseTwo {
        @CoroutineFn
        void of(Qcow2Image disk, Qcow2Image other) throws IOException;
    }

    @AfterEach
    void close() throws Exception {
        assertTrue(image.check().isClean());
    }

    private void open(Use use) throws Exception {
        image.in(() -> {
            try (var disk = Qcow2Image.open(image.path, Qcow2Options.DEFAULT, image.pool())) {
                use.of(disk);
                disk.finish();
            }
            return null;
        });
    }

    /** The image, and another one that is made for it. */
    private void openTwo(long otherSize, UseTwo use) throws Exception {
        Path path = image.path.resolveSibling("other.qcow2");
        image.in(() -> {
            new Qcow2Creation(otherSize).clusterSize(BadImage.CLUSTER).create(path, image.pool());
            try (var other = Qcow2Image.open(path, Qcow2Options.DEFAULT, image.pool());
                    var disk = Qcow2Image.open(image.path, Qcow2Options.DEFAULT, image.pool())) {
                use.of(disk, other);
            }
            return null;
        });
    }

    /** Makes one in which these bytes are dirty, in pairs of an offset and a length. */
    @CoroutineFn
    private static void add(Qcow2Image disk, String name, int granularity, int... ranges)
            throws IOException {
        disk.bitmaps().add(name, granularity, true);
        for (int i = 0; i < ranges.length; i += 2) {
            disk.write(ranges[i], Arena.ofAuto().allocate(ranges[i + 1]).fill((byte) 3));
        }
        disk.bitmaps().setAuto(name, false);
    }

    /** The dirty runs: offset, length and so on. */
    @CoroutineFn
    private static List<Integer> dirty(Qcow2Image disk, String name) throws IOException {
        var found = new ArrayList<Integer>();
        int at = 0;
        for (var each : disk.bitmaps().view(name).runs(0, SIZE, Integer.MAX_VALUE)) {
            if (each.isDirty()) found.addAll(List.of(at, (int) each.length()));
            at += (int) each.length();
        }
        assertEquals(SIZE, at);
        return found;
    }

    @Test
    void mergedOfOneGranularity() throws Exception {
        open(disk -> {
            add(disk, "to", 4 * K, 0, 4 * K, 40 * K, 4 * K);
            add(disk, "from", 4 * K, 4 * K, 1, 80 * K, 4 * K);
            disk.bitmaps().merge("to", disk.bitmaps(), "from");
        });
        open(disk -> {
            assertEquals(List.of(0, 8 * K, 40 * K, 4 * K, 80 * K, 4 * K), dirty(disk, "to"));
            assertEquals(List.of(4 * K, 4 * K, 80 * K, 4 * K), dirty(disk, "from"));
        });
    }

    @Test
    void coarseOneGetsAFineOne() throws Exception {
        open(disk -> {
            add(disk, "to", 64 * K, 0, 1);
            add(disk, "from", K / 2, 100 * K, 200, 191 * K, 2 * K, SIZE - 1, 1);
            disk.bitmaps().merge("to", disk.bitmaps(), "from");
        });
        open(disk -> assertEquals(List.of(0, 256 * K, SIZE - 64 * K, 64 * K), dirty(disk, "to")));
    }

    @Test
    void fineOneGetsACoarseOne() throws Exception {
        open(disk -> {
            add(disk, "to", K / 2, 0, 1, 130 * K, 1);
            add(disk, "from", 64 * K, 200 * K, 1);
            disk.bitmaps().merge("to", disk.bitmaps(), "from");
        });
        open(disk -> assertEquals(List.of(0, K / 2, 130 * K, K / 2, 192 * K, 64 * K), dirty(disk, "to")));
    }

    @Test
    void mergedFromAnotherImage() throws Exception {
        openTwo(SIZE, (disk, other) -> {
            add(other, "from", 64 * K, 70 * K, 1);
            add(disk, "to", 4 * K, 0, 1);
            disk.bitmaps().merge("to", other.bitmaps(), "from");
            assertEquals(List.of(0, 4 * K, 64 * K, 64 * K), dirty(disk, "to"));
            assertEquals(List.of(64 * K, 64 * K), dirty(other, "from"));
        });
    }

    /** All at once: names, granularities, flags and bits. */
    @Test
    void copiedToAnotherImage() throws Exception {
        openTwo(SIZE, (disk, other) -> {
            add(other, "a", 64 * K, 70 * K, 1);
            add(other, "b", K / 2, SIZE - 1, 1);
            other.bitmaps().setAuto("a", true);
            add(disk, "there", 4 * K, 0, 1);
            disk.bitmaps().copy(other.bitmaps(), List.of("a", "b"));
            assertEquals(other.bitmaps().list(), disk.bitmaps().list().subList(1, 3));
            assertEquals(List.of(64 * K, 64 * K), dirty(disk, "a"));
            assertEquals(List.of(SIZE - K / 2, K / 2), dirty(disk, "b"));
            assertEquals(List.of(0, 4 * K), dirty(disk, "there"));
            String said = assertThrows(IOException.class,
                    () -> disk.bitmaps().copy(other.bitmaps(), List.of("b"))).getMessage();
            assertTrue(said.endsWith("bitmap \"b\": there is one of that name"), said);
        });
    }

    /** The first could be copied: it is not there, all the same. */
    @Test
    void noneIsCopiedIfOneCannotBe() throws Exception {
        openTwo(SIZE, (disk, other) -> {
            add(other, "a", 64 * K, 70 * K, 1);
            assertThrows(IOException.class,
                    () -> disk.bitmaps().copy(other.bitmaps(), List.of("a", "none")));
            String said = assertThrows(IOException.class,
                    () -> disk.bitmaps().copy(other.bitmaps(), List.of("a", "a"))).getMessage();
            assertTrue(said.endsWith("a bitmap is to be copied twice"), said);
            assertEquals(List.of(), disk.bitmaps().list());
        });
    }

    @Test
    void notMergedFromADiskOfAnotherSize() throws Exception {
        openTwo(2 * SIZE, (disk, other) -> {
            add(other, "from", 64 * K, 70 * K, 1);
            add(disk, "to", 4 * K, 0, 1);
            String said = assertThrows(IOException.class,
                    () -> disk.bitmaps().merge("to", other.bitmaps(), "from")).getMessage();
            assertTrue(said.endsWith("bitmap \"to\": of a disk of 1048576 bytes, and \"from\" of one of "
                    + "2097152: cannot be merged"), said);
            assertEquals(List.of(0, 4 * K), dirty(disk, "to"));
        });
    }

    /** Pages that a merge read are given back: else, when none are left, all would count as dirty. */
    @Test
    void mergedMoreOftenThanThereIsMemoryFor() throws Exception {
        var creation = new Qcow2Creation(1L << 40).clusterSize(1 << 20);
        image.make(creation);
        image.in(() -> {
            try (var disk = Qcow2Image.open(image.path, Qcow2Options.DEFAULT, image.pool())) {
                disk.bitmaps().add("from", 512 << 10, true);
                for (long at = 0; at < 1L << 40; at += 16L << 30) disk.writeZeroes(at, 1, true);
                disk.bitmaps().setAuto("from", false);
                disk.bitmaps().add("to", 512 << 10, false);
                int before = disk.bitmaps().pagesUsed();
                for (int i = 0; i < 3; i++) disk.bitmaps().merge("to", disk.bitmaps(), "from");
                assertEquals(before, disk.bitmaps().pagesUsed());
            }
            return null;
        });
    }

    /** Who wrote without knowing of bitmaps has cleared the bit, and left the extension. */
    @Test
    void extensionWithoutTheAutoclearBitMeansNothing() throws Exception {
        open(disk -> add(disk, "old", 4 * K, 0, 1));
        long bits = image.get64(Header.AT_AUTOCLEAR);
        assertEquals(Feature.BITMAPS.mask(), bits & Feature.BITMAPS.mask());
        image.set64(Header.AT_AUTOCLEAR, bits & ~Feature.BITMAPS.mask());
        open(disk -> {
            assertEquals(List.of(), disk.bitmaps().list());
            assertThrows(IOException.class, () -> disk.bitmaps().view("old"));
        });
        image.repaired(); // What they took is a leak.
        open(disk -> {
            add(disk, "new", 64 * K, 70 * K, 1);
            assertEquals(List.of("new"), disk.bitmaps().list().stream().map(Bitmap::name).toList());
        });
        open(disk -> assertEquals(List.of(64 * K, 64 * K), dirty(disk, "new")));
    }
}
