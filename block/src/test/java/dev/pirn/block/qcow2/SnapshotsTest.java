package dev.pirn.block.qcow2;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What snapshots say, and what is not possible with them. */
class SnapshotsTest {
    @TempDir(factory = InMemory.class)
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

    @Test
    void idBeforeName() throws Exception {
        TwoSnapshots.run(() -> {
            try (var image = Qcow2Image.open(made.path(), Qcow2Options.DEFAULT, made.pool())) {
                Snapshot named = image.snapshots().create("1", Instant.EPOCH);
                assertEquals("3", named.id());
                assertEquals("one", image.snapshots().find("1").name());
                assertEquals("2", image.snapshots().find("two").id());
                assertNull(image.snapshots().find("three"));
                assertEquals("1", image.snapshots().find("snapshot.name=one").id());
                assertEquals("3", image.snapshots().find("snapshot.name=1,snapshot.id=3").id());
                assertNull(image.snapshots().find("snapshot.name=1,snapshot.id=1"));
                image.snapshots().delete(image.snapshots().find("2"));
                assertEquals(List.of("1", "3"), image.snapshots().list().stream().map(Snapshot::id).toList());
                assertEquals(new Snapshot("1", "one", 1_700_000_000, 5, 0, 0, 1 << 20, Snapshot.NO_ICOUNT),
                        image.snapshots().find("1"));
            }
        });
    }

    /** What a table says that was changed by others: a write must not hit it, or its snapshots are lost. */
    @Test
    void dataWhereTheSnapshotTableIs() throws Exception {
        long l2 = ByteBuffer.wrap(made.bytes(made.l1(), 8)).getLong() & L2Entry.HOST_MASK;
        made.patch(l2, made.table() | L2Entry.COPIED);
        TwoSnapshots.run(() -> {
            try (var image = Qcow2Image.open(made.path(), Qcow2Options.DEFAULT, made.pool())) {
                String said = assertThrows(BadImageException.class,
                        () -> image.write(0, TwoSnapshots.filled(512))).getMessage();
                assertTrue(said.endsWith("data at [%d, +512) would overwrite the snapshot table, or the L1 "
                        .formatted(made.table()) + "table of a snapshot: the image is damaged"), said);
            }
        });
    }

    @Test
    void refcountsOfOneBit() throws Exception {
        TwoSnapshots.run(() -> {
            new Qcow2Creation(1 << 20).refcountBits(1).create(made.path(), made.pool());
            try (var image = Qcow2Image.open(made.path(), Qcow2Options.DEFAULT, made.pool())) {
                image.write(0, TwoSnapshots.filled(TwoSnapshots.WRITTEN));
                image.flush();
                byte[] header = made.bytes(0, 512);
                String said = assertThrows(IOException.class,
                        () -> image.snapshots().create("any", Instant.EPOCH)).getMessage();
                assertTrue(said.matches(".*: refcounts of 1 bits count to 1, and the cluster at \\d+ would "
                        + "be referred to once more; nothing was changed"), said);
                assertArrayEquals(header, made.bytes(0, 512));
                image.write(90_000, TwoSnapshots.filled(TwoSnapshots.WRITTEN));
                MemorySegment target = Arena.ofAuto().allocate(190_000);
                image.read(0, target);
                assertEquals(-1, target.mismatch(TwoSnapshots.filled(190_000)));
                assertTrue(image.check().isClean());
            }
        });
    }

    @Test
    void diskThatWasResizedSince() throws Exception {
        TwoSnapshots.run(() -> {
            try (var image = Qcow2Image.open(made.path(), Qcow2Options.DEFAULT, made.pool())) {
                image.resize(3L << 30);
                image.snapshots().create("long", Instant.EPOCH);
                image.snapshots().apply(image.snapshots().find("one"));
                assertEquals(1 << 20, image.size());
                assertTrue(image.check().isClean());
                image.snapshots().apply(image.snapshots().find("long"));
                assertEquals(3L << 30, image.size());
                assertTrue(image.check().isClean());
            }
            try (var then = Qcow2Image.openSnapshot(made.path(), "one", Qcow2Options.DEFAULT,
                    made.pool())) {
                assertEquals(1 << 20, then.size());
            }
        });
    }

    @Test
    void unknownExtraDataStays() throws Exception {
        made.patch(made.table() + 36, 32); // What were id and name, "1" and "one", is extra data now.
        made.patch(made.table() + 12, (short) 0);
        made.patch(made.table() + 14, (short) 0);
        TwoSnapshots.run(() -> {
            try (var image = Qcow2Image.open(made.path(), Qcow2Options.DEFAULT, made.pool())) {
                image.snapshots().create("more", Instant.EPOCH);
                long at = image.header().snapshotsOffset();
                assertArrayEquals("1one\0\0\0\0".getBytes(), made.bytes(at + 64, 8));
            }
        });
    }
}
