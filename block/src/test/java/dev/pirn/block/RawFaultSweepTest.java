package dev.pirn.block;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.pirn.aio.EventLoop;
import dev.pirn.aio.ThreadPool;
import dev.pirn.block.filter.Filter;
import dev.pirn.block.filter.ZeroDetectingDriver;
import dev.pirn.sim.Sim;
import dev.pirn.sim.SimDisk;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.junit.jupiter.api.Test;

/** Each file operation of a raw disk fails once: who asked is told, and nothing acknowledged is lost. */
class RawFaultSweepTest {
    private static final int SIZE = 64 << 10;
    private static final int SEEDS = Boolean.getBoolean("pirn.long") ? 1000 : 20;

    private static void make(Path file) throws IOException {
        try (var channel = FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            channel.write(ByteBuffer.allocate(SIZE), 0);
            channel.force(true);
        }
    }

    private static BlockDevice open(Path file, ThreadPool pool) throws IOException {
        return pool.call(() -> BlockDevice.openRaw(file, RawOptions.DEFAULT, pool));
    }

    /** Overwrites, flushes, zeroes, and goes on after a flush that failed. */
    private static void scenario(Ledger disk) {
        disk.write(0, 4096, false);
        disk.write(2048, 8192, false);
        disk.flush();
        disk.read(0, SIZE);
        disk.write(4096, 512, true);
        disk.writeZeroes(1024, 2048, true, false);
        disk.flush();
        disk.write(0, 512, false);
        disk.flush();
        disk.write(32_768, 32_768, true);
    }

    @Test
    void nothingAcknowledgedIsLost() {
        for (int seed = 0; seed < SEEDS; seed++) {
            int operations = FaultSweep.run(seed, RawFaultSweepTest::make, RawFaultSweepTest::open,
                    RawFaultSweepTest::scenario);
            assertEquals(12, operations, "of seed " + seed);
        }
    }

    @Test
    void norBehindTheDetectionOfZeroes() {
        int operations = FaultSweep.run(1, RawFaultSweepTest::make,
                (file, pool) -> open(file, pool).filtered(below -> ZeroDetectingDriver.of(below, true)),
                RawFaultSweepTest::scenario);
        assertEquals(12, operations);
    }

    @Test
    void aFlushThatFailedFailsForGood() {
        try (var sim = Sim.of(1)) {
            Path file = sim.disk().path("/disk");
            EventLoop loop = sim.loop("loop");
            sim.run(loop, "test", () -> {
                make(file);
                try (var pool = ThreadPool.of("disk", 1);
                        BlockDevice disk = open(file, pool)) {
                    sim.disk().failNext(SimDisk.Operation.FORCE, new IOException("/disk: gone"));
                    assertEquals("/disk: gone", assertThrows(IOException.class, disk::flush).getMessage());
                    String message = "/disk: flush: one before it failed, and what was written until then "
                            + "may be lost; write it again to the image opened anew (/disk: gone)";
                    assertEquals(message, assertThrows(IOException.class, disk::flush).getMessage());
                    MemorySegment one = MemorySegment.ofArray(new byte[1]);
                    assertThrows(IOException.class, () -> disk.write(0, one, true));
                    disk.write(0, one, false);
                }
            });
        }
    }

    /** The sweep would see it: a disk whose flush fails in silence. */
    @Test
    void aFlushThatHidesItsErrorIsFound() {
        var e = assertThrows(AssertionError.class, () -> FaultSweep.run(1, RawFaultSweepTest::make,
                (file, pool) -> open(file, pool).filtered(Hiding::new), RawFaultSweepTest::scenario));
        assertEquals("seed 1, operation 3 failed on purpose: after the power cut: byte 512 is 0, "
                + "not one of [1]", e.getMessage());
    }

    private record Hiding(Driver below) implements Filter {
        @Override
        public void flush() {
            try {
                below.flush();
            } catch (IOException e) {
                return; // Wrong, and that is the point.
            }
        }
    }
}
