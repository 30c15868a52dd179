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
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The power is cut while an image is made one of another version, or gets refcounts of another width: its
 * disk and those of its snapshots are what they were, and nothing is damaged.
 */
class AmendCrashSimTest {
    private static final int SIZE = 32 << 10;
    /** Of what is not flushed yet, each keeps something else. */
    private static final int SEEDS_EACH = 3;
    private static final long TIME_MAX_NANOS = 40_000_000;

    private Map<String, String> disks;

    @SimTest(seeds = 15)
    void disksStayWhatTheyAre(Sim sim) throws IOException {
        disks = null;
        Path path = sim.disk().path("/image");
        EventLoop loop = sim.loop("a");
        try (var pool = ThreadPool.of("disk", 4)) {
            sim.run(loop, "until the power is cut", () -> {
                make(sim, path, pool);
                var running = new boolean[] {true};
                var crashed = new boolean[1];
                loop.start("amendments", () -> {
                    try {
                        while (!crashed[0]) amend(sim, path, pool); // Each opens it anew.
                    } catch (IOException e) {
                        String why = e.toString() + Arrays.toString(e.getSuppressed());
                        if (!why.contains("the power was cut")) throw e;
                    } finally {
                        running[0] = false;
                    }
                });
                EventLoop.sleep(Duration.ofNanos(sim.random().nextLong(TIME_MAX_NANOS)));
                sim.disk().crash();
                crashed[0] = true;
                while (running[0]) EventLoop.sleep(Duration.ofMillis(1));
                try (var image = Qcow2Image.open(path, Qcow2Options.DEFAULT, pool)) {
                    CheckReport report = image.check();
                    assertTrue(report.isSound(), report.toString());
                }
                assertEquals(disks, read(path, pool));
            });
        }
    }

    /**
     * At each operation of one amendment in turn: that which switches over to new tables takes so short a
     * time that a cut at any time hits it once in some hundreds of runs.
     */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void cutAtEachOperation(boolean downgrade) throws IOException {
        int operations = 0;
        while (isCut(operations + 1, downgrade)) operations++;
        assertTrue(operations > 10, operations + " operations");
    }

    /** Returns whether there are so many. */
    private boolean isCut(int number, boolean downgrade) throws IOException {
        boolean hit = false;
        for (int seed = 0; seed < SEEDS_EACH; seed++) {
            try (var sim = Sim.of(seed); var pool = ThreadPool.of("disk", 1)) {
                Path path = sim.disk().path("/image");
                EventLoop loop = sim.loop("a");
                sim.run(loop, "make", () -> make(sim, path, pool));
                long last = sim.disk().operations() + number;
                sim.disk().failAt(last, new IOException("cut"));
                var failed = new boolean[1];
                sim.run(loop, "amend", () -> {
                    try (StorageFile file = StorageFile.open(path, RawOptions.DEFAULT, pool)) {
                        if (downgrade) Qcow2Amend.downgrade(file, pool);
                        else Qcow2Amend.refcountBits(file, 64);
                    } catch (IOException e) {
                        failed[0] = true;
                    }
                });
                hit |= failed[0];
                if (!failed[0]) sim.disk().failAt(Long.MAX_VALUE, new IOException("never"));
                sim.disk().crash();
                sim.run(loop, "compare", () -> {
                    CheckReport report = Qcow2Check.check(path, pool);
                    assertTrue(report.isSound(), "operation " + number + ": " + report);
                    assertEquals(disks, read(path, pool));
                });
            }
        }
        return hit;
    }

    private void make(Sim sim, Path path, ThreadPool pool) throws IOException {
        new Qcow2Creation(SIZE).clusterSize(512 << sim.random().nextInt(3)).create(path, pool);
        try (var names = FileChannel.open(sim.disk().path("/"))) {
            names.force(true);
        }
        try (var image = Qcow2Image.open(path, Qcow2Options.DEFAULT, pool)) {
            for (int i = 0; i < 3; i++) {
                for (int n = 0; n < 3; n++) {
                    int from = sim.random().nextInt(SIZE - 5000);
                    image.write(from, Arena.ofAuto().allocate(5000).fill((byte) (10 * i + n + 1)));
                    image.writeZeroes(sim.random().nextInt(SIZE - 4096), 4096, sim.random().nextBoolean());
                }
                if (i < 2) image.snapshots().create("s" + i, Instant.EPOCH);
            }
            image.flush();
        }
        disks = read(path, pool);
    }

    private static void amend(Sim sim, Path path, ThreadPool pool) throws IOException {
        try (StorageFile file = StorageFile.open(path, RawOptions.DEFAULT, pool)) {
            switch (sim.random().nextInt(3)) {
                case 0 -> Qcow2Amend.refcountBits(file, 16);
                case 1 -> Qcow2Amend.downgrade(file, pool);
                default -> {
                    Qcow2Amend.upgrade(file);
                    Qcow2Amend.refcountBits(file, 2 << sim.random().nextInt(6));
                }
            }
        } catch (IOException e) {
            if (!e.getMessage().contains("version 2 has refcounts of 16 bits")) throw e;
        }
    }

    private static Map<String, String> read(Path path, ThreadPool pool) throws IOException {
        var all = new TreeMap<String, String>();
        try (var image = Qcow2Image.open(path, Qcow2Options.DEFAULT.asReadOnly(), pool)) {
            all.put("", bytes(image));
            for (Snapshot each : image.snapshots().list()) {
                try (var then = Qcow2Image.openSnapshot(path, each.id(), Qcow2Options.DEFAULT, pool)) {
                    all.put(each.id(), bytes(then));
                }
            }
        }
        return all;
    }

    private static String bytes(Qcow2Image image) throws IOException {
        MemorySegment all = Arena.ofAuto().allocate(SIZE);
        image.read(0, all);
        return Arrays.toString(all.toArray(ValueLayout.JAVA_BYTE));
    }
}
