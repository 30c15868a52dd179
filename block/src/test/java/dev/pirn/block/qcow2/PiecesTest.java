package dev.pirn.block.qcow2;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.pirn.CoroutineFn;
import dev.pirn.Task;
import dev.pirn.aio.EventLoop;
import dev.pirn.aio.ThreadPool;
import dev.pirn.block.RawOptions;
import dev.pirn.block.StorageFile;
import dev.pirn.sim.Sim;
import dev.pirn.sim.junit.SimTest;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CancellationException;

/**
 * Reads of many pieces, each of which takes the file a second.
 * <pre>
 *   guest  │ 0 │ 1 │ 2 │ 3 │ …        written from the last to the first: no two are side by side
 *   file   │ … │ 3 │ 2 │ 1 │ 0 │
 * </pre>
 */
class PiecesTest {
    private static final int CLUSTER = 4 << 10;
    private static final int COUNT = 32;
    private static final int SIZE = COUNT * CLUSTER;
    private static final byte STALE = 0x55;
    private static final byte TAKEN_BACK = 0x66;

    @FunctionalInterface
    private interface Use {
        @CoroutineFn
        void with(Qcow2Image image, SlowFile file, EventLoop loop) throws Exception;
    }

    /** The byte that cluster {@code index} is full of. */
    private static byte value(int index) {
        return (byte) (index + 1);
    }

    static MemorySegment target(int length) {
        return Arena.ofAuto().allocate(length).fill(STALE);
    }

    private static void assertHas(MemorySegment target, int first) {
        for (int i = 0; i < target.byteSize() / CLUSTER; i++) {
            MemorySegment expected = target(CLUSTER).fill(value(first + i));
            assertEquals(-1, expected.mismatch(target.asSlice((long) i * CLUSTER, CLUSTER)),
                    "cluster " + (first + i));
        }
    }

    private static void with(Sim sim, boolean compressed, Use use) {
        try (var pool = ThreadPool.of("disk", 4)) {
            EventLoop loop = sim.loop("a");
            Path path = sim.disk().path("/image");
            sim.run(loop, "test", () -> {
                new Qcow2Creation(SIZE).clusterSize(CLUSTER).create(path, pool);
                var file = new SlowFile(pool.call(() -> StorageFile.open(path, RawOptions.DEFAULT, pool)));
                try (var image = Qcow2Image.open(file, path, Qcow2Options.DEFAULT, pool)) {
                    fragment(image, compressed);
                    file.slowReads = true;
                    image.read(0, target(SIZE)); // From here on the tables are in memory.
                    file.reads = 0;
                    file.readingMax = 0;
                    use.with(image, file, loop);
                    file.slowReads = false;
                }
            });
        }
    }

    @CoroutineFn
    private static void fragment(Qcow2Image image, boolean compressed) throws IOException {
        for (int i = COUNT - 1; i >= 0; i--) {
            MemorySegment source = target(CLUSTER).fill(value(i));
            if (compressed) image.writeCompressed((long) i * CLUSTER, source);
            else image.write((long) i * CLUSTER, source);
        }
    }

    @SimTest(seeds = 4)
    void eightAtATime(Sim sim) {
        with(sim, false, (image, file, loop) -> {
            MemorySegment target = target(SIZE);
            Duration before = sim.now();
            image.read(0, target);
            assertHas(target, 0);
            assertParallel(file);
            assertEquals(COUNT, file.reads);
            // One after the other they take 32 s.
            long seconds = sim.now().minus(before).toSeconds();
            assertTrue(seconds <= 5, "took " + seconds + " s");
        });
    }

    /** The caller reads the last one itself, perhaps besides all others. */
    private static void assertParallel(SlowFile file) {
        int max = file.readingMax;
        assertTrue(max == Pieces.SPARE_MAX || max == Pieces.SPARE_MAX + 1, max + " at a time");
    }

    @SimTest(seeds = 4)
    void compressedClustersToo(Sim sim) {
        with(sim, true, (image, file, loop) -> {
            MemorySegment target = target(SIZE);
            image.read(0, target);
            assertHas(target, 0);
            assertParallel(file);
        });
    }

    /** Who reads on in pieces finds what the last of them was cut from, whichever piece came last. */
    @SimTest(seeds = 4)
    void lastOfARequestIsTheOneThatIsKeptExpanded(Sim sim) {
        with(sim, true, (image, file, loop) -> {
            file.slowReadsLeft = 4; // The fifth comes first.
            image.read(0, target(4 * CLUSTER + 512));
            file.slowReadsLeft = Integer.MAX_VALUE;
            int before = file.reads;
            MemorySegment target = target(CLUSTER - 512);
            image.read(4 * CLUSTER + 512, target);
            assertEquals(value(4), target.get(ValueLayout.JAVA_BYTE, 0));
            assertEquals(before, file.reads);
        });
    }

    /** The others' memory has a bound too: what one request takes, the next does without. */
    @SimTest(seeds = 4)
    void eightOfAnImageAndWhoAsksForThem(Sim sim) {
        with(sim, false, (image, file, loop) -> {
            int half = SIZE / 2;
            MemorySegment second = target(half);
            Task<Void> other = loop.submit("other", () -> {
                image.read(half, second);
                return null;
            });
            MemorySegment first = target(half);
            image.read(0, first);
            other.join();
            assertHas(first, 0);
            assertHas(second, COUNT / 2);
            int max = file.readingMax;
            assertTrue(max > Pieces.SPARE_MAX && max <= Pieces.SPARE_MAX + 2, max + " at a time");
        });
    }

    /** Until they do not: that is found out soon. */
    @SimTest(seeds = 1)
    void piecesThatComeAtOnceAreReadByTheCaller(Sim sim) {
        try (var pool = ThreadPool.of("disk", 4)) {
            sim.run(sim.loop("a"), "test", () -> {
                var file = new SlowFile(new MemoryFile(new byte[0]));
                new Qcow2Creation(SIZE).clusterSize(CLUSTER).create(file, pool);
                try (var image = Qcow2Image.open(file, null, Qcow2Options.DEFAULT, pool)) {
                    fragment(image, false);
                    MemorySegment target = target(SIZE);
                    for (int i = 0; i < 4; i++) image.read(0, target);
                    file.readers.clear();
                    image.read(0, target);
                    int tries = COUNT / Pieces.AT_ONCE_MAX;
                    assertTrue(file.readers.size() <= tries + 1, file.readers.size() + " readers");
                    file.slowReads = true;
                    image.read(0, target);
                    assertParallel(file);
                    file.slowReads = false;
                }
            });
        }
    }

    /** It is told when nobody has the memory any more, and nothing is begun after it. */
    @SimTest(seeds = 8)
    void errorOfOnePieceWaitsForTheOthers(Sim sim) {
        with(sim, false, (image, file, loop) -> {
            int failing = sim.random().nextInt(8);
            file.readsUntilFailure = failing;
            MemorySegment target = target(SIZE);
            var e = assertThrows(IOException.class, () -> image.read(0, target));
            assertEquals(0, file.reading);
            assertTrue(e.getMessage().startsWith("read ") && e.getMessage().endsWith("failed on purpose"),
                    e.getMessage());
            assertTrue(file.reads < COUNT, file.reads + " reads");
            assertUntouchedFromNowOn(target);
            image.read(0, target);
            assertHas(target, 0);
        });
    }

    /** The piece that the caller reads itself fails no differently. */
    @SimTest(seeds = 4)
    void errorOfTheLastPiece(Sim sim) {
        with(sim, false, (image, file, loop) -> {
            file.readsUntilFailure = 2;
            MemorySegment target = target(3 * CLUSTER);
            assertThrows(IOException.class, () -> image.read(0, target));
            assertEquals(0, file.reading);
            assertUntouchedFromNowOn(target);
        });
    }

    @SimTest(seeds = 8)
    void cancelledReaderLeavesNoPieceBehind(Sim sim) {
        with(sim, false, (image, file, loop) -> {
            MemorySegment target = target(SIZE);
            boolean[] left = {false};
            Task<Void> reader = loop.submit("reader", () -> {
                try {
                    image.read(0, target);
                } finally {
                    left[0] = true;
                    assertEquals(0, file.reading);
                }
                return null;
            });
            // The last eight of them begin after three seconds.
            EventLoop.sleep(Duration.ofMillis(500 + sim.random().nextInt(2400)));
            reader.coroutine().cancel();
            assertThrows(CancellationException.class, reader::join);
            assertTrue(left[0]);
            assertTrue(file.reads < COUNT, file.reads + " reads");
            assertUntouchedFromNowOn(target);
            image.read(0, target);
            assertHas(target, 0);
        });
    }

    /** Pieces that can be given up, as those of a server that hangs, are. */
    @SimTest(seeds = 4)
    void cancellationReachesThePieces(Sim sim) {
        with(sim, false, (image, file, loop) -> {
            file.cancellable = true;
            Task<Void> reader = loop.submit("reader", () -> {
                image.read(0, target(SIZE));
                return null;
            });
            EventLoop.sleep(Duration.ofMillis(100));
            assertEquals(Pieces.SPARE_MAX, file.reading);
            reader.coroutine().cancel();
            assertEquals(0, file.reading);
            assertThrows(CancellationException.class, reader::join);
        });
    }

    @CoroutineFn
    private static void assertUntouchedFromNowOn(MemorySegment target) {
        target.fill(TAKEN_BACK);
        EventLoop.sleep(Duration.ofSeconds(3));
        MemorySegment expected = target((int) target.byteSize()).fill(TAKEN_BACK);
        assertEquals(-1, expected.mismatch(target));
    }
}
