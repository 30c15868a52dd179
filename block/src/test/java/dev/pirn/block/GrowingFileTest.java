package dev.pirn.block;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.pirn.Task;
import dev.pirn.aio.Group;
import dev.pirn.aio.ThreadPool;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The file below an image format, by each engine, with and without the page cache. */
class GrowingFileTest {
    private static final int SIZE = 96 << 10;
    private static final int WORKERS = 3;
    private static final int OPERATIONS = 15;
    /** Past the page cache a file ends where a block does. */
    private static final int BLOCK_MAX = 4096;

    @TempDir
    private Path dir;

    private interface Use {
        void with(StorageFile file) throws Exception;
    }

    private Path with(Setup setup, int size, Use use) throws Exception {
        Path path = Files.write(dir.resolve("file"), new byte[size]);
        try (var pool = ThreadPool.of("disk", 4);
                var file = OpenFile.open(path, setup.of(RawOptions.DEFAULT.with(Discard.UNMAP)), pool,
                        setup.files())) {
            Loops.run(() -> use.with(file));
        }
        return path;
    }

    private static byte[] read(StorageFile file, long offset, int length) throws IOException {
        MemorySegment target = Loops.filled(length, 0x55);
        file.read(offset, target);
        return target.toArray(ValueLayout.JAVA_BYTE);
    }

    /** Workers that write in pieces side by side make it longer now and then, and none hurts another. */
    @ParameterizedTest
    @MethodSource("dev.pirn.block.Setup#available")
    void bytesOfOthersInTheSameBlocks(Setup setup) throws Exception {
        byte[] model = new byte[SIZE];
        Path path = with(setup, 700, file -> {
            var workers = new ArrayList<Task.Body<Void, Exception>>();
            for (int i = 0; i < WORKERS; i++) {
                int number = i;
                workers.add(() -> work(file, model, number));
            }
            Group.all("workers", workers);
            file.flush();
            assertArrayEquals(model, read(file, 0, SIZE));
            file.resize(12_345);
            Arrays.fill(model, 12_345, SIZE, (byte) 0);
            file.write(12_400, Loops.filled(7, 9));
            Arrays.fill(model, 12_400, 12_407, (byte) 9);
            assertArrayEquals(model, read(file, 0, SIZE));
        });
        byte[] found = Files.readAllBytes(path);
        assertTrue(found.length >= 12_407 && found.length <= 12_407 + BLOCK_MAX, "bytes: " + found.length);
        assertArrayEquals(model, Arrays.copyOf(found, SIZE));
    }

    private static Void work(StorageFile file, byte[] model, int number) throws Exception {
        var random = new Random(number);
        for (int i = 0; i < OPERATIONS; i++) {
            int stripe = 1000 + 3 * number;
            int start = (random.nextInt(SIZE / 1100 / WORKERS) * WORKERS + number) * 1100;
            int from = start + random.nextInt(stripe / 2);
            int length = 1 + random.nextInt(start + stripe - from);
            byte value = (byte) (random.nextInt(3) == 0 ? 0 : 1 + i);
            if (value != 0) file.write(from, Loops.filled(length, value));
            else file.writeZeroes(from, length, random.nextBoolean());
            Arrays.fill(model, from, from + length, value);
            assertArrayEquals(Arrays.copyOfRange(model, start, start + 1100), read(file, start, 1100));
        }
        return null;
    }

    @ParameterizedTest
    @MethodSource("dev.pirn.block.Setup#available")
    void alignedWriteBehindTheEndLeavesAHole(Setup setup) throws Exception {
        Path path = with(setup, 100, file -> {
            file.write(8192, Arena.ofAuto().allocate(4096, 4096).fill((byte) 3));
            assertEquals(12_288, file.size());
            assertArrayEquals(new byte[8092], read(file, 100, 8092));
            assertEquals(Long.MAX_VALUE, file.sizeMax());
        });
        assertEquals(12_288, Files.size(path));
    }

    /** What is told to do so when it is opened. */
    @Test
    void flushOfAnUnsafeFileDoesNothing() throws Exception {
        var file = new FlushCounter();
        Loops.run(() -> {
            for (CacheMode each : CacheMode.values()) Flushes.of(each, "file", file::flush).flush();
        });
        assertEquals(CacheMode.values().length - 1, file.flushes);
    }

    private static final class FlushCounter {
        private int flushes;

        void flush() {
            flushes++;
        }
    }

    /** A disk of the host, say: asked for by a name that is no regular file's. */
    @Test
    void whatIsNoFileDoesNotGrow() throws Exception {
        try (var pool = ThreadPool.of("disk", 1);
                var file = StorageFile.open(Path.of("/dev/null"), RawOptions.DEFAULT, pool)) {
            assertEquals(0, file.sizeMax());
            Loops.run(() -> assertThrows(NoSpaceException.class, () -> file.write(0, Loops.filled(1, 1))));
        }
    }
}
