package dev.pirn.block.qcow2;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.pirn.aio.EventLoop;
import dev.pirn.aio.ThreadPool;
import dev.pirn.block.BlockDevice;
import dev.pirn.block.Discard;
import dev.pirn.sim.Sim;
import dev.pirn.sim.junit.SimTest;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.random.RandomGenerator;

/**
 * An image is an array of bytes, whoever else works on the same clusters at the same time: coroutines of two
 * loops write, zero, discard and read, each its own bytes, which lie in stripes side by side.
 * <pre>
 *   clusters   │           │           │           │
 *   owner      0 0 1 1 1 1 2 2 0 0 0 0 1 1 2 2 2 2 0 0 │ all: written, zeroed and discarded at a time
 * </pre>
 * What becomes of the bytes that are all's is not looked at; of the clusters below them it is, for they must
 * never become those of other bytes.
 */
class ModelSimTest {
    private static final Qcow2Options UNMAP =
            Qcow2Options.DEFAULT.withDiscard(Discard.UNMAP).withL2CacheBytesMax(1);
    private static final int WORKERS = 4;
    private static final int OPERATIONS = 25;
    private static final int UNIT = 4 << 10;
    private static final int SHARED_SIZE = 4 * UNIT;
    private static final byte DISTURBED = (byte) 0xff;

    private final class Worker {
        private final BlockDevice disk;
        private final byte[] model;
        private final RandomGenerator random;
        private final int number;
        private final int stripe;

        Worker(BlockDevice disk, byte[] model, RandomGenerator random, int number, int stripe) {
            this.disk = disk;
            this.model = model;
            this.random = random;
            this.number = number;
            this.stripe = stripe;
        }

        void work() throws Exception {
            for (int i = 0; i < OPERATIONS; i++) {
                disturb();
                int stripes = model.length / stripe / WORKERS;
                int start = (random.nextInt(stripes) * WORKERS + number) * stripe;
                int from = start + random.nextInt(stripe);
                int to = from + 1 + random.nextInt(start + stripe - from);
                if (random.nextInt(3) == 0) { // Often all of it: whole clusters.
                    from = start;
                    to = start + stripe;
                }
                step(from, to, i);
            }
        }

        /** Does anything to whole clusters that others work on, too. */
        private void disturb() throws Exception {
            long from = model.length + (long) random.nextInt(SHARED_SIZE / UNIT) * UNIT;
            long length = Math.min((1 + random.nextInt(4)) * UNIT, disk.size() - from);
            switch (random.nextInt(4)) {
                case 0 -> disk.writeZeroes(from, length, random.nextBoolean(), false);
                case 1 -> disk.discard(from, length);
                case 2 -> disk.write(from, memory((int) length).fill(DISTURBED), false);
                default -> disk.write(from + 100, memory(300).fill(DISTURBED), false);
            }
            if (random.nextInt(4) == 0) disk.flush();
        }

        private void step(int from, int to, int i) throws Exception {
            switch (random.nextInt(8)) {
                case 0, 1, 2 -> {
                    byte value = (byte) (1 + number * OPERATIONS + i);
                    disk.write(from, memory(to - from).fill(value), random.nextInt(10) == 0);
                    Arrays.fill(model, from, to, value);
                }
                case 3 -> {
                    disk.writeZeroes(from, to - from, random.nextBoolean(), false);
                    Arrays.fill(model, from, to, (byte) 0);
                }
                case 4 -> {
                    disk.discard(from, to - from);
                    byte[] left = read(disk, from, to - from);
                    for (int at = 0; at < left.length; at++) {
                        assertTrue(left[at] == 0 || left[at] == model[from + at], "discarded at " + at);
                    }
                    System.arraycopy(left, 0, model, from, left.length);
                }
                case 5 -> disk.flush();
                default -> assertArrayEquals(Arrays.copyOfRange(model, from, to),
                        read(disk, from, to - from), "bytes at " + from);
            }
        }
    }

    private static MemorySegment memory(int length) {
        return Arena.ofAuto().allocate(length);
    }

    private static byte[] read(BlockDevice disk, long offset, int length) throws Exception {
        MemorySegment target = memory(length);
        disk.read(offset, target);
        return target.toArray(ValueLayout.JAVA_BYTE);
    }

    @SimTest(seeds = 60)
    void bytesOfOthersInTheSameClusters(Sim sim) {
        byte[] model = new byte[160 << 10];
        Path path = sim.disk().path("/image");
        var loops = new EventLoop[] {sim.loop("a"), sim.loop("b")};
        try (var pool = ThreadPool.of("disk", 8)) {
            var disks = new BlockDevice[1];
            sim.run(loops[0], "create", () -> {
                Options.draw(sim.random(), model.length + SHARED_SIZE).create(path, pool);
                disks[0] = BlockDevice.of("image", Qcow2Image.open(path, UNMAP, pool), false);
            });
            int stripe = 100 + sim.random().nextInt(6000);
            for (int i = 0; i < WORKERS; i++) {
                var worker = new Worker(disks[0], model, sim.random(), i, stripe);
                loops[i % 2].start("worker " + i, worker::work);
            }
            sim.run();
            sim.run(loops[0], "compare", () -> {
                assertArrayEquals(model, read(disks[0], 0, model.length));
                disks[0].flush();
                CheckReport report = ((Qcow2Image) disks[0].driver()).check();
                assertTrue(report.isClean(), report.toString());
                disks[0].close();
                try (var again = Qcow2Image.open(path, UNMAP.asReadOnly(), pool)) {
                    assertEquals(model.length + SHARED_SIZE, again.size());
                    MemorySegment all = memory(model.length);
                    again.read(0, all);
                    assertArrayEquals(model, all.toArray(ValueLayout.JAVA_BYTE));
                }
            });
        }
    }
}
