package dev.pirn.block;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.pirn.Completion;
import dev.pirn.aio.EventLoop;
import dev.pirn.aio.ThreadPool;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

@ParameterizedClass
@MethodSource("dev.pirn.block.Setup#available")
class BlockDeviceTest {
    private static final int SIZE = 100_001; // Neither even nor a multiple of 512.

    @Parameter
    private Setup setup;
    @TempDir
    private Path dir;
    private Path image;
    private byte[] content;

    @BeforeEach
    void makeImage() throws IOException {
        content = new byte[SIZE];
        for (int i = 0; i < SIZE; i++) content[i] = (byte) (i * 31 + (i >> 8));
        image = Files.write(dir.resolve("disk"), content);
    }

    private void withDisk(Loops.Use use) throws Exception {
        Loops.withDisk(image, RawOptions.DEFAULT, setup, use);
    }

    @Test
    void runsAsANamedModule() {
        assertTrue(BlockDevice.class.getModule().isNamed());
        boolean linux = System.getProperty("os.name").equals("Linux");
        assertEquals(linux, LinuxFile.isAvailable(), "native access is tested where there is any");
    }

    @Test
    void sizeNotAMultipleOf512() throws Exception {
        withDisk(disk -> {
            assertEquals(SIZE, disk.size());
            assertArrayEquals(content, Loops.read(disk, 0, SIZE));
            assertEquals(content[SIZE - 1], Loops.read(disk, SIZE - 1, 1)[0]);
        });
    }

    @Test
    void rangeOutsideTheDisk() throws Exception {
        withDisk(disk -> {
            var one = Loops.filled(1, 0);
            var refused = assertThrows(IllegalArgumentException.class, () -> disk.read(SIZE, one));
            assertEquals(image + ": read of [100001, +1) outside the disk's 100001 bytes",
                    refused.getMessage());
            assertThrows(IllegalArgumentException.class, () -> disk.read(-1, one));
            assertThrows(IllegalArgumentException.class, () -> disk.read(Long.MAX_VALUE, one));
            assertThrows(IllegalArgumentException.class, () -> disk.read(SIZE - 1, Loops.filled(2, 0)));
            assertThrows(IllegalArgumentException.class, () -> disk.write(SIZE, one, false));
            assertThrows(IllegalArgumentException.class,
                    () -> disk.writeZeroes(1, Long.MAX_VALUE, true, false));
            assertThrows(IllegalArgumentException.class, () -> disk.writeZeroes(1, -1, true, false));
            assertThrows(IllegalArgumentException.class, () -> disk.discard(0, SIZE + 1));
            assertThrows(IllegalArgumentException.class, () -> disk.prefetch(0, SIZE + 1));
        });
        assertArrayEquals(content, Files.readAllBytes(image));
    }

    @Test
    void longerThanOneRequestMayBe() throws Exception {
        try (var file = new RandomAccessFile(image.toFile(), "rw")) {
            file.setLength(BlockDevice.REQUEST_SIZE_MAX + 1L);
        }
        withDisk(disk -> {
            var refused = assertThrows(IllegalArgumentException.class,
                    () -> disk.read(0, Loops.filled(BlockDevice.REQUEST_SIZE_MAX + 1, 0)));
            assertEquals(image + ": read of 67108865 bytes, more than 67108864 at a time",
                    refused.getMessage());
            disk.writeZeroes(0, disk.size(), true, false);
            assertEquals(0, Loops.read(disk, 1, 1)[0]);
        });
    }

    @Test
    void whatWasWrittenIsRead() throws Exception {
        withDisk(disk -> {
            disk.write(777, Loops.filled(1000, 9), false);
            disk.write(5, Loops.filled(1, 8), true);
            disk.flush();
            Arrays.fill(content, 777, 1777, (byte) 9);
            content[5] = 8;
            assertArrayEquals(content, Loops.read(disk, 0, SIZE));
        });
        assertArrayEquals(content, Files.readAllBytes(image));
    }

    @Test
    void writeNeverGrowsTheFile() throws Exception {
        withDisk(disk -> {
            disk.write(SIZE - 10, Loops.filled(10, 1), false);
            disk.writeZeroes(SIZE - 5, 5, false, false);
            var eleven = Loops.filled(11, 1);
            assertThrows(IllegalArgumentException.class, () -> disk.write(SIZE - 10, eleven, false));
        });
        assertEquals(SIZE, Files.size(image));
    }

    @Test
    void lengthZeroDoesNothing() throws Exception {
        withDisk(disk -> {
            var nothing = Loops.filled(0, 0);
            disk.read(SIZE, nothing);
            disk.write(SIZE, nothing, true);
            disk.writeZeroes(SIZE, 0, true, true);
            disk.discard(SIZE, 0);
            disk.prefetch(SIZE, 0);
        });
        assertArrayEquals(content, Files.readAllBytes(image));
    }

    @Test
    void readOnlyRefusesEveryWrite() throws Exception {
        Loops.withDisk(image, RawOptions.ofReadOnly(), setup, disk -> {
            assertTrue(disk.isReadOnly());
            var refused = assertThrows(IllegalStateException.class,
                    () -> disk.write(0, Loops.filled(1, 0), false));
            assertEquals(image + ": write to a disk that was opened read-only", refused.getMessage());
            assertThrows(IllegalStateException.class, () -> disk.writeZeroes(0, 1, true, false));
            assertThrows(IllegalStateException.class, () -> disk.discard(0, 1));
            disk.flush();
            disk.prefetch(0, SIZE);
            assertArrayEquals(content, Loops.read(disk, 0, SIZE));
        });
        assertArrayEquals(content, Files.readAllBytes(image));
    }

    @Test
    void fileThatMayOnlyBeRead() throws Exception {
        assertTrue(image.toFile().setWritable(false));
        Loops.withDisk(image, RawOptions.ofReadOnly(), setup,
                disk -> assertEquals(content[3], Loops.read(disk, 3, 1)[0]));
    }

    @Test
    void truncatedBelowUs() throws Exception {
        withDisk(disk -> {
            try (var file = new RandomAccessFile(image.toFile(), "rw")) {
                file.setLength(1000);
            }
            assertThrows(IOException.class, () -> disk.read(500, Loops.filled(501, 0)));
            assertThrows(IOException.class, () -> disk.read(50_000, Loops.filled(1, 0)));
            var refused = assertThrows(IOException.class, () -> disk.write(999, Loops.filled(2, 0), false));
            assertEquals(image + ": write of [999, +2), but the file has 1000 bytes now instead of 100001: "
                    + "who made it shorter?", refused.getMessage());
            assertThrows(IOException.class, () -> disk.writeZeroes(0, SIZE, false, false));
            assertEquals(content[999], Loops.read(disk, 999, 1)[0]);
        });
        assertEquals(1000, Files.size(image));
    }

    @Test
    void manyInsideAtATime() throws Exception {
        var pieces = new ArrayList<Completion<byte[]>>();
        withDisk(disk -> {
            EventLoop loop = EventLoop.current();
            for (int i = 0; i < 100; i++) {
                var piece = new Completion<byte[]>();
                pieces.add(piece);
                int offset = i * 1000;
                loop.start("read " + i, () -> piece.complete(Loops.read(disk, offset, 1000)));
            }
            for (int i = 0; i < 100; i++) {
                byte[] expected = Arrays.copyOfRange(content, i * 1000, i * 1000 + 1000);
                assertArrayEquals(expected, pieces.get(i).await());
            }
        });
    }

    @Test
    void closeWhileARequestIsInside() throws Exception {
        var hold = new CountDownLatch(1);
        try (var pool = ThreadPool.of("disk", 1);
                var disk = BlockDevice.openRaw(image, setup.of(RawOptions.DEFAULT), pool, setup.files())) {
            Loops.run(() -> {
                EventLoop loop = EventLoop.current();
                var flushed = new Completion<Void>();
                loop.start("blocks the pool", () -> pool.call(() -> {
                    hold.await();
                    return null;
                }));
                loop.start("waits for the pool", () -> {
                    if (setup == Setup.JDK) disk.flush(); else disk.extents(0, 1, 1);
                    flushed.complete(null);
                });
                var meanwhile = new Completion<IllegalStateException>();
                loop.start("closes", () ->
                        meanwhile.complete(assertThrows(IllegalStateException.class, disk::close)));
                assertEquals(image + ": closed while 1 requests are inside", meanwhile.await().getMessage());
                hold.countDown();
                flushed.await();
            });
        }
    }

    @Test
    void requestAfterClose() throws Exception {
        withDisk(disk -> {
            disk.close();
            disk.close();
            var refused = assertThrows(IllegalStateException.class, () -> Loops.read(disk, 0, 1));
            assertEquals(image + ": read after close", refused.getMessage());
        });
    }

    @Test
    void whatCannotBeOpenedLeavesNothingOpen() throws Exception {
        var options = setup.of(RawOptions.DEFAULT);
        long before = descriptors().size();
        try (var pool = ThreadPool.of("disk", 1)) {
            assertThrows(NoSuchFileException.class,
                    () -> BlockDevice.openRaw(dir.resolve("none"), options, pool, setup.files()));
            assertFalse(Files.exists(dir.resolve("none")));
            assertThrows(IOException.class,
                    () -> BlockDevice.openRaw(dir, options, pool, setup.files()));
            BlockDevice.openRaw(image, options, pool, setup.files()).close();
        }
        assertEquals(before, descriptors().size());
    }

    private List<String> descriptors() throws IOException {
        Path fds = Path.of("/proc/self/fd");
        if (!Files.isDirectory(fds)) return List.of();
        try (var each = Files.list(fds)) {
            return each.map(Path::toString).toList();
        }
    }
}
