package dev.pirn.block.qcow2;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.pirn.aio.EventLoop;
import dev.pirn.aio.ThreadPool;
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

    /** The state that the last operation to return has left. */
    private State before;
    /** The state that an operation under way will leave; null for none. */
    private State after;
    private boolean writing;

    @SimTest(seeds = 40)
    void isAsBeforeOrAsAfter(Sim sim) throws IOException {
        before = null;
        after = null;
        writing = false;
        Path path = sim.disk().path("/image");
        EventLoop loop = sim.loop("a");
        try (var pool = ThreadPool.of("disk", 4)) {
            sim.run(loop, "until the power is cut", () -> {
                creation(sim).create(path, pool);
                try (var names = FileChannel.open(sim.disk().path("/"))) {
                    names.force(true);
                }
                Qcow2Image image = Qcow2Image.open(path, Qcow2Options.DEFAULT, pool);
                var running = new boolean[] {true};
                loop.start("snapshots", () -> {
                    try {
                        while (true) step(sim, image);
                    } catch (IOException e) {
                        String why = e.toString() + Arrays.toString(e.getSuppressed());
                        if (!why.contains("the power was cut")) throw e;
                    } finally {
                        running[0] = false;
                    }
                });
                while (before == null) EventLoop.sleep(Duration.ofMillis(1));
                EventLoop.sleep(Duration.ofNanos(sim.random().nextLong(TIME_MAX_NANOS)));
                sim.disk().crash();
                while (running[0]) EventLoop.sleep(Duration.ofMillis(1));
                compare(path, pool);
            });
        }
    }

    private static Qcow2Creation creation(Sim sim) {
        var creation = new Qcow2Creation(SIZE).clusterSize(512 << sim.random().nextInt(5));
        return creation.refcountBits(4 << sim.random().nextInt(5));
    }

    private void step(Sim sim, Qcow2Image image) throws IOException {
        var random = sim.random();
        var all = image.snapshots().list();
        if (before == null || random.nextInt(3) == 0) {
            var snapshots = before == null ? Map.<String, String>of() : before.snapshots;
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

    private static String bytes(Qcow2Image image) throws IOException {
        MemorySegment all = Arena.ofAuto().allocate(SIZE);
        image.read(0, all);
        return Arrays.toString(all.toArray(ValueLayout.JAVA_BYTE));
    }

    private void compare(Path path, ThreadPool pool) throws IOException {
        try (var image = Qcow2Image.open(path, Qcow2Options.DEFAULT, pool)) {
            CheckReport report = image.check();
            assertTrue(writing ? report.isSound() : report.isClean(), report.toString());
        }
        if (writing) return; // What is left then is for CrashSimTest to say.
        State left = read(path, pool);
        if (!left.equals(before)) assertEquals(after, left);
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
