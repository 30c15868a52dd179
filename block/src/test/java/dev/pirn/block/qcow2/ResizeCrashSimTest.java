package dev.pirn.block.qcow2;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.pirn.aio.ThreadPool;
import dev.pirn.block.Discard;
import dev.pirn.block.Preallocation;
import dev.pirn.sim.Sim;
import dev.pirn.sim.junit.SimTest;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;
import java.util.BitSet;
import java.util.random.RandomGenerator;

/**
 * The power is cut while a disk is made longer, shorter, or empty: it has the one size or the other, no wrong
 * table, and of what both sizes have, all that was safe; what is new reads as zeroes; a snapshot has what it
 * had.
 */
class ResizeCrashSimTest {
    private static final int SIZE = 64 << 10;
    private static final int SIZE_MAX = 1 << 20;
    private static final long TIME_MAX_NANOS = 80_000_000;

    private static final class Resizing implements PowerCut.Scene {
        private final RandomGenerator random;
        private Qcow2Image image;
        /** What was on stable storage before the operation that goes on. */
        private byte[] safe = new byte[SIZE];
        /** Bytes that were written since. */
        private final BitSet touched = new BitSet();
        private int sizeAfter = SIZE;
        private boolean emptying;
        /** The disk as a snapshot has it; null for none. */
        private byte[] kept;

        Resizing(RandomGenerator random) {
            this.random = random;
        }

        @Override
        public void make(Path path, ThreadPool pool) throws IOException {
            Options.draw(random, SIZE).create(path, pool);
            // Freed clusters keep what was in them, or do not.
            var discard = random.nextBoolean() ? Discard.UNMAP : Discard.IGNORE;
            var how = Qcow2Options.DEFAULT.withDiscard(discard).withL2CacheBytesMax(1);
            image = Qcow2Image.open(path, how, pool);
        }

        @Override
        public void work(int worker) throws IOException {
            write();
            if (random.nextBoolean() && !image.header().hasDataFile() && image.header().refcountOrder() > 0) {
                image.snapshots().create("kept", Instant.EPOCH);
                kept = safe;
            }
            while (true) {
                write();
                if (random.nextInt(5) == 0 && !image.header().isDataFileRaw()) empty();
                else resize();
            }
        }

        private void write() throws IOException {
            byte[] now = safe.clone();
            for (int i = random.nextInt(4); i >= 0; i--) {
                int from = random.nextInt(safe.length);
                int to = from + 1 + random.nextInt(Math.min(9000, safe.length - from));
                byte value = (byte) random.nextInt(256);
                touched.set(from, to);
                image.write(from, Arena.ofAuto().allocate(to - from).fill(value));
                Arrays.fill(now, from, to, value);
            }
            image.flush();
            touched.clear();
            safe = now;
        }

        private void empty() throws IOException {
            emptying = true;
            image.makeEmpty();
            emptying = false;
            safe = new byte[safe.length];
        }

        private void resize() throws IOException {
            boolean longer = random.nextBoolean();
            sizeAfter = (1 + random.nextInt((longer ? SIZE_MAX : safe.length) / 512)) * 512;
            var what = random.nextInt(4) == 0 ? Preallocation.METADATA : Preallocation.OFF;
            image.resize(sizeAfter, what);
            safe = Arrays.copyOf(safe, sizeAfter);
            assertEquals(-1, Arrays.mismatch(safe, all(image)));
        }

        private static byte[] all(Qcow2Image image) throws IOException {
            MemorySegment all = Arena.ofAuto().allocate(image.size());
            image.read(0, all);
            return all.toArray(ValueLayout.JAVA_BYTE);
        }

        @Override
        public void compare(Path path, ThreadPool pool) throws IOException {
            try (var opened = Qcow2Image.open(path, Qcow2Options.DEFAULT, pool)) {
                CheckReport report = opened.check();
                assertTrue(report.isSound(), report.toString());
                assertTrue(opened.size() == safe.length || opened.size() == sizeAfter,
                        opened.size() + " bytes, not " + safe.length + " or " + sizeAfter);
                byte[] left = all(opened);
                for (int i = 0; i < left.length; i++) {
                    byte was = i < safe.length ? safe[i] : 0;
                    boolean givenUp = emptying || i >= sizeAfter; // Before the size says so.
                    boolean allowed = left[i] == was || touched.get(i) || givenUp && left[i] == 0;
                    assertTrue(allowed, "byte " + i + " is " + left[i] + ", and was " + was);
                }
            }
            if (kept == null) return;
            try (var then = Qcow2Image.openSnapshot(path, "kept", Qcow2Options.DEFAULT, pool)) {
                assertEquals(-1, Arrays.mismatch(kept, all(then)), "the snapshot is another");
            }
        }
    }

    @SimTest(seeds = 40)
    void theOneSizeOrTheOther(Sim sim) {
        PowerCut.run(sim, TIME_MAX_NANOS, 1, new Resizing(sim.random()));
    }
}
