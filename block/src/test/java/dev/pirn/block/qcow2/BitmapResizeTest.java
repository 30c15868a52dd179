package dev.pirn.block.qcow2;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.pirn.CoroutineFn;
import dev.pirn.aio.ThreadPool;
import dev.pirn.block.Loops;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Disks that have bitmaps, and become longer or shorter. */
class BitmapResizeTest {
    private static final int K = 1024;
    private static final int CLUSTER = K;
    private static final int SIZE = 1 << 20;
    /** What a cluster of bits of a granularity of 512 is about. */
    private static final int ABOUT = CLUSTER * Byte.SIZE * 512;
    private static final int CALLS_MAX = 400;

    private final ThreadPool pool = ThreadPool.of("disk", 2);
    private MemoryFile file;
    private int clusterSize = CLUSTER;

    private interface Use {
        @CoroutineFn
        void of(Qcow2Image disk) throws IOException;
    }

    @BeforeEach
    void make() throws Exception {
        make(SIZE);
    }

    private void make(long size) throws Exception {
        file = new MemoryFile(new byte[0]);
        Loops.run(() -> new Qcow2Creation(size).clusterSize(clusterSize).create(file));
    }

    @AfterEach
    void close() {
        pool.close();
    }

    private void open(Use use) throws Exception {
        Loops.run(() -> {
            Qcow2Image disk = Qcow2Image.open(file, Path.of("."), Qcow2Options.DEFAULT, pool);
            use.of(disk);
            disk.finish();
            disk.flush();
        });
    }

    @CoroutineFn
    private static void fill(Qcow2Image disk, long offset, int length) throws IOException {
        disk.write(offset, Arena.ofAuto().allocate(length).fill((byte) 3));
    }

    /** The dirty runs: offset, length and so on. */
    @CoroutineFn
    private static List<Long> dirty(Qcow2Image disk, String name) throws IOException {
        var found = new ArrayList<Long>();
        long at = 0;
        for (var each : disk.bitmaps().view(name).runs(0, disk.size(), Integer.MAX_VALUE)) {
            if (each.isDirty()) found.addAll(List.of(at, each.length()));
            at += each.length();
        }
        assertEquals(disk.size(), at);
        return found;
    }

    private ByteBuffer bytes() {
        return ByteBuffer.wrap(file.content());
    }

    private int extension() {
        ByteBuffer bytes = bytes();
        int at = 104;
        while (bytes.getInt(at) != HeaderExtension.BITMAPS) at += 8 + (bytes.getInt(at + 4) + 7 & ~7);
        return at + 8;
    }

    private int directory() {
        return (int) bytes().getLong(extension() + 16);
    }

    private void set(long at, int value) throws Exception {
        var word = Arena.ofAuto().allocate(Integer.BYTES);
        word.set(Slice.INT, 0, value);
        Loops.run(() -> file.write(at, word));
    }

    /** Neither the header nor a byte of what was there changes. */
    private void refused(long size, String why) throws Exception {
        byte[] before = file.content();
        open(disk -> {
            IOException e = assertThrows(IOException.class, () -> disk.resize(size));
            assertEquals("memory: bitmap \"" + why, e.getMessage());
        });
        assertArrayEquals(before, file.content());
    }

    /** As QEMU has it, of which ever size. */
    @ParameterizedTest
    @CsvSource({"2048", "1024", "512"})
    void refusedWithOneThatIsInconsistent(int sizeInK) throws Exception {
        open(disk -> {
            disk.bitmaps().add("one", 4096, true);
            disk.bitmaps().add("two", 4096, false);
        });
        set(directory() + 32 + BitmapEntry.FLAGS_AT, BitmapEntry.IN_USE);
        refused((long) sizeInK * K, "two\": inconsistent, for who wrote last did not store it; it can be "
                + "removed");
    }

    @Test
    void refusedWithOneOfAKindThatIsNotKnown() throws Exception {
        open(disk -> disk.bitmaps().add("one", 4096, true));
        set(directory() + 16, 2 << 24 | 12 << 16 | 3);
        refused(2 * SIZE, "one\": of a kind that is not known here");
    }

    /** Nobody could keep it then; QEMU loses all bitmaps of the image. */
    @Test
    void refusedWhereOneWouldTakeMoreThan512MiB() throws Exception {
        clusterSize = 64 * K;
        make(SIZE);
        open(disk -> disk.bitmaps().add("one", 512, true));
        refused((2L << 40) + 4096, "one\": a granularity of 512 makes it 536870913 bytes long, more than 512 "
                + "MiB; it can be removed");
    }

    @Test
    void refusedWhereNothingOfTheDiskIsLeft() throws Exception {
        open(disk -> disk.bitmaps().add("one", 512, true));
        refused(0, "one\": a disk of no bytes has no bitmaps; it can be removed");
    }

    @Test
    void refusedWithATableForTwo() throws Exception {
        open(disk -> {
            disk.bitmaps().add("one", 512, false);
            disk.bitmaps().add("two", 512, false);
        });
        int table = (int) bytes().getLong(directory());
        set(directory() + 36, table);
        byte[] before = file.content();
        String said = assertThrows(BadImageException.class, () -> open(disk -> disk.resize(2 * SIZE)))
                .getMessage();
        assertEquals("memory: the tables of bitmaps \"one\" and \"two\" overlap, at " + table, said);
        assertArrayEquals(before, file.content());
    }

    /** Tables of one cluster, of two, of four and of one again. */
    @Test
    void tablesThatNeedMoreClusters() throws Exception {
        long each = (long) ABOUT * CLUSTER / Long.BYTES;
        make(each);
        open(disk -> {
            disk.bitmaps().add("fine", 512, true);
            fill(disk, each - 512, 512);
            disk.resize(each + 512);
            assertEquals(List.of(each - 512, 512L), dirty(disk, "fine"));
            fill(disk, each, 1);
            disk.finish();
            assertEquals(List.of(each - 512, 1024L), dirty(disk, "fine"));
            disk.resize(4 * each);
            fill(disk, 4 * each - 1, 1);
            disk.finish();
            assertEquals(List.of(each - 512, 1024L, 4 * each - 512, 512L), dirty(disk, "fine"));
            disk.resize(each);
            assertEquals(List.of(each - 512, 512L), dirty(disk, "fine"));
            disk.resize(4 * each);
            assertEquals(List.of(each - 512, 512L), dirty(disk, "fine"));
            assertTrue(disk.check().isClean());
        });
    }

    /** An entry that says "all ones" says so of the disk as it was. */
    @Test
    void nothingNewIsDirtyWhereAllWas() throws Exception {
        open(disk -> {
            disk.bitmaps().add("all", 512, true);
            disk.writeZeroes(0, SIZE, true);
            disk.finish();
            disk.resize(3L * ABOUT);
            assertEquals(List.of(0L, (long) SIZE), dirty(disk, "all"));
            disk.resize(SIZE / 2);
            assertEquals(List.of(0L, SIZE / 2L), dirty(disk, "all"));
            disk.resize(SIZE);
            assertEquals(List.of(0L, SIZE / 2L), dirty(disk, "all"));
            assertTrue(disk.check().isClean());
        });
    }

    /** Bits behind the last should be zero, and are nobody's until the disk is longer. */
    @Test
    void bitsBehindTheEndDoNotComeIntoSight() throws Exception {
        open(disk -> {
            disk.bitmaps().add("b", 512, true);
            fill(disk, 0, 512);
        });
        long table = bytes().getLong(directory());
        set(bytes().getLong((int) table) + SIZE / 512 / Byte.SIZE, -1);
        open(disk -> {
            disk.resize(2 * SIZE);
            assertEquals(List.of(0L, 512L), dirty(disk, "b"));
            assertTrue(disk.check().isClean());
        });
    }

    /** What was written since the image was opened is noted in memory alone. */
    @Test
    void whileItNotesWrites() throws Exception {
        open(disk -> {
            disk.bitmaps().add("b", 64 * K, true);
            fill(disk, SIZE - 1, 1);
            disk.resize(2 * SIZE);
            fill(disk, 2 * SIZE - 1, 1);
            disk.resize(SIZE + 64 * K);
            fill(disk, 0, 1);
        });
        open(disk -> assertEquals(List.of(0L, 64L * K, SIZE - 64L * K, 64L * K), dirty(disk, "b")));
    }

    /** Returns whether a call failed. */
    private boolean fails(byte[] bytes, long wanted, int after, boolean forEver) throws Exception {
        file = new MemoryFile(bytes.clone());
        var failing = new FailingFile(file);
        boolean[] failed = {false};
        Loops.run(() -> {
            Qcow2Image disk = Qcow2Image.open(failing, Path.of("."), Qcow2Options.DEFAULT, pool);
            failing.failAfter(after, forEver);
            try {
                disk.resize(wanted);
                assertEquals(wanted, disk.size());
            } catch (IOException e) {
                assertTrue(e.toString().contains("failed on purpose"), e.toString());
            }
            failed[0] = failing.heal();
        });
        open(disk -> {
            assertTrue(disk.size() == SIZE || disk.size() == wanted);
            CheckReport report = disk.check();
            assertTrue(report.isSound(), report.toString());
            List<Bitmap> all = disk.bitmaps().list();
            // Where it cannot be written to any more, and in between of a change of the directory alone.
            assertTrue(all.size() == 2 || forEver && all.isEmpty(), all.toString());
            for (Bitmap each : all) {
                if (!each.isUsable()) continue;
                assertEquals(SIZE / 2 < disk.size() ? List.of(0L, 512L, SIZE / 2L, 512L) : List.of(0L, 512L),
                        dirty(disk, each.name()));
            }
            boolean grew = wanted > SIZE && disk.size() == SIZE && !forEver;
            assertTrue(!grew || all.stream().allMatch(Bitmap::isUsable), "lost, and the disk is as before");
        });
        return failed[0];
    }

    /** Bitmaps are right for the size that the disk has, or are marked; no table is wrong. */
    @ParameterizedTest
    @CsvSource({"8388608, false", "8388608, true", "262144, false", "262144, true"})
    void anyCallFails(long wanted, boolean forEver) throws Exception {
        open(disk -> {
            disk.bitmaps().add("one", 512, true);
            disk.bitmaps().add("two", 512, true);
            fill(disk, 0, 512);
            fill(disk, SIZE / 2, 512);
        });
        byte[] bytes = file.content();
        int after = 0;
        while (fails(bytes, wanted, after, forEver)) {
            after++;
            assertTrue(after < CALLS_MAX, "it goes on for ever");
        }
        assertTrue(after > 30, "only " + after + " calls");
    }
}
