package dev.pirn.block;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.pirn.Completion;
import dev.pirn.Coroutine;
import dev.pirn.Task;
import dev.pirn.aio.EventLoop;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.SynchronousQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What waits in a ring, by reads of a pipe: they take as long as the test likes. */
class LoopRingTest {
    private static final int O_RDWR = 2;

    @TempDir
    private Path dir;
    private int pipe = -1;
    private OutputStream feed;

    @BeforeEach
    void makePipe() throws Exception {
        assumeTrue(Engines.available().contains(Engine.URING));
        Path path = dir.resolve("pipe");
        assertEquals(0, new ProcessBuilder("mkfifo", path.toString()).start().waitFor());
        pipe = LinuxFile.openDescriptor(path.toString(), O_RDWR); // Does not wait for another side.
        assertTrue(pipe >= 0);
        feed = Files.newOutputStream(path);
    }

    @AfterEach
    void closePipe() throws IOException {
        if (pipe < 0) return;
        LinuxFile.close(pipe);
        feed.close();
    }

    private Task<Integer> readOne(EventLoop loop, int number) {
        return loop.submit("read " + number, () -> {
            MemorySegment target = Loops.filled(1, 0);
            long count = Rings.SYSTEM.ofLoop().transfer(Ring.READ, pipe, target, 0);
            assertEquals(1, count);
            return (int) target.get(ValueLayout.JAVA_BYTE, 0);
        });
    }

    private List<Task<Integer>> readOnes(EventLoop loop, int count) {
        var reads = new ArrayList<Task<Integer>>();
        for (int i = 0; i < count; i++) reads.add(readOne(loop, i));
        return reads;
    }

    /** Until those that were started before have done what they can. */
    private static void turn(EventLoop loop) {
        var over = new Completion<Void>();
        loop.execute(() -> loop.execute(() -> over.complete(null)));
        over.join();
    }

    @Test
    void requestsThatFindNoPlaceWaitInLine() throws Exception {
        Loops.run(() -> {
            EventLoop loop = EventLoop.current();
            List<Task<Integer>> reads = readOnes(loop, LoopRing.REQUESTS_MAX + 22);
            turn(loop);
            assertEquals("io_uring (128 of 128 requests in flight, 22 waiting)",
                    Rings.SYSTEM.ofLoop().toString());
            feed.write(new byte[LoopRing.REQUESTS_MAX + 22]);
            for (Task<Integer> each : reads) assertEquals(0, each.await());
            assertEquals("io_uring (0 of 128 requests in flight, 0 waiting)",
                    Rings.SYSTEM.ofLoop().toString());
        });
    }

    @Test
    void cancelledInLineIsTakenBack() throws Exception {
        Loops.run(() -> {
            EventLoop loop = EventLoop.current();
            List<Task<Integer>> reads = readOnes(loop, LoopRing.REQUESTS_MAX);
            turn(loop);
            Task<Integer> late = readOne(loop, 999);
            turn(loop);
            late.coroutine().cancel();
            assertThrows(CancellationException.class, late::await);
            assertEquals("io_uring (128 of 128 requests in flight, 0 waiting)",
                    Rings.SYSTEM.ofLoop().toString());
            feed.write(new byte[LoopRing.REQUESTS_MAX]);
            for (Task<Integer> each : reads) each.await();
        });
    }

    /** The kernel has its memory, which nobody may use for something else meanwhile. */
    @Test
    void cancelledInFlightWaitsForTheKernel() throws Exception {
        Loops.run(() -> {
            EventLoop loop = EventLoop.current();
            int[] got = {0};
            Task<Void> read = loop.submit("read", () -> {
                MemorySegment target = Loops.filled(1, 0);
                assertEquals(1, Rings.SYSTEM.ofLoop().transfer(Ring.READ, pipe, target, 0));
                got[0] = target.get(ValueLayout.JAVA_BYTE, 0);
                Coroutine.yield(); // Where it is told.
                return null;
            });
            turn(loop);
            read.coroutine().cancel();
            turn(loop);
            assertFalse(read.isDone());
            feed.write(7);
            assertThrows(CancellationException.class, read::await);
            assertEquals(7, got[0]);
        });
    }

    /** With nothing else to wake it: the byte is written once the other side has been told, by a thread. */
    @Test
    void completionEndsTheLoopsSleep() throws Exception {
        var asked = new SynchronousQueue<Integer>();
        var feeder = new Thread(() -> {
            try {
                for (int i = asked.take(); i >= 0; i = asked.take()) feed.write(i);
            } catch (InterruptedException | IOException e) {
                throw new AssertionError(e);
            }
        });
        feeder.start();
        Loops.run(() -> {
            EventLoop loop = EventLoop.current();
            for (int i = 0; i < 100; i++) {
                Task<Integer> read = readOne(loop, i);
                turn(loop);
                asked.put(i);
                assertEquals(i, read.await());
            }
            asked.put(-1);
        });
        feeder.join();
    }

    @Test
    void eachLoopHasARingOfItsOwn() throws Exception {
        LoopRing[] rings = {null, null, null};
        for (int i = 0; i < 2; i++) {
            int which = i;
            Loops.run(() -> {
                rings[which] = Rings.SYSTEM.ofLoop();
                rings[2] = Rings.SYSTEM.ofLoop();
                assertEquals(rings[which], rings[2]);
            });
        }
        assertFalse(rings[0] == rings[1]);
    }

    @Test
    void loopThatClosesClosesItsRing() throws Exception {
        long before = descriptors();
        Loops.run(() -> {
            feed.write(1);
            readOne(EventLoop.current(), 0).await();
        });
        assertEquals(before, descriptors());
    }

    @Test
    void loopThatIsClosedWithRequestsInFlight() throws Exception {
        try (var loop = EventLoop.open("test")) {
            Task<Integer> read = readOne(loop, 0);
            loop.turn(false);
            var report = loop.shutdown(3);
            assertEquals("[read 0]", report.refused().stream().map(each -> each.name()).toList().toString());
            assertFalse(read.isDone());
        }
        feed.write(1); // Which the kernel may still take, into memory that is nobody's else.
    }

    @Test
    void manyTurnsGoRoundTheRing() throws Exception {
        Path image = Files.write(dir.resolve("disk"), new byte[1 << 20]);
        LinuxFile file = LinuxFile.open(image, true);
        Loops.run(() -> {
            EventLoop loop = EventLoop.current();
            for (int round = 0; round < 50; round++) {
                var reads = new ArrayList<Task<Long>>();
                for (int i = 0; i < 100; i++) {
                    int at = i * 4096;
                    reads.add(loop.submit("read", () ->
                            file.read(Rings.SYSTEM.ofLoop(), Loops.filled(4096, 1), at)));
                }
                for (Task<Long> each : reads) assertEquals(4096, each.await());
            }
            assertEquals(0, file.flush(Rings.SYSTEM.ofLoop()));
            assertEquals(0, file.read(Rings.SYSTEM.ofLoop(), Loops.filled(1, 0), 1 << 20), "the end");
            assertTrue(file.write(Rings.SYSTEM.ofLoop(), Loops.filled(1, 0), 0) < 0, "opened for reading");
        });
        file.close();
    }

    private static long descriptors() throws IOException {
        try (var each = Files.list(Path.of("/proc/self/fd"))) {
            return each.count();
        }
    }
}
