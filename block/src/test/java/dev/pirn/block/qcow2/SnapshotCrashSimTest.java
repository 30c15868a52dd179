package dev.pirn.block.qcow2;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.pirn.aio.ThreadPool;
import dev.pirn.sim.Sim;
import dev.pirn.sim.junit.SimTest;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import java.util.random.RandomGenerator;

/**
 * The power is cut while a snapshot is made, applied or deleted: what is left is the image from before that,
 * or from after it, and no cluster is counted wrong, not even as a leak.
 */
class SnapshotCrashSimTest {
    private static final int SIZE = 64 << 10;
    private static final int PIECE = 3000;
    private static final long TIME_MAX_NANOS = 40_000_000;

    /** All that the image says. The disk is filled by pieces, each of one value. */
    private record State(String disk, Map<String, String> snapshots) { }

    private static final class Taking implements PowerCut.Scene {
        private final RandomGenerator random;
        private Qcow2Image image;
        /** The state that the last operation to return has left. */
        private State before;
        /** The state that an operation under way will leave; null for none. */
        private State after;
        private boolean writing;

        Taking(RandomGenerator random) {
            this.random = random;
        }

        @Override
        public void make(Path path, ThreadPool pool) throws IOException {
            var creation = new Qcow2Creation(SIZE).clusterSize(512 << random.nextInt(5));
            creation.refcountBits(4 << random.nextInt(5)).create(path, pool);
            image = Qcow2Image.open(path, Qcow2Options.DEFAULT, pool);
            write(Map.of());
        }

        @Override
        public void work(int worker) throws IOException {
            while (true) step();
        }

        private void write(Map<String, String> snapshots) throws IOException {
            writing = true;
            for (int i = 0; i < 4; i++) {
                int from = random.nextInt(SIZE - PIECE);
                var bytes = Arena.ofAuto().allocate(1 + random.nextInt(PIECE));
                image.write(from, bytes.fill((byte) random.nextInt(256)));
            }
            image.flush();
            image.flush(); // What became free by the first is counted so on stable storage by the second.
            before = new State(bytes(image), snapshots);
            writing = false;
        }

        private void step() throws IOException {
            var all = image.snapshots().list();
            if (random.nextInt(3) == 0) write(before.snapshots);
            Snapshot any = all.isEmpty() ? null : all.get(random.nextInt(all.size()));
            var snapshots = new TreeMap<>(before.snapshots);
            int kind = random.nextInt(3);
            if (any == null || kind == 0 && all.size() < 4) {
                long number = all.stream().mapToLong(each -> Long.parseLong(each.id())).max().orElse(0) + 1;
                snapshots.put(Long.toString(number), before.disk);
                after = new State(before.disk, snapshots);
                image.snapshots().create("any", Instant.EPOCH);
            } else if (kind == 1) {
                after = new State(before.snapshots.get(any.id()), snapshots);
                image.snapshots().apply(any);
            } else {
                snapshots.remove(any.id());
                after = new State(before.disk, snapshots);
                image.snapshots().delete(any);
            }
            before = after;
            after = null;
        }

        @Override
        public void compare(Path path, ThreadPool pool) throws IOException {
            try (var left = Qcow2Image.open(path, Qcow2Options.DEFAULT, pool)) {
                CheckReport report = left.check();
                assertTrue(writing ? report.isSound() : report.isClean(), report.toString());
            }
            if (writing) return; // What is left then is for CrashSimTest to say.
            State found = read(path, pool);
            if (!found.equals(before)) assertEquals(after, found);
        }
    }

    @SimTest(seeds = 40)
    void isAsBeforeOrAsAfter(Sim sim) {
        PowerCut.run(sim, TIME_MAX_NANOS, 1, new Taking(sim.random()));
    }

    private static String bytes(Qcow2Image image) throws IOException {
        MemorySegment all = Arena.ofAuto().allocate(SIZE);
        image.read(0, all);
        return Arrays.toString(all.toArray(ValueLayout.JAVA_BYTE));
    }

    private static State read(Path path, ThreadPool pool) throws IOException {
        var snapshots = new TreeMap<String, String>();
        String disk;
        try (var image = Qcow2Image.open(path, Qcow2Options.DEFAULT, pool)) {
            disk = bytes(image);
            for (Snapshot each : image.snapshots().list()) {
                try (var then = Qcow2Image.openSnapshot(path, each.id(), Qcow2Options.DEFAULT, pool)) {
                    snapshots.put(each.id(), bytes(then));
                }
            }
        }
        return new State(disk, snapshots);
    }
}
