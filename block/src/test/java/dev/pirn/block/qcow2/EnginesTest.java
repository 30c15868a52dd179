package dev.pirn.block.qcow2;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.pirn.aio.Group;
import dev.pirn.aio.ThreadPool;
import dev.pirn.block.BlockDevice;
import dev.pirn.block.Discard;
import dev.pirn.block.Loops;
import dev.pirn.block.RawOptions;
import dev.pirn.block.Setup;
import dev.pirn.Task;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Random;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What {@link ModelSimTest} has by seeds, by each engine once, with and without the page cache. */
class EnginesTest {
    private static final int SEED = 7;
    private static final boolean LONG = Boolean.getBoolean("pirn.long");
    /** A flush takes milliseconds of a real disk. */
    private static final int WORKERS = LONG ? ModelWorker.COUNT : 2;

    @TempDir
    private Path dir;

    @ParameterizedTest
    @MethodSource("dev.pirn.block.Setup#natives")
    void bytesOfOthersInTheSameClusters(Setup setup) throws Exception {
        byte[] model = new byte[160 << 10];
        var random = new Random(SEED);
        Path path = dir.resolve("image");
        RawOptions files = setup.of(RawOptions.DEFAULT).with(Discard.UNMAP);
        var options = Qcow2Options.DEFAULT.with(files).withL2CacheBytesMax(1);
        try (var pool = ThreadPool.of("disk", 4)) {
            Loops.run(() -> {
                long size = model.length + ModelWorker.SHARED_SIZE;
                new Qcow2Creation(size).clusterSize(1024).create(path, pool);
                Qcow2Image image = Qcow2Image.open(path, options, pool);
                try (var disk = BlockDevice.of("image", image, false)) {
                    var workers = new ArrayList<Task.Body<Void, Exception>>();
                    for (int i = 0; i < WORKERS; i++) {
                        var worker = new ModelWorker(disk, model, random, i, 3000);
                        workers.add(() -> {
                            worker.work();
                            return null;
                        });
                    }
                    Group.all("workers", workers);
                    assertTrue(image.check().isClean(), image::toString);
                }
                Qcow2Image again = Qcow2Image.open(path, options.asReadOnly(), pool);
                try (var disk = BlockDevice.of("again", again, true)) {
                    assertArrayEquals(model, ModelWorker.read(disk, 0, model.length));
                }
            });
        }
    }
}
