package dev.pirn.block.qcow2;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.pirn.CoroutineFn;
import dev.pirn.aio.EventLoop;
import dev.pirn.aio.ThreadPool;
import dev.pirn.block.Discard;
import dev.pirn.block.RawOptions;
import dev.pirn.block.StorageFile;
import dev.pirn.sim.Sim;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * A write in place that takes long, and what gives its cluster up meanwhile: the cluster must not be
 * another's when the write comes.
 * <pre>
 *   A: write to cluster 0, in place ─────────────────────────▶ comes to the file
 *   B:     discard or zero cluster 0, flush, write cluster 1
 * </pre>
 */
class SlowWriteTest {
    private static final int CLUSTER = 64 << 10;
    private static final Qcow2Options UNMAP = Qcow2Options.DEFAULT.withDiscard(Discard.UNMAP);

    enum Meanwhile { DISCARD, ZERO }

    @CoroutineFn
    private static void write(Qcow2Image image, long cluster, int value) throws IOException {
        image.write(cluster * CLUSTER, Arena.ofAuto().allocate(CLUSTER).fill((byte) value));
    }

    @ParameterizedTest
    @EnumSource
    void clusterGivenUpUnderAWriteInPlace(Meanwhile meanwhile) {
        try (var sim = Sim.of(1); var pool = ThreadPool.of("disk", 4)) {
            EventLoop loop = sim.loop("a");
            Path path = sim.disk().path("/image");
            sim.run(loop, "test", () -> {
                new Qcow2Creation(4 * CLUSTER).create(path, pool);
                StorageFile real = pool.call(() ->
                        StorageFile.open(path, RawOptions.DEFAULT, pool));
                var file = new SlowFile(real);
                try (var image = Qcow2Image.open(file, path, UNMAP, pool)) {
                    write(image, 0, 1);
                    image.flush();
                    file.slow = true;
                    loop.start("a", () -> write(image, 0, 2));
                    EventLoop.sleep(Duration.ofMillis(1));
                    if (meanwhile == Meanwhile.DISCARD) image.discard(0, CLUSTER);
                    else image.writeZeroes(0, CLUSTER, true);
                    image.flush();
                    write(image, 1, 3);
                    EventLoop.sleep(Duration.ofSeconds(2));
                    MemorySegment read = Arena.ofAuto().allocate(CLUSTER);
                    image.read(CLUSTER, read);
                    assertEquals(3, read.get(ValueLayout.JAVA_BYTE, 0));
                    assertEquals(3, read.get(ValueLayout.JAVA_BYTE, CLUSTER - 1));
                }
            });
        }
    }
}
