package dev.pirn.block.qcow2;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Snapshot tables as nobody made them: each a clear error. */
class SnapshotTableTest {
    @TempDir
    private Path dir;
    private TwoSnapshots made;

    @BeforeEach
    void makeImage() throws Exception {
        made = TwoSnapshots.make(dir.resolve("image"));
    }

    @AfterEach
    void closeImage() {
        made.close();
    }

    private String refusal(boolean readOnly) throws Exception {
        var said = new String[1];
        var how = readOnly ? Qcow2Options.DEFAULT.asReadOnly() : Qcow2Options.DEFAULT;
        TwoSnapshots.run(() -> said[0] = assertThrows(BadImageException.class, () -> {
            try (var image = Qcow2Image.open(made.path(), how, made.pool())) {
                image.snapshots().list();
            }
        }).getMessage().replace(made.path().toString(), "image"));
        return said[0];
    }

    private void assertRefused(String expected) throws Exception {
        byte[] before = Files.readAllBytes(made.path());
        assertEquals(expected, refusal(false));
        assertEquals(expected, refusal(true));
        assertArrayEquals(before, Files.readAllBytes(made.path()));
        TwoSnapshots.run(() -> { // It can be read for all that.
            try (var image = Qcow2Image.open(made.path(), Qcow2Options.DEFAULT.asReadOnly(), made.pool())) {
                MemorySegment target = Arena.ofAuto().allocate(TwoSnapshots.WRITTEN);
                image.read(0, target);
                assertEquals(-1, target.mismatch(TwoSnapshots.filled(TwoSnapshots.WRITTEN)));
            }
        });
    }

    private String entry(int number) {
        long at = made.table() + (number - 1) * TwoSnapshots.ENTRY_SIZE;
        return "image: snapshot %d of 2, its entry at offset %d: ".formatted(number, at);
    }

    @Test
    void extraDataWithoutEnd() throws Exception {
        made.patch(made.table() + 36, -1);
        assertRefused(entry(1) + "4294967295 bytes of extra data, more than 1024");
    }

    @Test
    void nameOf64Kibibytes() throws Exception {
        made.patch(made.table() + TwoSnapshots.ENTRY_SIZE + 14, (short) -1);
        assertRefused(entry(2) + "an id of 1 bytes and a name of 65535, more than 1023");
    }

    @Test
    void nameThatIsNotThere() throws Exception {
        long end = Files.size(made.path());
        long last = (end - 1) / TwoSnapshots.CLUSTER_SIZE * TwoSnapshots.CLUSTER_SIZE;
        try (var file = FileChannel.open(made.path(), StandardOpenOption.WRITE)) {
            file.truncate(last + SnapshotEntry.HEAD_SIZE + 4);
        }
        made.patch(60, 1);
        made.patch(64, last);
        made.patch(last, 0L);
        made.patch(last + 8, 0);
        made.patch(last + 12, (short) 2);
        made.patch(last + 14, (short) 3);
        made.patch(last + 36, 0);
        String said = refusal(false);
        assertTrue(said.endsWith("it has 45 bytes at least, but the file ends at " + (last + 44)), said);
    }

    @Test
    void tableBehindTheEnd() throws Exception {
        made.patch(64, 1L << 40);
        String said = refusal(false);
        assertTrue(said.startsWith("image: snapshot table at [1099511627776, +40), but the file ends at"),
                said);
    }

    /** The header, taken for an entry: its L1 table would be anywhere, and it would be written over. */
    @Test
    void tableThatIsTheHeader() throws Exception {
        made.patch(60, 1);
        made.patch(64, 0L);
        String said = "image: snapshot table at offset 0, not a multiple of the cluster's 65536 bytes behind "
                + "the header";
        assertEquals(said, refusal(false));
        assertEquals(said, refusal(true));
    }

    @Test
    void moreSnapshotsThanThereAre() throws Exception {
        made.patch(60, 65_536);
        String said = refusal(false);
        assertTrue(said.startsWith("image: snapshot "), said);
        assertTrue(said.contains(" of 65536, its entry at offset "), said);
    }

    @ParameterizedTest
    @CsvSource({"65537", "-1"})
    void tooManySnapshots(int count) throws Exception {
        made.patch(60, count);
        assertEquals("image: %s snapshots, more than 65536".formatted(Integer.toUnsignedString(count)),
                refusal(false));
    }

    @Test
    void l1InTheHeader() throws Exception {
        made.patch(made.table(), 0L);
        assertRefused(entry(1) + "an L1 table at 0, not a multiple of the cluster's 65536 bytes behind the "
                + "header");
    }

    @ParameterizedTest
    @CsvSource({"512", "-65536", "9223372036854710272"})
    void l1WhereNothingCanBe(long offset) throws Exception {
        made.patch(made.table(), offset);
        assertRefused(entry(1) + "an L1 table at %s, not a multiple of the cluster's 65536 bytes behind the "
                .formatted(Long.toUnsignedString(offset)) + "header");
    }

    @Test
    void l1BehindTheEnd() throws Exception {
        made.patch(made.table() + TwoSnapshots.ENTRY_SIZE, 1L << 40);
        assertRefused(entry(2) + "an L1 table at [1099511627776, +8), but the file ends at "
                + Files.size(made.path()));
    }

    @Test
    void l1Of16Gibibytes() throws Exception {
        made.patch(made.table() + 8, 1 << 31);
        assertRefused(entry(1) + "an L1 table of 17179869184 bytes, more than 32 MiB");
    }

    @Test
    void l1OfTheDiskInUse() throws Exception {
        made.patch(made.table(), made.l1());
        assertRefused("image: the snapshot table at %1$d: tables at [%2$d, +8) and [%2$d, +8) overlap: the "
                .formatted(made.table(), made.l1()) + "image is damaged");
    }

    @Test
    void smallerDiskThanItsL1CanMap() throws Exception {
        made.patch(made.table() + 48, 1L << 50);
        TwoSnapshots.run(() -> {
            String said = assertThrows(BadImageException.class, () -> Qcow2Image.openSnapshot(made.path(),
                    "one", Qcow2Options.DEFAULT, made.pool())).getMessage();
            assertTrue(said.endsWith("snapshot \"one\" has a disk of 1125899906842624 bytes, which needs "
                    + "more than its 1 L1 entries"), said);
        });
    }

    @Test
    void l2TableBehindTheEnd() throws Exception {
        long snapshotL1 = ByteBuffer.wrap(made.bytes(made.table(), 8)).getLong();
        made.patch(snapshotL1, 1L << 40);
        TwoSnapshots.run(() -> {
            try (var image = Qcow2Image.open(made.path(), Qcow2Options.DEFAULT, made.pool())) {
                Snapshot one = image.snapshots().find("one");
                String said = assertThrows(BadImageException.class,
                        () -> image.snapshots().delete(one)).getMessage();
                assertTrue(said.contains("an L2 table at [1099511627776, +65536), but the file ends at"),
                        said);
                assertThrows(IOException.class, () -> image.write(0, TwoSnapshots.filled(1)));
            }
            try (var again = Qcow2Image.open(made.path(), Qcow2Options.DEFAULT.asReadOnly(), made.pool())) {
                assertTrue(again.header().isCorrupt());
                assertEquals(2, again.snapshots().list().size());
            }
        });
    }
}
