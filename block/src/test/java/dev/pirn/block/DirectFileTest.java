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
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** Requests of any alignment, on a file that takes only multiples of 4096 bytes. */
@ParameterizedClass
@MethodSource("dev.pirn.block.Engines#available")
class DirectFileTest {
    private static final int BLOCK = 4096;
    private static final int SIZE = (200 << 10) + 700; // The last 8892 bytes are the cached end's.
    private static final int END = 192 << 10;

    @Parameter
    private Engine engine;
    @TempDir
    private Path dir;
    private Path image;
    private byte[] content;
    private FaultyFile direct;
    private FaultyFile cached;

    private interface Use {
        void with(BlockDevice disk) throws Exception;
    }

    @BeforeEach
    void makeImage() throws IOException {
        content = new byte[SIZE];
        new Random(5).nextBytes(content);
        image = Files.write(dir.resolve("disk"), content);
        direct = new FaultyFile(LinuxFile.open(image, false));
        direct.unit = BLOCK;
        cached = new FaultyFile(LinuxFile.open(image, false));
    }

    private void with(Use use) throws Exception {
        try (var pool = ThreadPool.of("disk", 2)) {
            AsyncIo io = Engines.direct(engine, pool);
            var file = new DirectFile(NativeFile.direct(image, direct, io, pool, BLOCK),
                    NativeFile.cached(image, cached, io, pool, false), new Alignment(BLOCK, BLOCK),
                    false);
            try (var disk = new BlockDevice("disk", new RawDriver(file, RawOptions.DEFAULT), false)) {
                Loops.run(() -> use.with(disk));
            }
        }
    }

    private static MemorySegment aligned(int length, int value) {
        return Arena.ofAuto().allocate(length, BLOCK).fill((byte) value);
    }

    @Test
    void alignedRequestIsOneCall() throws Exception {
        with(disk -> {
            MemorySegment target = aligned(2 * BLOCK, 0);
            disk.read(BLOCK, target);
            assertArrayEquals(Arrays.copyOfRange(content, BLOCK, 3 * BLOCK),
                    target.toArray(java.lang.foreign.ValueLayout.JAVA_BYTE));
            disk.write(0, target, false);
        });
        assertEquals(List.of("read 8192 = 8192", "write 8192 = 8192"), direct.trace);
        assertEquals(List.of(), cached.trace);
        assertEquals(engine == Engine.URING ? 2 : 0, direct.byRing);
    }

    @Test
    void memoryThatIsNotAligned() throws Exception {
        with(disk -> {
            disk.write(BLOCK, aligned(2 * BLOCK, 7).asSlice(64, BLOCK), false);
            assertArrayEquals(Arrays.copyOfRange(content, 0, BLOCK), Loops.read(disk, 0, BLOCK));
        });
        assertEquals("write 4096 = 4096", direct.trace.getFirst(), "nothing need be read");
        Arrays.fill(content, BLOCK, 2 * BLOCK, (byte) 7);
        assertArrayEquals(content, Files.readAllBytes(image));
    }

    @Test
    void writeOfPartsOfTwoBlocksReadsBothFirst() throws Exception {
        with(disk -> disk.write(BLOCK - 1, Loops.filled(BLOCK + 2, 3), false));
        assertEquals(List.of("read 4096 = 4096", "read 4096 = 4096", "write 12288 = 12288"), direct.trace);
        Arrays.fill(content, BLOCK - 1, 2 * BLOCK + 1, (byte) 3);
        assertArrayEquals(content, Files.readAllBytes(image));
    }

    @Test
    void writeInsideOneBlockReadsItOnce() throws Exception {
        with(disk -> disk.write(BLOCK + 5, Loops.filled(10, 3), false));
        assertEquals(List.of("read 4096 = 4096", "write 4096 = 4096"), direct.trace);
        Arrays.fill(content, BLOCK + 5, BLOCK + 15, (byte) 3);
        assertArrayEquals(content, Files.readAllBytes(image));
    }

    @Test
    void requestsOfAnyAlignmentChangeWhatTheyShould() throws Exception {
        long seed = 42;
        var random = new Random(seed);
        with(disk -> {
            for (int i = 0; i < 300; i++) {
                int offset = random.nextInt(SIZE);
                int length = 1 + random.nextInt(Math.min(SIZE - offset, i % 10 == 0 ? SIZE : 3 * BLOCK));
                int value = random.nextInt(256);
                disk.write(offset, Loops.filled(length, value), false);
                Arrays.fill(content, offset, offset + length, (byte) value);
                int from = random.nextInt(SIZE);
                int count = 1 + random.nextInt(SIZE - from);
                assertArrayEquals(Arrays.copyOfRange(content, from, from + count),
                        Loops.read(disk, from, count), "seed " + seed + ", request " + i);
            }
        });
        assertArrayEquals(content, Files.readAllBytes(image));
    }

    @Test
    void endIsCachedAndTheFileStaysAsLongAsItWas() throws Exception {
        with(disk -> {
            disk.write(END, Loops.filled(SIZE - END, 9), true);
            assertArrayEquals(new byte[] {9}, Loops.read(disk, SIZE - 1, 1));
        });
        assertEquals(List.of(), direct.trace);
        Arrays.fill(content, END, SIZE, (byte) 9);
        assertArrayEquals(content, Files.readAllBytes(image));
    }

    @Test
    void heapMemory() throws Exception {
        with(disk -> {
            byte[] bytes = new byte[SIZE];
            disk.read(0, MemorySegment.ofArray(bytes));
            assertArrayEquals(content, bytes);
        });
    }

    /**
     * Else the first would write back what it read where the second has written.
     * <pre>
     *   part of a block   reads ── held ──────────▶ writes
     *   whole block               waits ─────────────────▶ writes
     * </pre>
     */
    @Test
    void wholeBlockWaitsForTheChangeOfAPartOfIt() throws Exception {
        with(disk -> {
            EventLoop loop = EventLoop.current();
            direct.hold();
            var part = new Completion<Void>();
            loop.start("part", () -> {
                disk.write(0, Loops.filled(10, 1), false);
                part.complete(null);
            });
            var whole = new Completion<Void>();
            loop.start("whole", () -> {
                disk.write(0, aligned(BLOCK, 2), false);
                whole.complete(null);
            });
            var other = new Completion<Void>();
            loop.start("another block", () -> {
                disk.write(BLOCK, aligned(BLOCK, 3), false);
                other.complete(null);
            });
            other.await(); // Which nobody keeps apart; by then the whole one would have been written.
            assertFalse(whole.isDone());
            direct.release();
            part.await();
            whole.await();
        });
        Arrays.fill(content, 0, BLOCK, (byte) 2);
        Arrays.fill(content, BLOCK, 2 * BLOCK, (byte) 3);
        assertArrayEquals(content, Files.readAllBytes(image));
    }

    @Test
    void partsOfOneBlockByManyAtATime() throws Exception {
        with(disk -> {
            EventLoop loop = EventLoop.current();
            var all = new Completion<Void>();
            int[] left = {64};
            for (int i = 0; i < 64; i++) {
                int at = i * 64;
                loop.start("part " + i, () -> {
                    disk.write(at, Loops.filled(64, at / 64), false);
                    if (--left[0] == 0) all.complete(null);
                });
            }
            all.await();
        });
        for (int i = 0; i < BLOCK; i++) content[i] = (byte) (i / 64);
        assertArrayEquals(content, Files.readAllBytes(image));
    }

    @Test
    void cancelledWhileItWaitsForAnother() throws Exception {
        with(disk -> {
            EventLoop loop = EventLoop.current();
            direct.hold();
            var part = new Completion<Void>();
            loop.start("part", () -> {
                disk.write(0, Loops.filled(10, 1), false);
                part.complete(null);
            });
            var second = loop.submit("second", () -> {
                disk.write(10, Loops.filled(10, 2), false);
                return null;
            });
            var third = loop.submit("third", () -> {
                disk.write(20, Loops.filled(10, 3), false);
                return null;
            });
            var begun = new Completion<Void>();
            loop.execute(() -> loop.execute(() -> begun.complete(null)));
            begun.await();
            second.coroutine().cancel();
            assertTrue(second.isDone());
            direct.release();
            part.await();
            third.await();
        });
        Arrays.fill(content, 0, 10, (byte) 1);
        Arrays.fill(content, 20, 30, (byte) 3);
        assertArrayEquals(content, Files.readAllBytes(image));
    }

    @Test
    void diskThatFailsWhereAWriteReadsFirst() throws Exception {
        direct.async.add(-(long) Errno.EIO);
        with(disk -> {
            var failed = assertThrows(IOException.class, () -> disk.write(1, Loops.filled(1, 1), false));
            assertEquals(image + ": read of [0, +4096): Input/output error (errno 5)", failed.getMessage());
            disk.write(1, Loops.filled(1, 1), false); // It has left the order, and given its memory back.
        });
        content[1] = 1;
        assertArrayEquals(content, Files.readAllBytes(image));
    }

    @Test
    void fileSystemThatHasNoSuchWay() {
        // Of procfs, which has none.
        try (var pool = ThreadPool.of("disk", 1)) {
            var options = RawOptions.ofReadOnly().with(engine).with(CacheMode.NONE);
            var refused = assertThrows(UnsupportedOptionException.class,
                    () -> BlockDevice.openRaw(Path.of("/proc/version"), options, pool));
            assertEquals("/proc/version: its file system has no O_DIRECT", refused.getMessage());
            assertEquals(CacheMode.NONE, refused.option());
        }
    }
}
