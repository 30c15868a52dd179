package dev.pirn.block.qcow2;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.pirn.aio.EventLoop;
import dev.pirn.aio.ThreadPool;
import dev.pirn.sim.Sim;
import dev.pirn.sim.junit.SimTest;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.BitSet;

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

    /** What must be dirty, whatever happens. */
    private final BitSet written = new BitSet();
    private boolean clearing;
    private int size;

    @SimTest(seeds = 60)
    void isRightOrInconsistent(Sim sim) throws IOException {
        written.clear();
        clearing = false;
        size = SIZE;
        Path path = sim.disk().path("/image");
        EventLoop loop = sim.loop("a");
        try (var pool = ThreadPool.of("disk", 4)) {
            sim.run(loop, "until the power is cut", () -> {
                new Qcow2Creation(SIZE).clusterSize(1024 << sim.random().nextInt(5)).create(path, pool);
                try (var names = FileChannel.open(sim.disk().path("/"))) {
                    names.force(true);
                }
                Qcow2Image image = Qcow2Image.open(path, Qcow2Options.DEFAULT, pool);
                image.bitmaps().add("b", GRANULARITY, true);
                var running = new boolean[] {true};
                loop.start("writes", () -> {
                    try {
                        while (true) step(sim, image);
                    } catch (IOException e) {
                        String why = e.toString() + Arrays.toString(e.getSuppressed());
                        if (!why.contains("the power was cut")) throw e;
                    } finally {
                        running[0] = false;
                    }
                });
                EventLoop.sleep(Duration.ofNanos(sim.random().nextLong(TIME_MAX_NANOS)));
                sim.disk().crash();
                while (running[0]) EventLoop.sleep(Duration.ofMillis(1));
                compare(path, pool);
            });
        }
    }

    private void step(Sim sim, Qcow2Image image) throws IOException {
        int from = sim.random().nextInt(size - 5000);
        int length = 1 + sim.random().nextInt(5000);
        switch (sim.random().nextInt(7)) {
            case 0 -> image.finish();
            case 6 -> {
                int now = 512 * (10 + sim.random().nextInt(SIZE_MAX / 512));
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

    private void compare(Path path, ThreadPool pool) throws IOException {
        try (var image = Qcow2Image.open(path, Qcow2Options.DEFAULT, pool)) {
            CheckReport report = image.check();
            assertTrue(report.isSound(), report.toString());
            for (Bitmap each : image.bitmaps().list()) {
                if (!each.isUsable() || clearing) continue;
                BitSet missing = (BitSet) written.clone();
                missing.clear((int) (image.size() / GRANULARITY), Math.max(size, (int) image.size()));
                missing.andNot(bits(image));
                assertEquals(new BitSet(), missing);
            }
        }
    }
}
