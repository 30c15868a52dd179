package dev.pirn.block.qcow2;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.pirn.aio.EventLoop;
import dev.pirn.aio.ThreadPool;
import dev.pirn.block.RawOptions;
import dev.pirn.block.StorageFile;
import dev.pirn.sim.Sim;
import dev.pirn.sim.junit.SimTest;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The power is cut while an image's first cluster is written anew: it says what it said before, or what it
 * shall say, whichever of its sectors were written; but for the names of features.
 */
class FirstClusterCrashSimTest {
    private static final int SIZE = 16 << 10;
    private static final long TIME_MAX_NANOS = 20_000_000;
    private static final int UNKNOWN = 0x12345678;

    /** What counts of a first cluster. */
    private record Said(int version, String backingName, List<String> extensions) {
        static Said of(Preamble preamble) {
            var all = new ArrayList<String>();
            for (HeaderExtension each : preamble.extensions()) {
                if (each.type() == HeaderExtension.FEATURE_NAMES) continue;
                all.add(Integer.toHexString(each.type()) + Arrays.toString(each.data()));
            }
            return new Said(preamble.header().version(), preamble.backingName(), all);
        }
    }

    private Said before;
    private Said after;

    @SimTest(seeds = 300)
    void saysTheOldOrTheNew(Sim sim) throws IOException {
        Path path = sim.disk().path("/image");
        EventLoop loop = sim.loop("a");
        try (var pool = ThreadPool.of("disk", 4)) {
            sim.run(loop, "until the power is cut", () -> {
                new Qcow2Creation(SIZE).clusterSize(512 << sim.random().nextInt(4)).create(path, pool);
                try (var names = FileChannel.open(sim.disk().path("/"))) {
                    names.force(true);
                }
                StorageFile file = StorageFile.open(path, RawOptions.DEFAULT, pool);
                before = Said.of(Preamble.read(file));
                after = before;
                var running = new boolean[] {true};
                loop.start("rewrites", () -> {
                    try {
                        while (true) rewrite(sim, file);
                    } catch (IOException e) {
                        if (!e.toString().contains("the power was cut")) throw e;
                    } finally {
                        running[0] = false;
                    }
                });
                EventLoop.sleep(Duration.ofNanos(sim.random().nextLong(TIME_MAX_NANOS)));
                sim.disk().crash();
                while (running[0]) EventLoop.sleep(Duration.ofMillis(1));
                try (var left = StorageFile.open(path, RawOptions.ofReadOnly(), pool)) {
                    Said said = Said.of(Preamble.read(left));
                    if (!said.equals(before)) assertEquals(after, said);
                    assertTrue(Qcow2Check.check(left).isSound());
                }
            });
        }
    }

    private void rewrite(Sim sim, StorageFile file) throws IOException {
        Preamble old = Preamble.read(file);
        var extensions = new ArrayList<HeaderExtension>();
        if (sim.random().nextBoolean()) {
            extensions.add(HeaderExtension.ofText(HeaderExtension.BACKING_FORMAT, "qcow2"));
        }
        if (sim.random().nextInt(4) > 0) {
            byte[] data = new byte[sim.random().nextInt(700)];
            Arrays.fill(data, (byte) sim.random().nextInt(256));
            extensions.add(new HeaderExtension(UNKNOWN, data));
        }
        if (sim.random().nextBoolean()) extensions.add(HeaderExtension.ofFeatureNames());
        int length = sim.random().nextInt(4) == 0 ? 0 : 1 + sim.random().nextInt(400);
        String name = length == 0 ? null : Character.toString('a' + sim.random().nextInt(26)).repeat(length);
        boolean two = sim.random().nextInt(4) == 0;
        Header header = two ? old.header().asVersion2() : old.header().asVersion3();
        boolean sameName = sim.random().nextInt(4) == 0;
        var wanted = new Preamble(header, extensions, sameName ? old.backingName() : name);
        after = Said.of(wanted);
        try {
            FirstCluster.write(file, old, wanted);
        } catch (BadImageException e) {
            after = before; // No room, and nothing was written.
            assertTrue(e.getMessage().contains("no room in the first cluster"), e.getMessage());
        }
        assertEquals(after, Said.of(Preamble.read(file)));
        before = after;
    }
}
