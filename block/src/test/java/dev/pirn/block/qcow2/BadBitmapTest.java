package dev.pirn.block.qcow2;

import static dev.pirn.block.qcow2.BadImage.*;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.util.List;
import java.util.function.Predicate;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * Bitmaps that somebody made to do harm: who asks for them, or writes, is told where and why, the disk can be
 * read all the same, and a repair drops them. There are two, {@code one}, which notes writes, and
 * {@code two}:
 *
 * <pre>
 *   extension + 0 count │ 4 reserved │ 8 size of the directory, 2 × 32 │ 16 directory
 *   directory + 0 table │ 8 entries │ 12 flags │ 16 type │ 17 granularity │ 18 name │ 20 extra │ 24 one …
 * </pre>
 */
@SmallMemory
class BadBitmapTest {
    private static final int ENTRY = 32;
    private static final int GRANULARITY = 512;

    @RegisterExtension
    private final BadImage image = new BadImage();
    private long extension;
    private long directory;
    private long table;

    @BeforeEach
    void make() throws Exception {
        image.in(() -> {
            try (var disk = Qcow2Image.open(image.path, Qcow2Options.DEFAULT, image.pool())) {
                disk.bitmaps().add("one", GRANULARITY, true);
                disk.bitmaps().add("two", GRANULARITY, false);
            }
            return null;
        });
        write();
        extension = 104;
        while (image.get64(extension - 8) >>> 32 != HeaderExtension.BITMAPS) extension += 8;
        directory = image.get64(extension + 16);
        table = image.get64(directory);
        assertTrue(image.check().isClean());
        assertEquals(List.of("one", "two"), names());
    }

    private List<String> names() throws Exception {
        return image.in(() -> {
            var how = Qcow2Options.DEFAULT.asReadOnly();
            try (var disk = Qcow2Image.open(image.path, how, image.pool())) {
                return disk.bitmaps().list().stream().map(Bitmap::name).toList();
            }
        });
    }

    private void write() throws Exception {
        image.in(() -> {
            try (var disk = Qcow2Image.open(image.path, Qcow2Options.DEFAULT, image.pool())) {
                disk.write(0, Arena.ofAuto().allocate(GRANULARITY).fill((byte) 1));
                disk.finish();
            }
            return null;
        });
    }

    private void view(String name) throws Exception {
        image.in(() -> {
            var how = Qcow2Options.DEFAULT.asReadOnly();
            try (var disk = Qcow2Image.open(image.path, how, image.pool())) {
                return disk.bitmaps().view(name);
            }
        });
    }

    /** Of the directory: nobody gets any. */
    private void refused(String rule) throws Exception {
        refusedWith(said -> said.endsWith(": " + rule));
    }

    private void refusedWith(Predicate<String> rule) throws Exception {
        String said = assertThrows(BadImageException.class, this::names).getMessage();
        assertTrue(rule.test(said), said);
        said = assertThrows(BadImageException.class, this::write).getMessage();
        assertTrue(rule.test(said), said);
        droppedByARepair();
        write();
    }

    /** Of one table: the bitmap is not read, and the other is. */
    private void tableRefused(long word) throws Exception {
        image.set64(table, word);
        String said = assertThrows(BadImageException.class, () -> view("one")).getMessage();
        assertTrue(said.endsWith(": bitmap \"one\": the entry of its table at %d is 0x%016x"
                .formatted(table, word)), said);
        view("two");
    }

    private void tableRefusedAndDropped(long word) throws Exception {
        tableRefused(word);
        droppedByARepair();
    }

    private void droppedByARepair() throws Exception {
        image.read(0, FILLED);
        assertFalse(image.check().isSound());
        image.repaired();
        assertEquals(List.of(), names());
    }

    private String entry(int index) {
        return "bitmap " + index + ", its entry at offset " + (directory + index * ENTRY) + ": ";
    }

    @Test
    void extensionOfAnotherLength() throws Exception {
        image.set32(extension - 4, 16).set64(extension + 16, 0);
        refused("the bitmaps extension has 16 bytes, not 24");
    }

    @Test
    void noBitmaps() throws Exception {
        image.set32(extension, 0);
        refused("the bitmaps extension: 0 bitmaps, not 1 to 65535");
    }

    @Test
    void moreThan65535Bitmaps() throws Exception {
        image.set32(extension, 65_536);
        refused("the bitmaps extension: 65536 bitmaps, not 1 to 65535");
    }

    @Test
    void twoToThe32Bitmaps() throws Exception {
        image.set32(extension, -1);
        refused("the bitmaps extension: 4294967295 bitmaps, not 1 to 65535");
    }

    @Test
    void moreBitmapsThanTheDirectoryHas() throws Exception {
        image.set32(extension, 3);
        refused(entry(2) + "the directory ends at " + (directory + 2 * ENTRY));
    }

    @Test
    void fewerBitmapsThanTheDirectoryHas() throws Exception {
        image.set32(extension, 1);
        refused("the bitmap directory at [%d, +64): its 1 entries end at %d".formatted(directory,
                directory + ENTRY));
    }

    @Test
    void reservedFieldOfTheExtension() throws Exception {
        image.set32(extension + 4, 1);
        refused("the bitmaps extension: its reserved field is not 0");
    }

    @Test
    void directoryOfNoBytes() throws Exception {
        image.set64(extension + 8, 0);
        refused("the bitmaps extension: a directory of 0 bytes, more than 4194304, or none");
    }

    @Test
    void directoryOfTwoToThe64Bytes() throws Exception {
        image.set64(extension + 8, -8);
        refused("the bitmaps extension: a directory of 18446744073709551608 bytes, more than 4194304, or "
                + "none");
    }

    @Test
    void directoryLongerThanTheLimit() throws Exception {
        image.set64(extension + 8, (4 << 20) + 8);
        refused("the bitmaps extension: a directory of 4194312 bytes, more than 4194304, or none");
    }

    @Test
    void directoryShorterThanAnEntry() throws Exception {
        image.set64(extension + 8, 16);
        refused(entry(0) + "the directory ends at " + (directory + 16));
    }

    @Test
    void directoryThatEndsInAName() throws Exception {
        image.set64(extension + 8, ENTRY - 8);
        refused(entry(0) + "the directory ends at " + (directory + ENTRY - 8));
    }

    private void directoryAt(long at) throws Exception {
        image.set64(extension + 16, at);
        refused("the bitmap directory: at %s, not a multiple of the cluster's 4096 bytes behind the header"
                .formatted(Long.toUnsignedString(at)));
    }

    @Test
    void directoryInTheHeader() throws Exception {
        directoryAt(0);
    }

    @Test
    void directoryInTheMiddleOfACluster() throws Exception {
        directoryAt(directory + 8);
    }

    @Test
    void directoryAtANegativeOffset() throws Exception {
        directoryAt(-CLUSTER);
    }

    @Test
    void directoryBehindTheEnd() throws Exception {
        image.set64(extension + 16, 1L << 40);
        String rule = ": the bitmap directory: at [1099511627776, +64), but the file ends at ";
        refusedWith(said -> said.contains(rule));
    }

    @Test
    void nameOfNoBytes() throws Exception {
        image.set16(directory + 18, 0);
        refused(entry(0) + "a name of 0 bytes, not 1 to 1023");
    }

    @Test
    void nameOfMoreThan1023Bytes() throws Exception {
        image.set16(directory + 18, 1024);
        refused(entry(0) + "a name of 1024 bytes, not 1 to 1023");
    }

    @Test
    void entryLongerThanTheDirectory() throws Exception {
        image.set16(directory + ENTRY + 18, 9);
        refused(entry(1) + "the directory ends at " + (directory + 2 * ENTRY));
    }

    @Test
    void twoOfOneName() throws Exception {
        image.setBytes(directory + ENTRY + 24, "one".getBytes());
        refused(entry(1) + "another is called \"one\" too");
    }

    @Test
    void granularityOf256Bytes() throws Exception {
        image.setBytes(directory + 17, (byte) 8);
        refused(entry(0) + "granularity_bits is 8, not 9 to 31");
    }

    @Test
    void granularityOf4GiB() throws Exception {
        image.setBytes(directory + 17, (byte) 32);
        refused(entry(0) + "granularity_bits is 32, not 9 to 31");
    }

    @Test
    void reservedFlags() throws Exception {
        image.set32(directory + 12, 0x8000_0002);
        refused(entry(0) + "reserved flags are set: 0x80000002");
    }

    @Test
    void extraDataOverTheLimit() throws Exception {
        image.set32(directory + 20, 1025);
        refused(entry(0) + "1025 bytes of extra data, more than 1024");
    }

    @Test
    void extraDataOfTwoToThe32Bytes() throws Exception {
        image.set32(directory + 20, -1);
        refused(entry(0) + "4294967295 bytes of extra data, more than 1024");
    }

    @Test
    void tableOfNoEntries() throws Exception {
        image.set32(directory + 8, 0);
        refused(entry(0) + "a table of 0 entries, not 1 to 134217728");
    }

    @Test
    void tableOfTwoToThe32Entries() throws Exception {
        image.set32(directory + 8, -1);
        refused(entry(0) + "a table of 4294967295 entries, not 1 to 134217728");
    }

    @Test
    void tableLongerThanTheDiskNeeds() throws Exception {
        image.set32(directory + 8, 2);
        refused(entry(0) + "a table of 2 entries, but a disk of 1048576 bytes needs 1");
    }

    @Test
    void tableInTheHeader() throws Exception {
        image.set64(directory, 0);
        refused(entry(0) + "its table: at 0, not a multiple of the cluster's 4096 bytes behind the header");
    }

    @Test
    void tableBehindTheEnd() throws Exception {
        image.set64(directory, 1L << 40);
        String rule = entry(0) + "its table: at [1099511627776, +8), but the file ends at ";
        refusedWith(said -> said.contains(rule));
    }

    @Test
    void reservedBitsOfATableEntry() throws Exception {
        tableRefusedAndDropped(image.get64(table) | 2);
    }

    @Test
    void highReservedBitOfATableEntry() throws Exception {
        tableRefusedAndDropped(image.get64(table) | 1L << 63);
    }

    @Test
    void tableEntryThatIsOnesAndHasACluster() throws Exception {
        tableRefusedAndDropped(image.get64(table) | 1);
    }

    @Test
    void tableEntryIntoTheMiddleOfACluster() throws Exception {
        tableRefusedAndDropped(image.get64(table) + 512);
    }

    @Test
    void tableEntryIntoTheL1Table() throws Exception {
        tableRefused(L1);
        assertFalse(image.check().isSound());
    }

    /** Zeroes would be read, and say that nothing was written. */
    @Test
    void tableEntryBehindTheEnd() throws Exception {
        tableRefusedAndDropped(1L << 40);
    }
}
