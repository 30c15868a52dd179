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

/**
 * An image is an array of bytes, whoever else works on the same clusters at the same time: coroutines of two
 * loops, as {@link ModelWorker} draws it.
 */
class ModelSimTest {
    private static final Qcow2Options UNMAP =
            Qcow2Options.DEFAULT.withDiscard(Discard.UNMAP).withL2CacheBytesMax(1);
    @SimTest(seeds = 45)
    void bytesOfOthersInTheSameClusters(Sim sim) {
        byte[] model = new byte[160 << 10];
        Path path = sim.disk().path("/image");
        var loops = new EventLoop[] {sim.loop("a"), sim.loop("b")};
        try (var pool = ThreadPool.of("disk", 8)) {
            var disks = new BlockDevice[1];
            sim.run(loops[0], "create", () -> {
                Options.draw(sim.random(), model.length + ModelWorker.SHARED_SIZE).create(path, pool);
                disks[0] = BlockDevice.of("image", Qcow2Image.open(path, UNMAP, pool), false);
            });
            int stripe = 100 + sim.random().nextInt(6000);
            for (int i = 0; i < ModelWorker.COUNT; i++) {
                var worker = new ModelWorker(disks[0], model, sim.random(), i, stripe);
                loops[i % 2].start("worker " + i, worker::work);
            }
            sim.run();
            sim.run(loops[0], "compare", () -> {
                assertArrayEquals(model, ModelWorker.read(disks[0], 0, model.length));
                CheckReport report = ((Qcow2Image) disks[0].driver()).check();
                assertTrue(report.isClean(), report.toString());
                disks[0].close();
                try (var again = Qcow2Image.open(path, UNMAP.asReadOnly(), pool)) {
                    assertEquals(model.length + ModelWorker.SHARED_SIZE, again.size());
                    MemorySegment all = Arena.ofAuto().allocate(model.length);
                    again.read(0, all);
                    assertArrayEquals(model, all.toArray(ValueLayout.JAVA_BYTE));
                }
            });
        }
    }
}
