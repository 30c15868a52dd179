package dev.pirn.block;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.pirn.Task;
import dev.pirn.aio.EventLoop;
import dev.pirn.aio.ThreadPool;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Kernels that have no ring for us, or not as we would like it. */
class RingsTest {
    private static final int COOP_TASKRUN = 1 << 8;

    @TempDir
    private Path dir;
    private Path image;
    private final byte[] content = new byte[100_000];
    private final Refusing calls = new Refusing();
    private final List<String> log = new ArrayList<>();
    private final Rings rings = new Rings(calls, (level, text) -> log.add(level + ": " + text));

    /** This machine's kernel, once it has answered as the test says. */
    private static final class Refusing implements RingCalls {
        final ArrayDeque<Integer> setups = new ArrayDeque<>(); // Errnos; 0 lets it through.
        final ArrayDeque<Integer> submits = new ArrayDeque<>(); // The same; above, so many at most are taken.
        final List<Integer> flags = new ArrayList<>();
        int features = -1;

        @Override
        public int setup(int entries, MemorySegment params) {
            flags.add(params.get(ValueLayout.JAVA_INT, 8));
            Integer errno = setups.poll();
            if (errno != null && errno > 0) return -errno;
            int fd = SYSTEM.setup(entries, params);
            params.set(ValueLayout.JAVA_INT, 20, params.get(ValueLayout.JAVA_INT, 20) & features);
            return fd;
        }

        @Override
        public int submit(int fd, int count) {
            Integer answer = submits.poll();
            if (answer != null && answer < 0) return answer;
            return SYSTEM.submit(fd, answer == null || answer == 0 ? count : Math.min(answer, count));
        }
    }

    @BeforeEach
    void makeImage() throws IOException {
        assumeTrue(LinuxFile.isAvailable());
        Arrays.fill(content, (byte) 5);
        image = Files.write(dir.resolve("disk"), content);
    }

    private BlockDevice open(Engine engine, CacheMode cache, ThreadPool pool) throws IOException {
        var options = RawOptions.DEFAULT.with(engine).with(cache);
        return BlockDevice.openRaw(image, options, pool, new RawFiles(true, rings));
    }

    private void reads(Engine engine, CacheMode cache) throws Exception {
        try (var pool = ThreadPool.of("disk", 1); var disk = open(engine, cache, pool)) {
            Loops.run(() -> {
                assertArrayEquals(content, Loops.read(disk, 0, content.length));
                disk.write(0, Loops.filled(4096, 5), false);
                disk.flush();
            });
        }
    }

    @ParameterizedTest
    @CsvSource({
        "1, 'io_uring_setup: Operation not permitted (errno 1), as in containers, whose seccomp profile "
                + "forbids it, and where kernel.io_uring_disabled is set'",
        "38, 'io_uring_setup: Function not implemented (errno 38), for the kernel is older than Linux 5.1, "
                + "or built without it'",
        "12, 'io_uring_setup: Cannot allocate memory (errno 12), as where the limit of locked memory is low "
                + "(ulimit -l)'",
        "24, 'io_uring_setup: Too many open files (errno 24)'",
    })
    void kernelThatRefuses(int errno, String why) throws Exception {
        calls.setups.addAll(List.of(errno, errno, errno));
        try (var pool = ThreadPool.of("disk", 1)) {
            var refused = assertThrows(UnsupportedOptionException.class,
                    () -> open(Engine.URING, CacheMode.WRITEBACK, pool));
            assertEquals(why, refused.getMessage());
            assertEquals(Engine.URING, refused.option());
            assertEquals(List.of(), log);
        }
        reads(Engine.AUTO, CacheMode.WRITEBACK);
        reads(Engine.AUTO, CacheMode.WRITEBACK);
        assertEquals(List.of("INFO: no io_uring, but a pool of threads: " + why), log, "once");
    }

    @Test
    void kernelThatRefusesWhereItCostsMost() throws Exception {
        assumeTrue(Setup.available().contains(Setup.NIO_DIRECT));
        calls.setups.add(Errno.ENOSYS);
        reads(Engine.AUTO, CacheMode.NONE);
        assertEquals(1, log.size());
        assertTrue(log.getFirst().startsWith("WARNING: no io_uring"), log.getFirst());
    }

    @Test
    void engineNioAsksForNoRing() throws Exception {
        reads(Engine.NIO, CacheMode.WRITEBACK);
        assertEquals(List.of(), calls.flags);
    }

    @Test
    void kernelThatKnowsFewerFlags() throws Exception {
        assumeTrue(Engines.available().contains(Engine.URING));
        calls.setups.addAll(List.of(Errno.EINVAL, 0, Errno.EINVAL, 0));
        reads(Engine.URING, CacheMode.WRITEBACK);
        assertEquals(List.of(COOP_TASKRUN, 0, COOP_TASKRUN, 0), calls.flags, "to try, and for the loop");
        assertEquals(List.of(), log);
    }

    @Test
    void kernelThatIsTooOld() throws Exception {
        assumeTrue(Engines.available().contains(Engine.URING));
        calls.features = 0b11;
        try (var pool = ThreadPool.of("disk", 1)) {
            var refused = assertThrows(UnsupportedOptionException.class,
                    () -> open(Engine.URING, CacheMode.WRITEBACK, pool));
            assertEquals("the kernel's io_uring is older than Linux 5.6", refused.getMessage());
        }
    }

    @Test
    void loopThatCanHaveNoneAnyMore() throws Exception {
        assumeTrue(Engines.available().contains(Engine.URING));
        calls.setups.addAll(List.of(0, Errno.ENOMEM));
        reads(Engine.URING, CacheMode.WRITEBACK);
        assertEquals(1, log.size(), "for the flush");
        assertTrue(log.getFirst().startsWith("WARNING: no io_uring, but a pool of threads: io_uring_setup: "
                + "Cannot allocate memory (errno 12)"), log.getFirst());
        assertEquals(2, calls.flags.size(), "nobody tries again");
    }

    /** Those in line would wait for a completion that never comes. */
    @Test
    void kernelThatTakesNoneOfMoreThanItCanHave() throws Exception {
        assumeTrue(Setup.available().contains(Setup.URING_DIRECT));
        calls.submits.addAll(List.of(-Errno.EAGAIN, -Errno.EAGAIN));
        try (var pool = ThreadPool.of("disk", 2); var disk = open(Engine.URING, CacheMode.NONE, pool)) {
            Loops.run(() -> {
                EventLoop loop = EventLoop.current();
                var flushes = new ArrayList<Task<Void>>();
                for (int i = 0; i < 2 * LoopRing.REQUESTS_MAX + 10; i++) {
                    flushes.add(loop.submit("flush", () -> {
                        disk.flush();
                        return null;
                    }));
                }
                for (Task<Void> each : flushes) each.await();
            });
        }
    }

    /** What it does not take the pool does; what it took is not done twice. */
    @Test
    void kernelThatIsShortOfMemoryForRequests() throws Exception {
        assumeTrue(Setup.available().contains(Setup.URING_DIRECT));
        calls.submits.addAll(List.of(-Errno.EAGAIN, -Errno.EINTR, 1, -Errno.EBUSY, -Errno.ENOMEM));
        reads(Engine.URING, CacheMode.NONE);
        assertEquals(0, calls.submits.size(), "all of these answers were given");
        assertArrayEquals(content, Files.readAllBytes(image));
    }
}
