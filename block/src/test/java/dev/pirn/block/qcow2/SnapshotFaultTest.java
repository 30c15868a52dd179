package dev.pirn.block.qcow2;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.pirn.block.RawOptions;
import dev.pirn.block.StorageFile;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Each call of the file below fails, once or from then on, while a snapshot is made, applied or deleted: all
 * is as before then, or all done, in memory and in the file, whether the image goes on or is opened again.
 */
class SnapshotFaultTest {
    private static final int CALLS_MAX = 400;

    @TempDir
    private Path dir;

    private static void act(String what, Qcow2Image image) throws IOException {
        Snapshots all = image.snapshots();
        switch (what) {
            case "create" -> all.create("three", Instant.EPOCH);
            case "apply" -> all.apply(all.find("one"));
            default -> all.delete(all.find("one"));
        }
    }

    /** What the disk is when the operation has done nothing, and when it has done all. */
    private static byte[] disk(String what, boolean done) {
        byte[] bytes = new byte[1 << 20];
        for (int at = 0; at < TwoSnapshots.WRITTEN; at++) bytes[at] = 7;
        if (done && what.equals("apply")) return bytes;
        for (int at = 50_000; at < 250_000; at++) bytes[at] = 9;
        return bytes;
    }

    private static List<String> names(String what, boolean done) {
        return switch (done ? what : "") {
            case "create" -> List.of("one", "two", "three");
            case "delete" -> List.of("two");
            default -> List.of("one", "two");
        };
    }

    private static byte[] read(Qcow2Image image) throws IOException {
        MemorySegment all = Arena.ofAuto().allocate(image.size());
        image.read(0, all);
        return all.toArray(ValueLayout.JAVA_BYTE);
    }

    private static void assertBeforeOrAfter(String what, Qcow2Image image, boolean done) throws IOException {
        var names = image.snapshots().list().stream().map(Snapshot::name).toList();
        if (done || !names.equals(names(what, false))) {
            assertEquals(names(what, true), names);
            assertArrayEquals(disk(what, true), read(image));
        } else if (what.equals("apply")) {
            boolean applied = read(image)[60_000] == 7;
            assertArrayEquals(disk(what, applied), read(image));
        } else {
            assertArrayEquals(disk(what, false), read(image));
        }
        CheckReport report = image.check();
        assertTrue(report.isClean(), report.toString());
    }

    /** Returns whether a call failed. */
    private static boolean fails(String what, TwoSnapshots made, int after, boolean forEver)
            throws IOException {
        var file = new FailingFile(made.pool().call(() ->
                StorageFile.open(made.path(), RawOptions.DEFAULT, made.pool())));
        boolean failed;
        boolean done = true;
        try (var image = Qcow2Image.open(file, made.path(), Qcow2Options.DEFAULT, made.pool())) {
            image.write(50_000, Arena.ofAuto().allocate(200_000).fill((byte) 9));
            image.flush();
            file.failAfter(after, forEver);
            try {
                act(what, image);
            } catch (IOException e) {
                done = false;
                assertTrue(e.toString().contains("failed on purpose"), e.toString());
            }
            failed = file.heal();
            if (!forEver) {
                assertBeforeOrAfter(what, image, done);
                image.write(900_000, TwoSnapshots.filled(1));
                image.write(900_000, Arena.ofAuto().allocate(1));
                image.flush();
            }
        }
        try (var image = Qcow2Image.open(made.path(), Qcow2Options.DEFAULT.asReadOnly(), made.pool())) {
            assertBeforeOrAfter(what, image, done);
        }
        try (var two = Qcow2Image.openSnapshot(made.path(), "two", Qcow2Options.DEFAULT, made.pool())) {
            assertArrayEquals(disk("apply", true), read(two));
        }
        return failed;
    }

    @ParameterizedTest
    @CsvSource({"create, false", "create, true", "apply, false", "apply, true", "delete, false",
        "delete, true"})
    void beforeOrAfter(String what, boolean forEver) throws Exception {
        try (var made = TwoSnapshots.make(dir.resolve("image"))) {
            TwoSnapshots.run(() -> {
                int after = 0;
                while (fails(what, made, after, forEver)) {
                    after += forEver ? 3 : 1;
                    assertTrue(after < CALLS_MAX, "it goes on for ever");
                    made.pool().call(() -> TwoSnapshots.make(made.path())).close();
                }
                assertTrue(after > 15, "only " + after + " calls");
            });
        }
    }
}
