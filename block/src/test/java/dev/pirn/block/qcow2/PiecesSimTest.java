package dev.pirn.block.qcow2;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.pirn.CoroutineFn;
import dev.pirn.aio.ThreadPool;
import dev.pirn.block.RawOptions;
import dev.pirn.block.StorageFile;
import dev.pirn.sim.Sim;
import dev.pirn.sim.junit.SimTest;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.random.RandomGenerator;

/** Reads of pieces of every kind, compared with an array; no piece is left behind by those that fail. */
class PiecesSimTest {
    private static final int CLUSTER = 4 << 10;
    private static final int COUNT = 32;
    private static final int SIZE = COUNT * CLUSTER;

    private static MemorySegment filled(byte value) {
        return PiecesTest.target(CLUSTER).fill(value);
    }

    /** Data, zeroes, compressed clusters and the backing file, in any order; some reads fail. */
    @SimTest(seeds = 16)
    void anyMixture(Sim sim) throws IOException {
        RandomGenerator random = sim.random();
        var model = new byte[SIZE];
        try (var pool = ThreadPool.of("disk", 4)) {
            Path path = sim.disk().path("/image");
            sim.run(sim.loop("a"), "test", () -> {
                Path below = sim.disk().path("/below");
                new Qcow2Creation(SIZE).clusterSize(CLUSTER).create(below, pool);
                try (var image = Qcow2Image.open(below, Qcow2Options.DEFAULT, pool)) {
                    fill(image, random, model, 0);
                }
                new Qcow2Creation(SIZE).clusterSize(CLUSTER).backing("below", "qcow2").create(path, pool);
                var file = new SlowFile(pool.call(() -> StorageFile.open(path, RawOptions.DEFAULT, pool)));
                try (var image = Qcow2Image.open(file, path, Qcow2Options.DEFAULT, pool)) {
                    fill(image, random, model, COUNT);
                    file.slowReads = true;
                    for (int i = 0; i < 40; i++) readSome(image, file, random, model);
                    file.slowReads = false;
                }
            });
        }
    }

    @CoroutineFn
    private static void fill(Qcow2Image image, RandomGenerator random, byte[] model, int plus)
            throws IOException {
        for (int i = 0; i < COUNT; i++) {
            int at = random.nextInt(COUNT) * CLUSTER;
            byte value = (byte) (i + plus + 1);
            int kind = random.nextInt(4);
            if (kind == 0) image.writeZeroes(at, CLUSTER, true);
            else if (kind == 1) image.writeCompressed(at, filled(value));
            else image.write(at, filled(value));
            Arrays.fill(model, at, at + CLUSTER, kind == 0 ? 0 : value);
        }
        image.flush();
    }

    @CoroutineFn
    private static void readSome(Qcow2Image image, SlowFile file, RandomGenerator random, byte[] model)
            throws IOException {
        int from = random.nextInt(SIZE);
        int to = from + 1 + random.nextInt(SIZE - from);
        boolean mayFail = random.nextInt(4) == 0;
        file.readsUntilFailure = mayFail ? random.nextInt(10) : Integer.MAX_VALUE;
        MemorySegment target = PiecesTest.target(to - from);
        try {
            image.read(from, target);
            assertEquals(-1, MemorySegment.ofArray(model).asSlice(from, to - from).mismatch(target));
        } catch (IOException e) {
            assertTrue(mayFail, e.toString());
        }
        assertEquals(0, file.reading);
    }
}
