package dev.pirn.block.qcow2;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.pirn.CoroutineFn;
import dev.pirn.aio.ThreadPool;
import dev.pirn.block.Discard;
import dev.pirn.sim.Sim;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** The compressed cluster that is kept expanded is never taken for one that stands in its place since. */
class ExpanderTest {
    private static final int CLUSTER = 64 << 10;
    private static final Qcow2Options UNMAP = Qcow2Options.DEFAULT.withDiscard(Discard.UNMAP);

    @CoroutineFn
    private static int read(Qcow2Image image, long cluster) throws IOException {
        MemorySegment target = Arena.ofAuto().allocate(512);
        image.read(cluster * CLUSTER, target);
        return target.get(ValueLayout.JAVA_BYTE, 0);
    }

    @CoroutineFn
    private static void write(Qcow2Image image, long cluster, int value) throws IOException {
        image.writeCompressed(cluster * CLUSTER, Arena.ofAuto().allocate(CLUSTER).fill((byte) value));
    }

    @Test
    void anotherAtTheSamePlace() {
        try (var sim = Sim.of(1); var pool = ThreadPool.of("disk", 2)) {
            Path path = sim.disk().path("/image");
            sim.run(sim.loop("a"), "test", () -> {
                new Qcow2Creation(4 * CLUSTER).create(path, pool);
                try (var image = Qcow2Image.open(path, UNMAP, pool)) {
                    write(image, 0, 1);
                    assertEquals(1, read(image, 0));
                    image.discard(0, CLUSTER);
                    image.flush();
                    write(image, 1, 2); // As long, and so with the same descriptor.
                    assertEquals(2, read(image, 1));
                    assertEquals(0, read(image, 0));
                }
            });
        }
    }
}
