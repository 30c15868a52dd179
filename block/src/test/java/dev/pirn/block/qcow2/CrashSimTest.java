package dev.pirn.block.qcow2;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import dev.pirn.aio.ThreadPool;
import dev.pirn.block.BlockDevice;
import dev.pirn.block.Discard;
import dev.pirn.sim.Sim;
import dev.pirn.sim.junit.SimTest;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;

/**
 * The power is cut at any moment: what is left of the image has no wrong table, each byte that a flush had
 * made safe is there, and every other is what it was then, or what was written since.
 */
class CrashSimTest {
    private static final int SIZE = 96 << 10;
    private static final int WORKERS = 3;
    private static final int UNIT = 3000;
    private static final long TIME_MAX_NANOS = 120_000_000;

    /** A write; {@code done} is later than all times until it has returned. */
    private static final class Write {
        final int from;
        final int to;
        final byte value;
        long done = Long.MAX_VALUE;

        Write(int from, int to, byte value) {
            this.from = from;
            this.to = to;
            this.value = value;
        }
    }

    private static final class Writers implements PowerCut.Scene {
        private final RandomGenerator random;
        private final List<Write> writes = new ArrayList<>();
        private BlockDevice disk;
        /** When the last flush that returned had begun. */
        private long flushed;
        private long clock;

        Writers(RandomGenerator random) {
            this.random = random;
        }

        @Override
        public void make(Path path, ThreadPool pool) throws IOException {
            var how = Qcow2Options.DEFAULT.withDiscard(Discard.UNMAP).withL2CacheBytesMax(1);
            Options.draw(random, SIZE).create(path, pool);
            disk = BlockDevice.of("image", Qcow2Image.open(path, how, pool), false);
        }

        @Override
        public void work(int number) throws IOException {
            while (true) {
                int unit = random.nextInt(SIZE / UNIT / WORKERS) * WORKERS + number;
                int from = unit * UNIT + random.nextInt(UNIT);
                int to = from + 1 + random.nextInt((unit + 1) * UNIT - from);
                boolean zero = random.nextInt(4) == 0;
                switch (random.nextInt(6)) {
                    case 0 -> flush();
                    default -> {
                        var write = new Write(from, to, zero ? 0 : (byte) (1 + random.nextInt(255)));
                        writes.add(write);
                        if (zero) disk.writeZeroes(from, to - from, true, false);
                        else disk.write(from, Arena.ofAuto().allocate(to - from).fill(write.value), false);
                        write.done = ++clock;
                    }
                }
            }
        }

        private void flush() throws IOException {
            long begun = ++clock;
            disk.flush();
            flushed = Math.max(flushed, begun);
        }

        @Override
        public void compare(Path path, ThreadPool pool) throws IOException {
            try (var image = Qcow2Image.open(path, Qcow2Options.DEFAULT, pool)) {
                assertEquals(SIZE, image.size());
                CheckReport report = image.check();
                assertTrue(report.isSound(), report.toString());
                MemorySegment all = Arena.ofAuto().allocate(SIZE);
                image.read(0, all);
                byte[] left = all.toArray(ValueLayout.JAVA_BYTE);
                for (int at = 0; at < SIZE; at++) requireAllowed(at, left[at]);
            }
        }

        private void requireAllowed(int at, byte value) {
            boolean allowed = value == 0;
            boolean safe = false;
            for (Write each : writes) {
                if (each.from > at || each.to <= at) continue;
                if (each.done < flushed) {
                    safe = true;
                    allowed = false;
                }
                allowed |= each.value == value;
            }
            if (!allowed) fail("byte " + at + " is " + value + (safe ? ", and was safe" : ""));
        }
    }

    @SimTest(seeds = 40)
    void leavesLeaksAtWorst(Sim sim) {
        PowerCut.run(sim, TIME_MAX_NANOS, WORKERS, new Writers(sim.random()));
    }
}
