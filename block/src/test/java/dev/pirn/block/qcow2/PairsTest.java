package dev.pirn.block.qcow2;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.pirn.CoroutineFn;
import dev.pirn.Task;
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
import java.time.Instant;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Two requests that share a cluster, of every pair of kinds, on a cluster of every kind; one of the writes of
 * the first takes a second, in which the second comes and, if nothing holds it up, is done.
 * <pre>
 *   cluster 0   │ first's  │          │ second's │          │   cluster 1: what is compressed beside it
 *   first       ├── its write number n ──────────────────────────▶ a second later
 *   second              ├──────▶ flush, cluster 2 written ─▶           which may take what was freed
 * </pre>
 * In the end every byte is what one of those who changed it made of it, and what nobody changed is as before.
 */
class PairsTest {
    private static final int CLUSTER = 16 << 10;
    private static final int PART = 4 << 10;
    private static final int FILLED = 1;
    private static final int LATER = 9;
    private static final int SLOW_WRITES = 3;
    private static final boolean LONG = Boolean.getBoolean("pirn.long");
    private static final Qcow2Options UNMAP = Qcow2Options.DEFAULT.withDiscard(Discard.UNMAP);

    private enum State { UNALLOCATED, DATA, ZERO, COMPRESSED, SHARED }

    private enum Kind {
        WRITE, ZERO, UNMAP, DISCARD, ZERO_ALL, DISCARD_ALL, COMPRESS_ALL, COMPRESS_BESIDE, SNAPSHOT,
        SNAPSHOT_GONE, FLUSH;

        /** Whether it changes that byte of cluster 0, for the request whose part begins there. */
        boolean changes(int at, int part) {
            return switch (this) {
                case WRITE, ZERO, UNMAP, DISCARD -> at >= part && at < part + PART;
                case ZERO_ALL, DISCARD_ALL, COMPRESS_ALL -> true;
                default -> false;
            };
        }

        boolean mayMake(int value, int written, int before) {
            return switch (this) {
                case WRITE, COMPRESS_ALL -> value == written;
                case DISCARD, DISCARD_ALL -> value == 0 || value == before;
                default -> value == 0;
            };
        }
    }

    /** One of the two. */
    private record Request(Kind kind, int part, int value) {
        @CoroutineFn
        void run(Qcow2Image image) throws IOException {
            switch (kind) {
                case WRITE -> image.write(part, filled(PART, value));
                case ZERO -> image.writeZeroes(part, PART, false);
                case UNMAP -> image.writeZeroes(part, PART, true);
                case DISCARD -> image.discard(part, PART);
                case ZERO_ALL -> image.writeZeroes(0, CLUSTER, true);
                case DISCARD_ALL -> image.discard(0, CLUSTER);
                case COMPRESS_ALL -> image.writeCompressed(0, filled(CLUSTER, value));
                case COMPRESS_BESIDE -> image.writeCompressed(CLUSTER, filled(CLUSTER, value));
                case SNAPSHOT -> image.snapshots().create("s" + value, Instant.EPOCH);
                case SNAPSHOT_GONE -> image.snapshots().delete(image.snapshots().find("before " + part));
                case FLUSH -> image.flush();
            }
        }
    }

    private static MemorySegment filled(int length, int value) {
        return Arena.ofAuto().allocate(length).fill((byte) value);
    }

    @CoroutineFn
    private static void prepare(Qcow2Image image, State state) throws IOException {
        if (state != State.SHARED) takeSnapshots(image);
        switch (state) {
            case DATA, SHARED -> image.write(0, filled(CLUSTER, FILLED));
            case COMPRESSED -> image.writeCompressed(0, filled(CLUSTER, FILLED));
            case ZERO -> {
                image.write(0, filled(CLUSTER, FILLED));
                image.writeZeroes(0, CLUSTER, false);
            }
            case UNALLOCATED -> { }
        }
        if (state == State.SHARED) takeSnapshots(image);
        image.flush();
    }

    /** For each of the two one to delete. */
    @CoroutineFn
    private static void takeSnapshots(Qcow2Image image) throws IOException {
        image.snapshots().create("before 0", Instant.EPOCH);
        image.snapshots().create("before " + 2 * PART, Instant.EPOCH);
    }

    private static int before(State state) {
        return state == State.UNALLOCATED || state == State.ZERO ? 0 : FILLED;
    }

    @ParameterizedTest
    @CsvSource({"UNALLOCATED,false", "DATA,false", "ZERO,false", "COMPRESSED,false", "SHARED,false",
            "UNALLOCATED,true", "DATA,true", "ZERO,true", "COMPRESSED,true", "SHARED,true"})
    void everyPair(State state, boolean subclusters) {
        for (Kind one : Kind.values()) {
            for (Kind other : Kind.values()) {
                for (int slow = 0; slow < SLOW_WRITES; slow++) {
                    if (!LONG && slow != (one.ordinal() + other.ordinal()) % SLOW_WRITES) continue;
                    String what = "%s, then %s, write %d of the first slow".formatted(one, other, slow);
                    try (var sim = Sim.of(1); var pool = ThreadPool.of("disk", 4)) {
                        var a = new Request(one, 0, 2);
                        var b = new Request(other, 2 * PART, 3);
                        int skipped = slow;
                        Path path = sim.disk().path("/image");
                        sim.run(sim.loop("a"), "test", () -> {
                            new Qcow2Creation(4 * CLUSTER).clusterSize(CLUSTER).extendedL2(subclusters)
                                    .create(path, pool);
                            run(path, pool, state, a, b, skipped, what);
                        });
                    }
                }
            }
        }
    }

    @CoroutineFn
    private static void run(Path path, ThreadPool pool, State state, Request a, Request b, int skipped,
            String what) throws Exception {
        StorageFile real = pool.call(() -> StorageFile.open(path, RawOptions.DEFAULT, pool));
        var file = new SlowFile(real);
        try (var image = Qcow2Image.open(file, path, UNMAP, pool)) {
            prepare(image, state);
            file.skipped = skipped;
            file.slow = true;
            EventLoop loop = EventLoop.current();
            Task<Void> first = submit(loop, () -> a.run(image));
            EventLoop.sleep(Duration.ofMillis(1));
            Task<Void> second = submit(loop, () -> b.run(image));
            EventLoop.sleep(Duration.ofMillis(1));
            Task<Void> later = submit(loop, () -> {
                image.flush();
                image.write(2 * CLUSTER, filled(CLUSTER, LATER));
            });
            first.join();
            second.join();
            later.join();
            file.slow = false;
            compare(image, state, a, b, what);
            image.flush();
            CheckReport report = image.check();
            assertTrue(report.isClean(), () -> what + ": " + report);
        }
        try (var again = Qcow2Image.open(path, UNMAP.asReadOnly(), pool)) {
            compare(again, state, a, b, what + ", opened again");
        }
    }

    /** What it does. */
    private interface Step {
        @CoroutineFn
        void run() throws IOException;
    }

    private static Task<Void> submit(EventLoop loop, Step step) {
        return loop.submit("request", () -> {
            step.run();
            return null;
        });
    }

    @CoroutineFn
    private static void compare(Qcow2Image image, State state, Request a, Request b, String what)
            throws IOException {
        byte[] found = read(image, 0);
        int before = before(state);
        for (int at = 0; at < CLUSTER; at += 512) {
            int value = found[at];
            boolean changed = a.kind.changes(at, a.part) || b.kind.changes(at, b.part);
            boolean fine = !changed && value == before
                    || a.kind.changes(at, a.part) && a.kind.mayMake(value, a.value, before)
                    || b.kind.changes(at, b.part) && b.kind.mayMake(value, b.value, before);
            int offset = at;
            assertTrue(fine, () -> "%s: byte %d is %d, was %d".formatted(what, offset, value, before));
        }
        int beside = read(image, CLUSTER)[0];
        boolean byA = a.kind == Kind.COMPRESS_BESIDE;
        boolean byB = b.kind == Kind.COMPRESS_BESIDE;
        assertTrue(beside == 0 && !byA && !byB || byA && beside == a.value || byB && beside == b.value,
                () -> what + ": cluster 1 is " + beside);
        for (byte each : read(image, 2 * CLUSTER)) assertEquals(LATER, each, what + ": cluster 2");
    }

    @CoroutineFn
    private static byte[] read(Qcow2Image image, long offset) throws IOException {
        MemorySegment target = Arena.ofAuto().allocate(CLUSTER);
        image.read(offset, target);
        return target.toArray(ValueLayout.JAVA_BYTE);
    }
}
