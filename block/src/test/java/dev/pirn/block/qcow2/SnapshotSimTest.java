package dev.pirn.block.qcow2;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.pirn.aio.EventLoop;
import dev.pirn.aio.ThreadPool;
import dev.pirn.block.BlockDevice;
import dev.pirn.block.Discard;
import dev.pirn.lock.CoRwLock;
import dev.pirn.sim.Sim;
import dev.pirn.sim.junit.SimTest;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.random.RandomGenerator;

/**
 * Snapshots are copies of an array of bytes, while others write: one coroutine makes, applies and deletes
 * them, two of other loops write, zero, discard and read, each its own bytes.
 */
class SnapshotSimTest {
    private static final Qcow2Options UNMAP =
            Qcow2Options.DEFAULT.withDiscard(Discard.UNMAP).withL2CacheBytesMax(1);
    private static final int SIZE = 128 << 10;
    private static final int WRITERS = 2;
    private static final int OPERATIONS = 20;

    /** What all of them share; who writes shares the turn, who takes or applies a snapshot has it alone. */
    private static final class Shared {
        final CoRwLock turn = new CoRwLock("model");
        final byte[] model = new byte[SIZE];
        final Map<Snapshot, byte[]> snapshots = new LinkedHashMap<>();
        Qcow2Image image;
        BlockDevice disk;
    }

    private static MemorySegment memory(int length) {
        return Arena.ofAuto().allocate(length);
    }

    private static byte[] read(BlockDevice disk, long offset, int length) throws Exception {
        MemorySegment target = memory(length);
        disk.read(offset, target);
        return target.toArray(ValueLayout.JAVA_BYTE);
    }

    private static void write(Shared shared, RandomGenerator random, int number) throws Exception {
        int part = SIZE / 8;
        int start = (random.nextInt(8 / WRITERS) * WRITERS + number) * part;
        int from = start + random.nextInt(part);
        int to = from + 1 + random.nextInt(start + part - from);
        if (random.nextInt(4) == 0) {
            from = start;
            to = start + part;
        }
        shared.turn.readLock();
        try {
            switch (random.nextInt(8)) {
                case 0 -> {
                    shared.disk.writeZeroes(from, to - from, random.nextBoolean(), false);
                    Arrays.fill(shared.model, from, to, (byte) 0);
                }
                case 1 -> {
                    shared.disk.discard(from, to - from);
                    System.arraycopy(read(shared.disk, from, to - from), 0, shared.model, from, to - from);
                }
                case 2 -> {
                    int cluster = shared.image.header().clusterSize();
                    int at = start + random.nextInt(part / cluster) * cluster;
                    byte value = (byte) random.nextInt(256);
                    shared.image.writeCompressed(at, memory(cluster).fill(value));
                    Arrays.fill(shared.model, at, at + cluster, value);
                }
                case 3 -> assertArrayEquals(Arrays.copyOfRange(shared.model, from, to),
                        read(shared.disk, from, to - from), "bytes at " + from);
                default -> {
                    byte value = (byte) (1 + random.nextInt(255));
                    shared.disk.write(from, memory(to - from).fill(value), random.nextInt(8) == 0);
                    Arrays.fill(shared.model, from, to, value);
                }
            }
        } finally {
            shared.turn.unlock();
        }
    }

    private static void snapshot(Shared shared, RandomGenerator random, int number) throws Exception {
        var all = shared.snapshots.keySet().stream().toList();
        Snapshot any = all.isEmpty() ? null : all.get(random.nextInt(all.size()));
        int kind = random.nextInt(3);
        if (any == null || kind == 0 && all.size() < 3) {
            shared.turn.writeLock();
            try {
                Snapshot made = shared.image.snapshots().create("s" + number, Instant.ofEpochSecond(number));
                shared.snapshots.put(made, shared.model.clone());
            } finally {
                shared.turn.unlock();
            }
        } else if (kind == 1) {
            shared.turn.writeLock();
            try {
                shared.image.snapshots().apply(any);
                System.arraycopy(shared.snapshots.get(any), 0, shared.model, 0, SIZE);
            } finally {
                shared.turn.unlock();
            }
        } else {
            shared.image.snapshots().delete(any); // With requests in flight.
            shared.snapshots.remove(any);
        }
    }

    @SimTest(seeds = 25)
    void othersWriteMeanwhile(Sim sim) {
        Path path = sim.disk().path("/image");
        var loops = new EventLoop[] {sim.loop("a"), sim.loop("b")};
        var random = sim.random();
        try (var pool = ThreadPool.of("disk", 4)) {
            var shared = new Shared();
            sim.run(loops[0], "create", () -> {
                creation(random).create(path, pool);
                shared.image = Qcow2Image.open(path, UNMAP, pool);
                shared.disk = BlockDevice.of("image", shared.image, false);
            });
            for (int i = 0; i < WRITERS; i++) {
                int number = i;
                loops[i % 2].start("writer " + i, () -> {
                    for (int each = 0; each < OPERATIONS; each++) write(shared, random, number);
                });
            }
            loops[0].start("snapshots", () -> {
                for (int each = 0; each < OPERATIONS / 2; each++) snapshot(shared, random, each);
            });
            sim.run();
            sim.run(loops[1], "compare", () -> compare(shared, path, pool));
        }
    }

    /**
     * A writer fills its bytes, from both ends of the disk, with the number of its round, over and over: each
     * byte of a snapshot is of a round that had not ended before, and had begun when it was taken.
     */
    @SimTest(seeds = 15)
    void takenWhileOthersWrite(Sim sim) {
        Path path = sim.disk().path("/image");
        EventLoop loop = sim.loop("a");
        int part = SIZE / 8 - 700;
        var begun = new int[WRITERS];
        var ended = new int[WRITERS];
        var snapshots = new LinkedHashMap<String, int[][]>();
        try (var pool = ThreadPool.of("disk", 4)) {
            var image = new Qcow2Image[1];
            sim.run(loop, "create", () -> {
                creation(sim.random()).create(path, pool);
                image[0] = Qcow2Image.open(path, UNMAP, pool);
            });
            for (int i = 0; i < WRITERS; i++) {
                int number = i;
                loop.start("writer " + i, () -> {
                    while (ended[number] < OPERATIONS / 2) {
                        int round = ++begun[number];
                        image[0].write((long) number * part, memory(part).fill((byte) round));
                        ended[number] = round;
                    }
                });
            }
            loop.start("snapshots", () -> {
                for (int i = 0; i < 3; i++) {
                    int[] before = ended.clone();
                    Snapshot made = image[0].snapshots().create("any", Instant.EPOCH);
                    snapshots.put(made.id(), new int[][] {before, begun.clone()});
                }
            });
            sim.run();
            sim.run(loop, "compare", () -> {
                assertTrue(image[0].check().isClean());
                for (var each : snapshots.entrySet()) {
                    try (var then = Qcow2Image.openSnapshot(path, each.getKey(), UNMAP, pool)) {
                        byte[] left = all(then);
                        int[][] rounds = each.getValue();
                        for (int at = 0; at < part * WRITERS; at++) {
                            assertTrue(left[at] >= rounds[0][at / part] && left[at] <= rounds[1][at / part],
                                    "byte " + at + " is of round " + left[at]);
                        }
                    }
                }
            });
        }
    }

    private static Qcow2Creation creation(RandomGenerator random) {
        var creation = new Qcow2Creation(SIZE);
        if (random.nextInt(4) == 0) return creation.extendedL2(true).clusterSize(16 << 10);
        creation.clusterSize(512 << random.nextInt(6));
        if (random.nextInt(5) == 0) return creation.version(2);
        return creation.refcountBits(4 << random.nextInt(5)); // Three snapshots, and the disk.
    }

    private static void compare(Shared shared, Path path, ThreadPool pool) throws Exception {
        assertArrayEquals(shared.model, read(shared.disk, 0, SIZE));
        CheckReport report = shared.image.check();
        assertTrue(report.isClean(), report.toString());
        shared.disk.close();
        try (var again = Qcow2Image.open(path, UNMAP, pool)) {
            assertEquals(shared.snapshots.keySet().stream().toList(), again.snapshots().list());
            assertArrayEquals(shared.model, all(again));
        }
        for (var each : shared.snapshots.entrySet()) {
            try (var then = Qcow2Image.openSnapshot(path, each.getKey().id(), UNMAP, pool)) {
                assertArrayEquals(each.getValue(), all(then), each.getKey().toString());
            }
        }
    }

    private static byte[] all(Qcow2Image image) throws Exception {
        MemorySegment target = memory((int) image.size());
        image.read(0, target);
        return target.toArray(ValueLayout.JAVA_BYTE);
    }
}
