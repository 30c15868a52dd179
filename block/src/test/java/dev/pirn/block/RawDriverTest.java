package dev.pirn.block;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Zeroing and discarding, with {@code fallocate} and without: the bytes must be the same. */
class RawDriverTest {
    private static final RawOptions UNMAP = new RawOptions(false, Discard.UNMAP);
    private static final int SIZE = (3 << 20) + 17;

    @TempDir
    private Path dir;
    private Path image;
    private byte[] content;

    @BeforeEach
    void makeImage() throws IOException {
        content = new byte[SIZE];
        Arrays.fill(content, (byte) 0xab);
        image = Files.write(dir.resolve("disk"), content);
    }

    private void with(RawOptions options, Setup setup, Loops.Use use) throws Exception {
        Loops.withDisk(image, options, setup, use);
    }

    private static long storage(Path file) throws Exception {
        var stat = new ProcessBuilder("stat", "-c", "%b", file.toString()).start();
        String blocks = new String(stat.getInputStream().readAllBytes()).trim();
        assertEquals(0, stat.waitFor());
        return Long.parseLong(blocks) * 512;
    }

    @ParameterizedTest
    @MethodSource("dev.pirn.block.Setup#available")
    void zeroesEndWhereTheyWereAskedTo(Setup setup) throws Exception {
        int from = 4097;
        int to = SIZE - 3;
        with(UNMAP, setup, disk -> {
            disk.writeZeroes(from, to - from, true, true);
            Arrays.fill(content, from, to, (byte) 0);
            assertArrayEquals(content, Loops.read(disk, 0, SIZE));
            disk.writeZeroes(0, SIZE, false, false);
            assertArrayEquals(new byte[SIZE], Loops.read(disk, 0, SIZE));
        });
        assertEquals(SIZE, Files.size(image));
    }

    @ParameterizedTest
    @MethodSource("dev.pirn.block.Setup#available")
    void discardIgnoredChangesNothing(Setup setup) throws Exception {
        with(RawOptions.DEFAULT, setup, disk -> {
            disk.discard(0, SIZE);
            assertArrayEquals(content, Loops.read(disk, 0, SIZE));
        });
    }

    @ParameterizedTest
    @MethodSource("dev.pirn.block.Setup#available")
    void discardTouchesNothingOutside(Setup setup) throws Exception {
        with(UNMAP, setup, disk -> {
            disk.discard(1 << 20, 1 << 20);
            byte[] after = Loops.read(disk, 0, SIZE);
            // What was discarded may read as anything.
            System.arraycopy(content, 1 << 20, after, 1 << 20, 1 << 20);
            assertArrayEquals(content, after);
        });
        assertEquals(SIZE, Files.size(image));
    }

    @ParameterizedTest
    @MethodSource("dev.pirn.block.Setup#natives")
    void discardGivesStorageBack(Setup setup) throws Exception {
        with(UNMAP, setup, disk -> disk.discard(0, SIZE));
        assertTrue(storage(image) <= 4096, "left: " + storage(image));
    }

    @ParameterizedTest
    @MethodSource("dev.pirn.block.Setup#natives")
    void zeroesThatMayUnmapGiveStorageBack(Setup setup) throws Exception {
        with(UNMAP, setup, disk -> disk.writeZeroes(0, SIZE, true, false));
        assertTrue(storage(image) <= 4096, "left: " + storage(image));
    }

    @ParameterizedTest
    @MethodSource("dev.pirn.block.Setup#natives")
    void zeroesThatMayNotUnmapKeepStorage(Setup setup) throws Exception {
        with(UNMAP, setup, disk -> disk.writeZeroes(0, SIZE, false, false));
        assertTrue(storage(image) >= SIZE, "left: " + storage(image));
        with(RawOptions.DEFAULT, setup, disk -> disk.writeZeroes(0, SIZE, true, false));
        assertTrue(storage(image) >= SIZE, "left: " + storage(image));
    }

    @Test
    void zeroesOfTerabytesAllocateNothing() throws Exception {
        long size = 2L << 40;
        try (var file = new RandomAccessFile(image.toFile(), "rw")) {
            file.setLength(0);
            file.setLength(size);
        }
        with(UNMAP, Setup.NIO, disk -> {
            LinuxFile probe = LinuxFile.open(image, false); // Else two terabytes would be written.
            int done = probe.allocate(RawFile.FALLOC_FL_PUNCH_HOLE | RawFile.FALLOC_FL_KEEP_SIZE, 0, 4096);
            probe.close();
            assumeTrue(done == 0);
            disk.write(size - 5, Loops.filled(5, 1), false);
            disk.writeZeroes(0, size, true, false);
            assertArrayEquals(new byte[5], Loops.read(disk, size - 5, 5));
        });
        assertEquals(0, storage(image));
    }

    @Test
    void fileSystemWithoutZeroRange() throws Exception {
        Path tmpfs = Path.of("/dev/shm");
        assumeTrue(Files.isWritable(tmpfs));
        Path file = Files.createTempFile(tmpfs, "pirn", ".img");
        try {
            Files.write(file, content);
            image = file;
            with(UNMAP, Setup.NIO, disk -> {
                disk.writeZeroes(1, SIZE - 2, false, false);
                disk.writeZeroes(0, 1, false, false);
                byte[] expected = new byte[SIZE];
                expected[SIZE - 1] = (byte) 0xab;
                assertArrayEquals(expected, Loops.read(disk, 0, SIZE));
            });
        } finally {
            Files.delete(file);
        }
    }

    @ParameterizedTest
    @MethodSource("dev.pirn.block.Setup#available")
    void prefetchReadsNothingWrong(Setup setup) throws Exception {
        with(RawOptions.DEFAULT, setup, disk -> {
            disk.prefetch(3, SIZE - 3);
            assertArrayEquals(content, Loops.read(disk, 0, SIZE));
        });
    }
}
