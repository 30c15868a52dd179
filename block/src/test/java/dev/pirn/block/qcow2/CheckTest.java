package dev.pirn.block.qcow2;

import static dev.pirn.block.qcow2.BadImage.*;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.pirn.block.RawOptions;
import dev.pirn.block.StorageFile;
import java.lang.foreign.Arena;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What a check finds, and what a repair makes of it, in an image that is damaged by hand. */
@SmallMemory
class CheckTest {
    @RegisterExtension
    private final BadImage image = new BadImage();

    private void found(long corruptions, long leaks) throws Exception {
        CheckReport report = image.check();
        assertEquals(corruptions, report.corruptions(), report.toString());
        assertEquals(leaks, report.leaks(), report.toString());
    }

    @Test
    void nothing() throws Exception {
        CheckReport report = image.check();
        assertEquals(SIZE / CLUSTER, report.totalClusters());
        assertEquals(10, report.allocatedClusters());
        assertEquals(0, report.fragmentedClusters());
        assertEquals(DATA + FILLED, report.imageEndOffset());
    }

    @Test
    void clusterCountedThoughNobodyRefersToIt() throws Exception {
        image.grow(DATA + FILLED + 3 * CLUSTER).set16(BLOCK + 2 * 16, 1);
        found(0, 1);
        CheckReport report = image.repair(Repair.LEAKS);
        assertTrue(report.isClean(), report.toString());
        assertEquals(1, report.leaksFixed());
        image.dataIsThere();
    }

    @Test
    void clusterCountedAsFree() throws Exception {
        image.set16(BLOCK + 2 * 6, 0);
        found(2, 0); // The count, and the mark.
        CheckReport report = image.repaired();
        assertTrue(report.corruptionsFixed() > 0);
        image.dataIsThere();
    }

    @Test
    void countsBehindTheEndAreNoLeaksWhenItGrows() throws Exception {
        image.set16(BLOCK + 2 * 100, 7).set64(TABLE + 8, DATA + FILLED);
        image.setBytes(DATA + FILLED, new byte[CLUSTER]).set16(BLOCK + 2 * 15, 1).set16(DATA + FILLED, 3);
        found(0, 0);
        image.repaired();
        image.grow(3000L * CLUSTER);
        found(0, 0);
    }

    @Test
    void leaksAloneAreRepairedThoughOthersStay() throws Exception {
        image.set16(BLOCK + 2 * 6, 0).set16(BLOCK + 2 * 7, 3);
        CheckReport report = image.repair(Repair.LEAKS);
        assertEquals(1, report.leaksFixed());
        assertEquals(2, report.corruptions());
    }

    @Test
    void markMissing() throws Exception {
        image.set64(L2, DATA).set64(L1, L2);
        found(2, 0);
        image.repaired();
        assertEquals(DATA | COPIED, image.get64(L2));
        assertEquals(L2 | COPIED, image.get64(L1));
    }

    @Test
    void twoEntriesForOneCluster() throws Exception {
        image.set64(L2 + 8, DATA | COPIED);
        found(1, 1);
        image.repaired();
        assertEquals(DATA, image.get64(L2));
        image.dataIsThere();
    }

    @Test
    void entryBehindTheEnd() throws Exception {
        image.set64(L2 + 8 * 100, 1L << 40 | COPIED);
        assertFalse(image.check().isSound());
        image.repaired();
        assertEquals(1, image.get64(L2 + 8 * 100));
        image.dataIsThere();
    }

    @Test
    void entryThatIsNoMultipleOfTheCluster() throws Exception {
        image.set64(L2 + 8 * 100, DATA + 512 | COPIED);
        image.repaired();
        assertEquals(1, image.get64(L2 + 8 * 100));
        image.dataIsThere();
    }

    @Test
    void reservedBits() throws Exception {
        image.set64(L2, DATA | COPIED | 1L << 57).set64(L1, L2 | COPIED | 4);
        found(2, 0);
        image.repaired();
        assertEquals(DATA | COPIED, image.get64(L2));
        image.dataIsThere();
    }

    @Test
    void compressedEntryMarkedAsItsOwn() throws Exception {
        image.set64(L2, DATA | COPIED | L2Entry.COMPRESSED);
        assertFalse(image.check().isSound());
        CheckReport report = image.repair(Repair.ALL);
        assertTrue(report.isClean(), report.toString());
        assertEquals(DATA | L2Entry.COMPRESSED, image.get64(L2));
    }

    @Test
    void compressedEntryBehindTheEnd() throws Exception {
        image.set64(L2 + 8 * 100, 1L << 40 | L2Entry.COMPRESSED);
        found(1, 0);
        image.repaired();
        image.dataIsThere();
    }

    @Test
    void refcountTableOfZeroes() throws Exception {
        image.set64(TABLE, 0);
        assertFalse(image.check().isSound());
        image.repaired();
        image.dataIsThere();
    }

    @Test
    void dirtyBitIsClearedOnceAllIsRight() throws Exception {
        image.set64(Header.AT_INCOMPATIBLE, Feature.DIRTY.mask() | Feature.CORRUPT.mask());
        found(0, 0);
        assertEquals(3, image.get64(Header.AT_INCOMPATIBLE));
        image.repaired();
        assertEquals(0, image.get64(Header.AT_INCOMPATIBLE));
    }

    @Test
    void dirtyImageIsRepairedWhenItIsOpenedForWriting() throws Exception {
        image.set64(Header.AT_INCOMPATIBLE, Feature.DIRTY.mask()).set16(BLOCK + 2 * 6, 0);
        image.dataIsThere(); // Read-only: left as it is.
        assertEquals(1, image.get64(Header.AT_INCOMPATIBLE));
        assertFalse(image.check().isSound());
        image.in(() -> {
            try (var disk = Qcow2Image.open(image.path, Qcow2Options.DEFAULT, image.pool())) {
                assertFalse(disk.header().isDirty());
                disk.write(FILLED, Arena.ofAuto().allocate(FILLED).fill((byte) 2));
                disk.flush();
            }
            return null;
        });
        assertEquals(0, image.get64(Header.AT_INCOMPATIBLE));
        found(0, 0);
        image.dataIsThere();
    }

    @Test
    void corruptImageIsNotRepairedUnasked() throws Exception {
        image.set64(Header.AT_INCOMPATIBLE, Feature.CORRUPT.mask() | Feature.DIRTY.mask());
        assertThrows(BadImageException.class, () -> image.with(Qcow2Options.DEFAULT, Qcow2Image::size));
        assertEquals(3, image.get64(Header.AT_INCOMPATIBLE));
    }

    @Test
    void subclustersThatContradictEachOther() throws Exception {
        image.make(new Qcow2Creation(SIZE).clusterSize(16 << 10).extendedL2(true));
        long l2 = 4 * 16384;
        image.set64(l2 + 8, 0xffL << 32 | 0xfff).set64(l2 + 16 * 9 + 8, 5);
        assertEquals(2, image.check().corruptions());
        image.repaired();
        assertEquals(0xffL << 32 | 0xf00, image.get64(l2 + 8));
        assertEquals(0, image.get64(l2 + 16 * 9 + 8));
    }

    @Test
    void refcountsThatCannotHoldWhatTheyShould() throws Exception {
        image.make(ordinary().refcountBits(1));
        image.set64(L2 + 8, DATA);
        CheckReport report = image.repair(Repair.ALL);
        assertFalse(report.isSound());
        assertTrue(report.messages().getLast().contains("more than its refcount can hold"),
                report.toString());
    }

    @Test
    void fewClustersAtATime() throws Exception {
        image.set64(L2 + 8 * 100, 77 * CLUSTER).set64(L2 + 8 * 101, 1L << 40).set16(BLOCK + 2 * 8, 0);
        image.grow(300 * CLUSTER).set16(BLOCK + 2 * 200, 9).set16(BLOCK + 2 * 250, 1);
        CheckReport all = image.check();
        CheckReport few = image.in(() -> {
            try (var file = StorageFile.open(image.path,
                    RawOptions.ofReadOnly(), image.pool())) {
                return ImageCheck.of(file, 2);
            }
        });
        assertEquals(all.corruptions(), few.corruptions());
        assertEquals(all.leaks(), few.leaks());
        assertEquals(all.allocatedClusters(), few.allocatedClusters());
        assertEquals(all.imageEndOffset(), few.imageEndOffset());
        image.set64(TABLE, 0);
        CheckReport repaired = image.in(() -> {
            try (var file = StorageFile.open(image.path,
                    RawOptions.DEFAULT, image.pool())) {
                return Qcow2Check.repair(file, Repair.ALL, 2);
            }
        });
        assertTrue(repaired.isClean(), repaired.toString());
        assertTrue(image.check().isClean());
        image.dataIsThere();
    }
}
