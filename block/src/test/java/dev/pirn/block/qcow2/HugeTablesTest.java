package dev.pirn.block.qcow2;

import static dev.pirn.block.qcow2.BadImage.*;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.function.LongUnaryOperator;
import java.util.function.ObjIntConsumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * Tables as long as the limits allow, in files that take next to nothing on a disk, or some megabytes: they
 * cost what is really there.
 */
@SmallMemory
class HugeTablesTest {
    private static final long FAR = 1L << 40;
    /** 2 MiB of words; a repair takes a second for some 8 MiB that are all wrong. */
    private static final int STORED = 1 << 18;
    /** Of 65535 or so: as many as are allowed, if there is time. */
    private static final int PART = Boolean.getBoolean("pirn.long") ? 1 : 8;
    private static final int PIECE_SIZE = 64 << 10;
    private static final int L1_ENTRIES = HeaderCheck.L1_SIZE_MAX / Long.BYTES;

    @RegisterExtension
    private final BadImage image = new BadImage();

    /** Writes entries of {@code size} bytes, side by side, each made by its number. */
    private void entries(long at, int count, int size, ObjIntConsumer<ByteBuffer> entry) throws IOException {
        for (int i = 0; i < count; ) {
            int first = i;
            var bytes = ByteBuffer.allocate(Math.min(PIECE_SIZE / size, count - first) * size);
            for (int begin = 0; begin < bytes.capacity(); begin += size) {
                entry.accept(bytes.slice(begin, size), i++);
            }
            image.setBytes(at + (long) first * size, bytes.array());
        }
    }

    private void words(long at, int count, LongUnaryOperator word) throws IOException {
        entries(at, count, Long.BYTES, (each, i) -> each.putLong(word.applyAsLong(i)));
    }

    private void l1At(long at) throws IOException {
        image.set64(40, at).set32(36, L1_ENTRIES).grow(at + HeaderCheck.L1_SIZE_MAX);
    }

    private void write() throws Exception {
        image.in(() -> {
            try (var disk = Qcow2Image.open(image.path, Qcow2Options.DEFAULT, image.pool())) {
                disk.write(SIZE / 2, Arena.ofAuto().allocate(CLUSTER).fill((byte) 1));
                disk.flush();
            }
            return null;
        });
    }

    @Test
    void l1TableOf32MiBThatIsAHole() throws Exception {
        l1At(FAR);
        image.read(0, SIZE);
        image.repaired();
        write();
        assertTrue(image.check().isClean());
    }

    @Test
    void l1TableOf32MiBThatLeadsToOneL2Table() throws Exception {
        l1At(FAR);
        words(FAR, STORED, i -> COPIED | L2);
        image.read(0, SIZE);
        assertFalse(image.check().isSound());
        String left = image.repair(Repair.ALL).messages().getLast();
        assertTrue(left.contains("more than its refcount can hold"), left);
    }

    @Test
    void l1TableOf32MiBThatLeadsBehindTheEnd() throws Exception {
        l1At(FAR);
        words(FAR, STORED, i -> COPIED | FAR << 5);
        assertFalse(image.check().isSound());
        image.repaired();
    }

    @Test
    void l1TableOf32MiBThatLeadsToHoles() throws Exception {
        l1At(FAR);
        words(FAR, 4 * STORED, i -> COPIED | (1000 + i) * CLUSTER);
        assertFalse(image.check().isSound());
    }

    private void refcountTableAtTheEnd() throws Exception {
        image.set64(48, FAR).set32(56, HeaderCheck.REFCOUNT_TABLE_SIZE_MAX / CLUSTER);
        image.grow(FAR + HeaderCheck.REFCOUNT_TABLE_SIZE_MAX);
    }

    @Test
    void refcountTableOf8MiBThatIsAHole() throws Exception {
        refcountTableAtTheEnd();
        assertFalse(image.check().isSound());
        image.repaired();
        image.dataIsThere();
    }

    @Test
    void refcountTableOf8MiBThatLeadsToOneBlock() throws Exception {
        refcountTableAtTheEnd();
        words(FAR, HeaderCheck.REFCOUNT_TABLE_SIZE_MAX / Long.BYTES, i -> BLOCK);
        assertFalse(image.check().isSound());
        image.repaired();
        image.dataIsThere();
    }

    @Test
    void refcountTableOf8MiBThatLeadsToHoles() throws Exception {
        refcountTableAtTheEnd();
        words(FAR, STORED, i -> (1000 + i) * CLUSTER);
        assertFalse(image.check().isSound());
        image.repaired();
        image.dataIsThere();
    }

    /** With L1 tables that are apart, 32 MiB each, in holes; and extra data up to the table's limit. */
    @Test
    void snapshotsAndTablesUpToAllLimits() throws Exception {
        int size = SnapshotTable.SIZE_MAX / HeaderCheck.SNAPSHOTS_MAX;
        int count = HeaderCheck.SNAPSHOTS_MAX / PART;
        entries(FAR / 2, count, size, (entry, i) -> {
            entry.putLong(0, FAR + (long) i * HeaderCheck.L1_SIZE_MAX).putInt(8, L1_ENTRIES);
            entry.putShort(12, (short) 8).putInt(36, size - 48).putLong(size - 8, i);
        });
        image.set32(60, count).set64(64, FAR / 2);
        image.grow(FAR + (long) count * HeaderCheck.L1_SIZE_MAX);
        image.read(0, CLUSTER);
        assertFalse(image.check().isSound());
        image.repaired();
    }

    private long directory(int count, long size) throws Exception {
        image.in(() -> {
            try (var disk = Qcow2Image.open(image.path, Qcow2Options.DEFAULT, image.pool())) {
                disk.bitmaps().add("b", 512, true);
            }
            return null;
        });
        long extension = 104;
        while (image.get64(extension - 8) >>> 32 != HeaderExtension.BITMAPS) extension += 8;
        image.set32(extension, count).set64(extension + 8, size).set64(extension + 16, FAR);
        return FAR;
    }

    private static void bitmap(ByteBuffer entry, long table, int entries, String name) {
        entry.putLong(table).putInt(entries).putInt(BitmapEntry.AUTO).put((byte) 1).put((byte) 9);
        entry.putShort((short) name.length()).putInt(0).put(name.getBytes(StandardCharsets.US_ASCII));
    }

    @Test
    void bitmapsUpToTheLimit() throws Exception {
        int size = (int) BitmapDirectory.SIZE_MAX / (BitmapDirectory.BITMAPS_MAX + 1);
        int count = BitmapDirectory.BITMAPS_MAX / PART;
        long at = directory(count, (long) size * count);
        entries(at, count, size, (entry, i) ->
                bitmap(entry, 2 * FAR + (long) i * CLUSTER, 1, "%040d".formatted(i)));
        image.grow(3 * FAR);
        write();
        assertFalse(image.check().isSound()); // Nothing of it is counted.
        image.repaired();
    }

    /** Each has 512 MiB of bits, all of which are marked, or none. */
    @Test
    void bitmapsOfLargeDisks() throws Exception {
        int count = 128;
        image.make(new Qcow2Creation(1L << 41).clusterSize(CLUSTER * 16));
        long at = directory(count, 32L * count);
        int entries = (512 << 20) / (CLUSTER * 16);
        long size = (long) entries * Long.BYTES;
        entries(at, count, 32, (entry, i) -> bitmap(entry, 2 * FAR + i * size, entries, "%08d".formatted(i)));
        words(2 * FAR, entries * count, _ -> 1);
        image.grow(3 * FAR);
        write();
        assertFalse(image.check().isSound());
        image.repaired();
    }
}
