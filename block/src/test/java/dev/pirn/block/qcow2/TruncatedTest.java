package dev.pirn.block.qcow2;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.pirn.aio.ThreadPool;
import dev.pirn.block.Loops;
import dev.pirn.block.RawOptions;
import dev.pirn.block.StorageFile;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A small image, cut off everywhere: what is left is refused with a message, or checked; what can be checked
 * can be repaired, and then be opened, read and written.
 */
@SmallMemory
class TruncatedTest {
    private static final int SIZE = 79 * 512;

    private int refused;
    private int repaired;

    @Test
    void everyPrefix(@TempDir(factory = InMemory.class) Path folder) throws Exception {
        Path path = folder.resolve("whole.qcow2");
        try (var pool = ThreadPool.of("disk", 2)) {
            Loops.run(() -> {
                new Qcow2Creation(SIZE).clusterSize(512).create(path, pool);
                try (var disk = Qcow2Image.open(path, Qcow2Options.DEFAULT, pool)) {
                    disk.write(3000, Arena.ofAuto().allocate(2500).fill((byte) 1));
                    disk.write(36_000, Arena.ofAuto().allocate(700).fill((byte) 1));
                    disk.flush();
                }
                MemorySegment whole;
                try (var file = StorageFile.open(path, RawOptions.DEFAULT, pool)) {
                    whole = Arena.ofAuto().allocate(file.size());
                    file.read(0, whole);
                }
                byte[] bytes = whole.toArray(ValueLayout.JAVA_BYTE);
                for (int length = 0; length <= bytes.length; length++) {
                    var file = new MemoryFile(Arrays.copyOf(bytes, length));
                    Frugal.run(() -> attempt(file, path, pool));
                }
            });
        }
        assertTrue(refused == Header.LENGTH_V3_MIN && repaired > 1000,
                refused + " refused, " + repaired + " repaired");
    }

    private void attempt(MemoryFile file, Path path, ThreadPool pool) throws IOException {
        String what = "cut off at " + file.size();
        try {
            Qcow2Check.check(file);
        } catch (IOException e) {
            assertTrue(e.getMessage().startsWith(file.name() + ": "), what + ": " + e);
            refused++;
            return;
        }
        CheckReport report = Qcow2Check.repair(file, Repair.ALL);
        assertTrue(report.isClean(), what + ": " + report);
        repaired++;
        Qcow2Image disk = Qcow2Image.open(file, path, Qcow2Options.DEFAULT, pool);
        MemorySegment all = Arena.ofAuto().allocate(SIZE);
        disk.read(0, all);
        disk.write(0, all);
        disk.flush();
        assertTrue(disk.check().isClean(), what);
    }
}
