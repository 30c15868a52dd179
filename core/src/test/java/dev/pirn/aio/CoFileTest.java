package dev.pirn.aio;

import dev.pirn.Completion;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CoFileTest {
    @TempDir Path directory;
    private final LoopRule rule = new LoopRule();
    private final ThreadPool pool = ThreadPool.of("io", 2);

    @AfterEach
    void close() {
        pool.close();
        rule.close();
    }

    @Test
    void writesAndReadsBack() {
        Path path = directory.resolve("f");
        rule.run(() -> {
            try (var file = CoFile.open(path, pool, StandardOpenOption.CREATE, StandardOpenOption.READ,
                    StandardOpenOption.WRITE)) {
                file.write(ByteBuffer.wrap(new byte[] {1, 2, 3}), 5);
                file.flush();
                assertEquals(8, file.size());
                var back = ByteBuffer.allocate(4);
                file.read(back, 4);
                assertArrayEquals(new byte[] {0, 1, 2, 3}, back.array());
            }
        });
    }

    @Test
    void readingPastTheEndSaysByHowMuch() throws IOException {
        Path path = Files.write(directory.resolve("f"), new byte[10]);
        rule.run(() -> {
            try (var file = CoFile.open(path, pool, StandardOpenOption.READ)) {
                var e = assertThrows(EOFException.class, () -> file.read(ByteBuffer.allocate(8), 5));
                assertEquals(path + ": ends 3 bytes before the end of a read of [5, +8)", e.getMessage());
            }
        });
    }

    @Test
    void aMissingFileIsToldAtOpen() {
        assertThrows(NoSuchFileException.class,
                () -> CoFile.open(directory.resolve("none"), pool, StandardOpenOption.READ));
    }

    @Test
    void blockingWorkDoesNotStopTheLoop() {
        List<Object> trace = new ArrayList<>();
        rule.run(() -> {
            var release = new CountDownLatch(1);
            var ended = new Completion<Void>();
            rule.loop.start("blocked", () -> {
                trace.add(pool.call(() -> {
                    release.await();
                    return Thread.currentThread().getName();
                }));
                ended.complete(null);
            });
            rule.loop.execute(() -> {
                trace.add("the loop goes on");
                release.countDown();
            });
            ended.await();
        });
        assertEquals(List.of("the loop goes on", "io-1"), trace);
    }

    @Test
    void whatTheWorkThrowsIsThrownByCall() {
        rule.run(() -> {
            ThreadPool.Work<Void, IOException> failing = () -> {
                throw new IOException("disk");
            };
            assertEquals("disk", assertThrows(IOException.class, () -> pool.call(failing)).getMessage());
            ThreadPool.Work<Void, RuntimeException> bug = () -> {
                throw new ArithmeticException("bug");
            };
            assertThrows(ArithmeticException.class, () -> pool.call(bug));
        });
    }

    @Test
    void aClosedPoolRefusesWork() {
        pool.close();
        rule.run(() -> {
            var e = assertThrows(IllegalStateException.class, () -> pool.call(() -> 1));
            assertTrue(e.getMessage().startsWith("thread pool \"io\" (0 of 2 threads busy, 0 waiting) is "
                    + "closed, but coroutine \"test\" (running) gives it work"), e.getMessage());
        });
    }
}
