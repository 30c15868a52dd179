package dev.pirn.block.qcow2;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Disks that become longer, or shorter, and have snapshots. */
class ResizeWithSnapshotsTest {
    private static final int CLUSTER = BadImage.CLUSTER;
    /** What one L2 table maps: where the state of a machine begins, behind a disk that is not longer. */
    private static final int MAPPED = CLUSTER / Long.BYTES * CLUSTER;
    private static final int AT_SNAPSHOTS_OFFSET = 64;
    /** In a snapshot's entry: behind its head, and the size of the state. */
    private static final int AT_DISK_SIZE = 48;

    @RegisterExtension
    private final BadImage image = new BadImage();

    private static MemorySegment filled(int length, int value) {
        return Arena.ofAuto().allocate(length).fill((byte) value);
    }

    /**
     * The state of a machine stands where the disk would go on, as savevm writes it; a snapshot has it, and
     * the disk in use, as QEMU leaves it when that snapshot was applied.
     * <pre>
     *   L1:  │ the disk │ the state │
     * </pre>
     */
    private void makeWithState(int diskSize) throws Exception {
        image.make(new Qcow2Creation(2L * MAPPED).clusterSize(CLUSTER));
        image.in(() -> {
            try (var disk = Qcow2Image.open(image.path, Qcow2Options.DEFAULT, image.pool())) {
                disk.write(MAPPED + CLUSTER, filled(3 * CLUSTER, 7));
                disk.snapshots().create("state", Instant.EPOCH);
            }
            return null;
        });
        image.set64(Header.AT_SIZE, diskSize);
        image.set64(image.get64(AT_SNAPSHOTS_OFFSET) + AT_DISK_SIZE, diskSize);
    }

    private void growsWithZeroes(int before, int after) throws Exception {
        makeWithState(before);
        assertTrue(image.check().isClean());
        image.in(() -> {
            try (var disk = Qcow2Image.open(image.path, Qcow2Options.DEFAULT, image.pool())) {
                disk.resize(after);
                MemorySegment behind = filled(2 * MAPPED - before, 1);
                disk.read(before, behind);
                assertArrayEquals(new byte[2 * MAPPED - before], behind.toArray(ValueLayout.JAVA_BYTE));
                MemorySegment kept = filled(BadImage.FILLED, 0);
                disk.read(0, kept);
                assertEquals(-1, kept.mismatch(filled(BadImage.FILLED, 1)));
            }
            return null;
        });
        assertTrue(image.check().isClean(), image.check().toString());
        long snapshotL1 = image.get64(image.get64(AT_SNAPSHOTS_OFFSET));
        assertTrue((image.get64(snapshotL1 + Long.BYTES) & L2Entry.HOST_MASK) != 0, "the state is lost");
    }

    @Test
    void aMachinesStateIsNoPartOfALongerDisk() throws Exception {
        growsWithZeroes(MAPPED, 2 * MAPPED);
    }

    @Test
    void norWhereTheL1TableIsMoved() throws Exception {
        growsWithZeroes(MAPPED - CLUSTER, 600 * MAPPED);
    }

    @Test
    void aSnapshotOfAShorterDiskKeepsItsOwn() throws Exception {
        image.make(new Qcow2Creation(2L * MAPPED).clusterSize(CLUSTER));
        image.in(() -> {
            try (var disk = Qcow2Image.open(image.path, Qcow2Options.DEFAULT, image.pool())) {
                disk.write(0, filled(2 * MAPPED, 5));
                disk.snapshots().create("long", Instant.EPOCH);
                disk.resize(CLUSTER + 512); // In the midst of a cluster, and without the second L2 table.
                disk.write(0, filled(CLUSTER + 512, 6));
                disk.flush();
                assertTrue(disk.check().isSound());
                disk.resize(2L * MAPPED);
                MemorySegment rest = filled(2 * MAPPED - CLUSTER - 512, 1);
                disk.read(CLUSTER + 512, rest);
                assertEquals(-1, rest.mismatch(filled((int) rest.byteSize(), 0)), "what was cut off is back");
                disk.resize(CLUSTER);
                disk.snapshots().apply(disk.snapshots().find("long"));
            }
            try (var disk = Qcow2Image.open(image.path, Qcow2Options.DEFAULT, image.pool())) {
                MemorySegment all = filled(2 * MAPPED, 1);
                disk.read(0, all);
                assertEquals(-1, all.mismatch(filled(2 * MAPPED, 5)));
            }
            return null;
        });
        assertTrue(image.check().isClean(), image.check().toString());
    }

    @Test
    void aSnapshotThatDoesNotSayItsSizeKeepsTheDisksSize() throws Exception {
        image.make(new Qcow2Creation(MAPPED).clusterSize(CLUSTER).version(2));
        image.in(() -> {
            try (var disk = Qcow2Image.open(image.path, Qcow2Options.DEFAULT, image.pool())) {
                disk.snapshots().create("old", Instant.EPOCH);
                disk.resize(MAPPED); // No change.
            }
            return null;
        });
        // As before version 3: no extra data; where it was stand the id and the name.
        long entry = image.get64(AT_SNAPSHOTS_OFFSET);
        image.set32(entry + 36, 0).setBytes(entry + 40, "1old".getBytes());
        String said = image.in(() -> {
            try (var disk = Qcow2Image.open(image.path, Qcow2Options.DEFAULT, image.pool())) {
                assertEquals(MAPPED, disk.snapshots().find("old").diskSize());
                assertThrows(IOException.class, () -> disk.resize(MAPPED / 2));
                return assertThrows(IOException.class, () -> disk.resize(2L * MAPPED)).getMessage();
            }
        });
        assertEquals(image.path + ": snapshot \"old\" does not say how long its disk is, so that it "
                + "is as long as the one in use: not resized; delete the snapshot first", said);
    }
}
