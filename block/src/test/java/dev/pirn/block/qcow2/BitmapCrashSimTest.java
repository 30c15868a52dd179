package dev.pirn.block.qcow2;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.pirn.aio.ThreadPool;
import dev.pirn.sim.Sim;
import dev.pirn.sim.junit.SimTest;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.BitSet;
import java.util.random.RandomGenerator;

/**
 * The power is cut while a bitmap notes writes, is stored, or is cleared, or while the disk becomes longer or
 * shorter: it says at least what was written then, or that it is inconsistent, or it is gone; and the image
 * has leaks at worst.
 */
class BitmapCrashSimTest {
    private static final int SIZE = 1 << 20;
    /** The bits of four clusters of 1 KiB, so that tables become longer too. */
    private static final int SIZE_MAX = 16 << 20;
    private static final int GRANULARITY = 512;
    private static final long TIME_MAX_NANOS = 40_000_000;

    private static final class Noting implements PowerCut.Scene {
        private final RandomGenerator random;
        /** What must be dirty, whatever happens. */
        private final BitSet written = new BitSet();
        private Qcow2Image image;
        private boolean clearing;
        private int size = SIZE;

        Noting(RandomGenerator random) {
            this.random = random;
        }

        @Override
        public void make(Path path, ThreadPool pool) throws IOException {
            new Qcow2Creation(SIZE).clusterSize(1024 << random.nextInt(5)).create(path, pool);
            image = Qcow2Image.open(path, Qcow2Options.DEFAULT, pool);
            image.bitmaps().add("b", GRANULARITY, true);
        }

        @Override
        public void work(int worker) throws IOException {
            while (true) step();
        }

        private void step() throws IOException {
            int from = random.nextInt(size - 5000);
            int length = 1 + random.nextInt(5000);
            switch (random.nextInt(7)) {
                case 0 -> image.finish();
                case 6 -> {
                    int now = 512 * (10 + random.nextInt(SIZE_MAX / 512));
                    image.resize(now);
                    size = now;
                    written.clear(size / GRANULARITY, Math.max(size / GRANULARITY, written.length()));
                }
                case 1 -> {
                    clearing = true;
                    image.bitmaps().clear("b");
                    written.clear();
                    clearing = false;
                }
                case 2 -> {
                    image.writeZeroes(from, length, true);
                    written.set(from / GRANULARITY, (from + length - 1) / GRANULARITY + 1);
                }
                default -> {
                    image.write(from, Arena.ofAuto().allocate(length).fill((byte) 7));
                    written.set(from / GRANULARITY, (from + length - 1) / GRANULARITY + 1);
                }
            }
            assertEquals(written, bits(image));
        }

        @Override
        public void compare(Path path, ThreadPool pool) throws IOException {
            try (var left = Qcow2Image.open(path, Qcow2Options.DEFAULT, pool)) {
                CheckReport report = left.check();
                assertTrue(report.isSound(), report.toString());
                for (Bitmap each : left.bitmaps().list()) {
                    if (!each.isUsable() || clearing) continue;
                    BitSet missing = (BitSet) written.clone();
                    missing.clear((int) (left.size() / GRANULARITY), Math.max(size, (int) left.size()));
                    missing.andNot(bits(left));
                    assertEquals(new BitSet(), missing);
                }
            }
        }
    }

    @SimTest(seeds = 60)
    void isRightOrInconsistent(Sim sim) {
        PowerCut.run(sim, TIME_MAX_NANOS, 1, new Noting(sim.random()));
    }

    private static BitSet bits(Qcow2Image image) throws IOException {
        var bits = new BitSet();
        int at = 0;
        for (var each : image.bitmaps().view("b").runs(0, image.size(), Integer.MAX_VALUE)) {
            int end = at + (int) each.length();
            if (each.isDirty()) bits.set(at / GRANULARITY, end / GRANULARITY);
            at = end;
        }
        return bits;
    }
}
