package dev.pirn.block.qcow2;

import static dev.pirn.block.qcow2.BadImage.*;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * Images that somebody made to do harm: each is refused with a message that says where and why, or is
 * repaired; soon, and in little memory.
 */
@SmallMemory
class BadImageTest {
    private static final int AT_REFCOUNT_CLUSTERS = 56;
    private static final int AT_SNAPSHOTS = 60;

    @RegisterExtension
    private final BadImage image = new BadImage();

    @Test
    void versionThatDoesNotExist() throws Exception {
        image.set32(4, 77).refusedByAll("version 77");
    }

    @Test
    void clustersOfTwoToThe31() throws Exception {
        image.set32(20, 31).refusedByAll("cluster_bits (offset 20) is 31");
    }

    @Test
    void refcountsOfTwoToThe32Bits() throws Exception {
        image.set32(96, 32).refusedByAll("refcount_order (offset 96) is 32");
    }

    @Test
    void l1TableOfTwoToThe31Entries() throws Exception {
        image.set32(36, 1 << 31).refusedByAll("an L1 table of 17179869184 bytes");
    }

    @Test
    void l1TableShorterThanTheDisk() throws Exception {
        image.set64(24, 1L << 50).refusedByAll("an L1 table of 1 entries");
    }

    @Test
    void noL1TableForADiskOfNoBytes() throws Exception {
        image.set64(24, 0).set32(36, 0).set64(40, 0);
        assertEquals(0, image.read(0, 0).length);
        assertTrue(image.check().isSound());
    }

    @Test
    void diskOfNegativeSize() throws Exception {
        image.set64(24, -512).refusedByAll("a disk of 18446744073709551104 bytes");
    }

    @Test
    void l1TableInTheHeader() throws Exception {
        image.set64(40, 0).refusedByAll("L1 table at offset 0");
    }

    @Test
    void l1TableAtANegativeOffset() throws Exception {
        image.set64(40, -4096).refusedByAll("L1 table at offset 18446744073709547520");
    }

    @Test
    void l1TableThatIsNoMultipleOfTheCluster() throws Exception {
        image.set64(40, L1 + 8).refusedByAll("L1 table at offset 12296");
    }

    @Test
    void l1TableAtAnOffsetThatOverflows() throws Exception {
        image.set64(40, Long.MAX_VALUE & -4096).refusedByAll("L1 table at offset 9223372036854771712");
    }

    @Test
    void l1TableBehindTheEnd() throws Exception {
        image.set64(40, 1L << 50).refused("L1 table at [1125899906842624, +8)", "the file ends at");
        image.repaired();
    }

    @Test
    void l1TableThatIsTheRefcountTable() throws Exception {
        image.set64(48, L1);
        assertFalse(image.check().isSound());
        image.repaired();
        image.dataIsThere();
    }

    @Test
    void l1EntryIntoTheHeader() throws Exception {
        image.set64(L1, COPIED);
        assertFalse(image.check().isSound());
        image.repaired();
        assertEquals(0, image.get64(L1));
    }

    @Test
    void l1EntryIntoTheL1Table() throws Exception {
        image.set64(L1, COPIED | L1);
        assertFalse(image.check().isSound());
        image.repaired();
        assertEquals(0, image.get64(L1));
    }

    @Test
    void l2EntryIntoTheL1Table() throws Exception {
        image.set64(L2 + 8 * 200, COPIED | L1).set64(L2 + 8 * 201, COPIED | 512);
        assertFalse(image.check().isSound());
        image.repaired();
        assertEquals(1, image.get64(L2 + 8 * 200));
        image.dataIsThere();
    }

    @Test
    void l2TableThatLeadsToItself() throws Exception {
        image.set64(L2 + 8 * 200, COPIED | L2);
        assertFalse(image.check().isSound());
        image.repaired();
        image.dataIsThere();
    }

    @Test
    void refcountTableAtANegativeOffset() throws Exception {
        image.set64(48, -4096).refused("refcount table at offset 18446744073709547520");
        image.repaired();
        image.dataIsThere();
    }

    @Test
    void refcountTableOfTwoToThe32Clusters() throws Exception {
        image.set32(AT_REFCOUNT_CLUSTERS, -1).refused("a refcount table of 17592186040320 bytes");
        image.repaired();
        image.dataIsThere();
    }

    @Test
    void refcountTableOfNothing() throws Exception {
        image.set32(AT_REFCOUNT_CLUSTERS, 0).refused("refcount_table_clusters (offset 56) is 0");
        image.repaired();
        image.dataIsThere();
    }

    @Test
    void refcountBlockThatIsTheRefcountTable() throws Exception {
        image.set64(TABLE, TABLE);
        assertFalse(image.check().isSound());
        image.repaired();
        image.dataIsThere();
    }

    @Test
    void refcountBlockThatIsAnL2Table() throws Exception {
        image.set64(TABLE, L2);
        assertFalse(image.check().isSound());
        image.repaired();
        image.dataIsThere();
    }

    @Test
    void refcountBlockForAllRegions() throws Exception {
        for (int i = 1; i < CLUSTER / 8; i++) image.set64(TABLE + 8 * i, BLOCK);
        image.grow(1L << 40); // A hole: every region is inside the file.
        assertFalse(image.check().isSound());
        image.repaired();
        image.dataIsThere();
    }

    @Test
    void refcountBlockAtANegativeOffset() throws Exception {
        image.set64(TABLE, -4096).set64(TABLE + 8, -1);
        assertFalse(image.check().isSound());
        image.repaired();
        image.dataIsThere();
    }

    @Test
    void hugeHoleBehindTheImage() throws Exception {
        image.grow(10L << 40).set64(L2 + 8 * 100, 9L << 40 | COPIED);
        assertFalse(image.check().isSound());
        image.repaired();
        image.dataIsThere();
    }

    @Test
    void l1TableOfThousandsOfHoles() throws Exception {
        image.make(new Qcow2Creation(1L << 50).clusterSize(2 << 20));
        long l1 = image.get64(40);
        for (int i = 1; i < 512; i++) image.set64(l1 + 8L * i, (100L + i) * (2 << 20) | COPIED);
        image.grow(1L << 31);
        assertFalse(image.check().isSound());
        image.repaired();
    }

    @Test
    void twoToThe31Snapshots() throws Exception {
        image.set32(AT_SNAPSHOTS, 1 << 31).set64(64, DATA).refused("2147483648 snapshots, more than 65536");
        assertFalse(image.check().isSound());
        image.repaired();
        image.dataIsThere();
    }

    @Test
    void thousandsOfSnapshotsWithLongNames() throws Exception {
        image.set32(AT_SNAPSHOTS, 60_000).set64(64, L2 + 8 * 256).refused("snapshot table at offset");
        image.set64(64, DATA).set64(DATA + 8, 0x7fffffffffffffffL).set32(DATA + 36, 1 << 30);
        assertFalse(image.check().isSound());
        image.repaired();
    }

    @Test
    void thousandsOfSnapshotsOfOneL1Table() throws Exception {
        long table = DATA + FILLED;
        var bytes = java.nio.ByteBuffer.allocate(56 * 60_000);
        for (int i = 0; i < 60_000; i++) {
            bytes.putLong(i * 56, L1).putInt(i * 56 + 8, 1).putInt(i * 56 + 36, 16);
        }
        image.setBytes(table, bytes.array()).set32(AT_SNAPSHOTS, 60_000).set64(64, table);
        assertFalse(image.check().isSound());
        image.repaired();
        image.dataIsThere();
    }

    @Test
    void extensionThatDoesNotEnd() throws Exception {
        image.set32(112, 0x12345678).set32(116, 0x7fffffff).refusedByAll("header extension 0x12345678",
                "offset 112", "2147483647 bytes");
    }

    /** QEMU, too, looks at the length before it looks for the end. */
    @Test
    void endOfExtensionsThatDoesNotEnd() throws Exception {
        image.set32(112, 0).set32(116, CLUSTER - 119).refusedByAll("header extension 0x00000000",
                "offset 112", "3977 bytes", "ends at 4096");
    }

    @Test
    void endOfExtensionsWithBytesThatAreThere() throws Exception {
        image.set32(112, 0).set32(116, CLUSTER - 120);
        assertTrue(image.check().isClean());
        image.dataIsThere();
    }

    @Test
    void featureThatNobodyKnows() throws Exception {
        image.set64(Header.AT_INCOMPATIBLE, 1L << 40).refusedByAll("bit 40");
    }

    @Test
    void encrypted() throws Exception {
        image.set32(32, 2).refusedByAll("LUKS");
    }
}
