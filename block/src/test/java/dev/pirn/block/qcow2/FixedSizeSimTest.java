package dev.pirn.block.qcow2;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.pirn.aio.ThreadPool;
import dev.pirn.block.BlockDevice;
import dev.pirn.block.Discard;
import dev.pirn.block.NoSpaceException;
import dev.pirn.block.Preallocation;
import dev.pirn.block.RawOptions;
import dev.pirn.block.StorageFile;
import dev.pirn.CoroutineFn;
import dev.pirn.sim.Sim;
import dev.pirn.sim.junit.SimTest;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.random.RandomGenerator;

/**
 * An image on a disk that is too small for it: what has no room says so, what was there stays, and nothing is
 * damaged or lost; not even a cluster.
 */
class FixedSizeSimTest {
    private static final int SIZE = 256 << 10;
    private static final int OPERATIONS = 150;
    private static final int CLUSTER = 4 << 10;
    private static final Qcow2Options UNMAP = Qcow2Options.DEFAULT.withDiscard(Discard.UNMAP);

    private byte[] model;
    private int refused;

    @SimTest(seeds = 8)
    void diskSmallerThanTheImage(Sim sim) throws IOException {
        model = new byte[SIZE];
        refused = 0;
        Path path = Files.createFile(sim.disk().path("/disk"));
        RandomGenerator random = sim.random();
        int end = (SIZE / 2 + random.nextInt(SIZE / 4)) & -512;
        Files.write(path, new byte[end]);
        try (var pool = ThreadPool.of("disk", 4)) {
            sim.run(sim.loop("a"), "test", () -> {
                BlockDevice device = BlockDevice.openRaw(path, RawOptions.DEFAULT.with(Discard.UNMAP), pool);
                StorageFile file = StorageFile.of(device);
                Options.draw(random, SIZE).refcountBits(16).preallocate(Preallocation.OFF)
                        .create(file, pool);
                Qcow2Image image = Qcow2Image.open(file, null, UNMAP, pool);
                for (int i = 0; i < OPERATIONS; i++) step(image, random, (byte) (i + 1));
                assertTrue(refused > 0, "the disk was large enough");
                compare(image);
                CheckReport report = image.check();
                assertTrue(report.isClean(), report.toString());
                image.close();
                compareAnew(path, pool);
            });
        }
        assertEquals(end, Files.size(path));
    }

    /** It is given up in memory alone, until a flush: which the write brings about. */
    @SimTest(seeds = 1)
    void discardedClusterIsThereForTheNextWrite(Sim sim) throws IOException {
        Path path = Files.createFile(sim.disk().path("/disk"));
        Files.write(path, new byte[SIZE / 2]);
        try (var pool = ThreadPool.of("disk", 4)) {
            sim.run(sim.loop("a"), "test", () -> {
                StorageFile file = StorageFile.of(BlockDevice.openRaw(path, RawOptions.DEFAULT, pool));
                new Qcow2Creation(SIZE).clusterSize(CLUSTER).create(file, pool);
                try (Qcow2Image image = Qcow2Image.open(file, null, UNMAP, pool)) {
                    MemorySegment cluster = Arena.ofAuto().allocate(CLUSTER).fill((byte) 1);
                    long refusedAt = fill(image, cluster);
                    image.discard(0, CLUSTER);
                    image.write(refusedAt, cluster);
                    assertThrows(NoSpaceException.class, () -> image.write(refusedAt + CLUSTER, cluster));
                    assertTrue(image.check().isClean());
                }
            });
        }
    }

    @SimTest(seeds = 1)
    void preallocationWithoutRoomLeavesTheSize(Sim sim) throws IOException {
        Path path = Files.createFile(sim.disk().path("/disk"));
        Files.write(path, new byte[SIZE]);
        try (var pool = ThreadPool.of("disk", 4)) {
            sim.run(sim.loop("a"), "test", () -> {
                StorageFile file = StorageFile.of(BlockDevice.openRaw(path, RawOptions.DEFAULT, pool));
                new Qcow2Creation(CLUSTER).clusterSize(CLUSTER).create(file, pool);
                try (Qcow2Image image = Qcow2Image.open(file, null, UNMAP, pool)) {
                    image.bitmaps().add("b", CLUSTER, true);
                    for (var what : new Preallocation[] {Preallocation.METADATA, Preallocation.FULL}) {
                        assertThrows(NoSpaceException.class, () -> image.resize(2 * SIZE, what));
                        assertEquals(CLUSTER, image.size());
                    }
                    CheckReport report = image.check();
                    assertTrue(report.isClean(), report.toString());
                    assertTrue(image.bitmaps().list().getFirst().isUsable());
                    image.resize(SIZE / 2, Preallocation.FULL); // For that there is.
                    assertTrue(image.check().isClean());
                }
            });
        }
    }

    @CoroutineFn
    private static long fill(Qcow2Image image, MemorySegment cluster) throws IOException {
        for (long at = 0; ; at += CLUSTER) {
            try {
                image.write(at, cluster);
            } catch (NoSpaceException e) {
                return at;
            }
        }
    }

    private void compareAnew(Path path, ThreadPool pool) throws IOException {
        BlockDevice device = BlockDevice.openRaw(path, RawOptions.ofReadOnly(), pool);
        try (var again = Qcow2Image.open(StorageFile.of(device), null, UNMAP.asReadOnly(), pool)) {
            compare(again);
        }
    }

    private void step(Qcow2Image image, RandomGenerator random, byte value) throws IOException {
        int from = random.nextInt(SIZE);
        int length = Math.min(1 + random.nextInt(20_000), SIZE - from);
        try {
            switch (random.nextInt(10)) {
                case 0 -> image.writeZeroes(from, length, random.nextBoolean());
                case 1, 2 -> image.discard(from, length);
                case 3 -> image.flush();
                case 4 -> snapshot(image, random);
                default -> image.write(from, Arena.ofAuto().allocate(length).fill(value));
            }
        } catch (NoSpaceException e) {
            refused++;
        }
        // Whatever came of it, nothing but these bytes is another now.
        MemorySegment now = Arena.ofAuto().allocate(length);
        image.read(from, now);
        MemorySegment.copy(now, 0, MemorySegment.ofArray(model), from, length);
    }

    private static void snapshot(Qcow2Image image, RandomGenerator random) throws IOException {
        var all = image.snapshots().list();
        if (all.isEmpty()) image.snapshots().create("s" + random.nextInt(), Instant.EPOCH);
        else image.snapshots().delete(all.getFirst());
    }

    private void compare(Qcow2Image image) throws IOException {
        MemorySegment all = Arena.ofAuto().allocate(SIZE);
        image.read(0, all);
        assertEquals(-1, all.mismatch(MemorySegment.ofArray(model)), "first byte that differs");
    }
}
