package dev.pirn.block.qcow2;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.pirn.aio.EventLoop;
import dev.pirn.aio.ThreadPool;
import dev.pirn.block.Discard;
import dev.pirn.sim.Sim;
import dev.pirn.sim.junit.SimTest;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.random.RandomGenerator;

/** Compressed clusters beside others: written by several coroutines, each its own, many into one host's. */
class CompressedSimTest {
    private static final int WORKERS = 3;
    private static final int OPERATIONS = 25;
    private static final Qcow2Options UNMAP =
            Qcow2Options.DEFAULT.withDiscard(Discard.UNMAP).withL2CacheBytesMax(1);

    /** Bytes of which more can be compressed the smaller {@code kinds} is. */
    private static byte[] bytes(RandomGenerator random, int size) {
        byte[] bytes = new byte[size];
        int kinds = 1 << random.nextInt(9);
        for (int i = 0; i < size; i++) bytes[i] = (byte) random.nextInt(kinds);
        return bytes;
    }

    private static byte[] all(Qcow2Image image) throws Exception {
        MemorySegment target = Arena.ofAuto().allocate(image.size());
        image.read(0, target);
        return target.toArray(ValueLayout.JAVA_BYTE);
    }

    private static void work(Qcow2Image image, byte[] model, RandomGenerator random, int number)
            throws Exception {
        int size = image.header().clusterSize();
        int clusters = (model.length + size - 1) / size;
        for (int i = 0; i < OPERATIONS; i++) {
            int from = (random.nextInt(clusters / WORKERS) * WORKERS + number) * size;
            byte[] cluster = bytes(random, Math.min(size, model.length - from));
            int part = 1 + random.nextInt(cluster.length);
            switch (random.nextInt(8)) {
                case 0 -> {
                    image.write(from, MemorySegment.ofArray(cluster).asSlice(0, part));
                    System.arraycopy(cluster, 0, model, from, part);
                }
                case 1 -> {
                    image.writeZeroes(from, cluster.length, random.nextBoolean());
                    Arrays.fill(model, from, from + cluster.length, (byte) 0);
                }
                case 2 -> image.flush();
                default -> {
                    image.writeCompressed(from, MemorySegment.ofArray(cluster));
                    System.arraycopy(cluster, 0, model, from, cluster.length);
                }
            }
        }
    }

    @SimTest(seeds = 30)
    void besideOthers(Sim sim) {
        var random = sim.random();
        int clusterSize = 512 << random.nextInt(5);
        byte[] model = new byte[24 * clusterSize - random.nextInt(2) * 512];
        Path path = sim.disk().path("/image");
        var loops = new EventLoop[] {sim.loop("a"), sim.loop("b")};
        try (var pool = ThreadPool.of("disk", 4)) {
            var image = new Qcow2Image[1];
            sim.run(loops[0], "create", () -> {
                new Qcow2Creation(model.length).clusterSize(clusterSize).zstd(random.nextInt(3) == 0)
                        .refcountBits(1 << random.nextInt(7)).create(path, pool);
                image[0] = Qcow2Image.open(path, UNMAP, pool);
            });
            for (int i = 0; i < WORKERS; i++) {
                int number = i;
                loops[i % 2].start("worker " + i, () -> work(image[0], model, random, number));
            }
            sim.run();
            sim.run(loops[0], "compare", () -> {
                assertArrayEquals(model, all(image[0]));
                CheckReport report = image[0].check();
                assertTrue(report.isClean(), report.toString());
                image[0].close();
                try (var again = Qcow2Image.open(path, UNMAP, pool)) {
                    assertArrayEquals(model, all(again));
                }
            });
        }
    }

    @SimTest(seeds = 1)
    void packedIntoOneHostCluster(Sim sim) {
        Path path = sim.disk().path("/image");
        try (var pool = ThreadPool.of("disk", 4)) {
            sim.run(sim.loop("a"), "test", () -> {
                new Qcow2Creation(64 << 16).create(path, pool);
                try (var image = Qcow2Image.open(path, UNMAP, pool)) {
                    long before = image.check().imageEndOffset();
                    for (long at = 0; at < image.size(); at += 1 << 16) {
                        image.writeCompressed(at, MemorySegment.ofArray(new byte[1 << 16]));
                    }
                    CheckReport report = image.check();
                    assertEquals(64, report.compressedClusters());
                    // An L2 table, and all of the data.
                    assertEquals(before + (2 << 16), report.imageEndOffset());
                }
            });
        }
    }

    @SimTest(seeds = 1)
    void partOfACluster(Sim sim) {
        Path path = sim.disk().path("/image");
        try (var pool = ThreadPool.of("disk", 4)) {
            sim.run(sim.loop("a"), "test", () -> {
                new Qcow2Creation(1 << 20).create(path, pool);
                try (var image = Qcow2Image.open(path, UNMAP, pool)) {
                    var part = MemorySegment.ofArray(new byte[512]);
                    String said = assertThrows(IllegalArgumentException.class,
                            () -> image.writeCompressed(0, part)).getMessage();
                    assertTrue(said.endsWith("compressed write of [0, +512); give one cluster of 65536 "
                            + "bytes, or what is left of the disk's 1048576"), said);
                }
            });
        }
    }
}
