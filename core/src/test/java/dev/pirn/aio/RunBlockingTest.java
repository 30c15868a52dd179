package dev.pirn.aio;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.pirn.Completion;
import dev.pirn.Coroutine;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Threads that wait for coroutines, by QEMU's rules for AIO_WAIT_WHILE; and they never wait in vain. */
class RunBlockingTest {
    private final LoopRule rule = new LoopRule();
    private final EventLoop loop = rule.loop;
    private final List<Object> trace = new ArrayList<>();

    @AfterEach
    void close() {
        rule.close();
    }

    /** Has the loop run in a thread of its own while {@code code} runs in this one. */
    private void whileItRuns(Runnable code) throws InterruptedException {
        var runner = new Thread(loop::run);
        runner.start();
        try {
            code.run();
        } finally {
            loop.stop();
            runner.join();
        }
    }

    @Test
    void aThreadOffTheLoopWaits() throws InterruptedException {
        whileItRuns(() -> trace.add(loop.runBlocking("answer", () -> {
            EventLoop.sleep(Duration.ofMillis(1));
            return 42;
        })));
        assertEquals(List.of(42), trace);
    }

    @Test
    void whatTheBodyThrowsComesOut() throws InterruptedException {
        whileItRuns(() -> {
            var e = assertThrows(IOException.class, () -> loop.runBlocking("failing", () -> {
                throw new IOException("disk");
            }));
            assertEquals("disk", e.getMessage());
        });
    }

    @Test
    void anInterruptIsKeptForLater() throws InterruptedException {
        whileItRuns(() -> {
            Thread.currentThread().interrupt();
            assertEquals(42, loop.<Integer, RuntimeException>runBlocking("answer", () -> {
                EventLoop.sleep(Duration.ofMillis(1));
                return 42;
            }));
            assertTrue(Thread.interrupted());
        });
    }

    @Test
    void aHandlerInTheLoopRunsNestedTurns() {
        loop.execute(() -> {
            loop.execute(() -> trace.add("another handler"));
            trace.add(loop.runBlocking("nested", () -> {
                EventLoop.yieldTurn();
                EventLoop.yieldTurn();
                return "nested";
            }));
        });
        loop.turn(false);
        assertEquals(List.of("another handler", "nested"), trace);
    }

    @Test
    void aCoroutineIsRefused() {
        rule.run(() -> {
            var e = assertThrows(IllegalStateException.class, () -> loop.runBlocking("never", () -> null));
            assertEquals("coroutine \"test\" (running) would block EventLoop \"test\" or its own home by "
                    + "EventLoop.runBlocking; inside a coroutine await EventLoop.submit instead",
                    e.getMessage());
        });
    }

    @Test
    void theLoopIsStoppedMeanwhile() throws InterruptedException {
        whileItRuns(() -> {
            var e = assertThrows(IllegalStateException.class, () -> loop.runBlocking("sleeper", () -> {
                try {
                    loop.stop();
                    EventLoop.sleep(Duration.ofDays(1));
                } finally {
                    trace.add("cleaned up");
                }
                return null;
            }));
            assertEquals("EventLoop \"test\" was stopped, but coroutine \"sleeper\" (suspended) has not "
                    + "ended, and somebody blocks until it has; it is cancelled", e.getMessage());
        });
    }

    @Test
    void theLoopIsStoppedInANestedTurn() {
        loop.execute(() -> {
            var e = assertThrows(IllegalStateException.class, () -> loop.runBlocking("sleeper", () -> {
                try {
                    loop.stop();
                    EventLoop.sleep(Duration.ofDays(1));
                } finally {
                    trace.add("cleaned up");
                }
                return null;
            }));
            trace.add(e.getMessage());
        });
        loop.run();
        assertEquals(List.of("cleaned up", "EventLoop \"test\" was stopped, but coroutine \"sleeper\" "
                + "(suspended) has not ended, and somebody blocks until it has; it is cancelled"), trace);
        assertEquals(List.of(), rule.uncaught);
    }

    @Test
    void aStoppedLoopIsNotWaitedFor() {
        loop.stop();
        loop.run();
        var e = assertThrows(IllegalStateException.class, () -> loop.runBlocking("never", () -> null));
        assertEquals("EventLoop \"test\" was stopped, so nobody would run coroutine \"never\" (new)",
                e.getMessage());
    }

    @Test
    void aClosedLoopIsNotWaitedFor() throws IOException {
        loop.close();
        var e = assertThrows(IllegalStateException.class, () -> loop.runBlocking("never", () -> null));
        assertEquals("EventLoop \"test\" is closed, so nobody would run coroutine \"never\" (new)",
                e.getMessage());
    }

    @Test
    void theLoopIsClosedMeanwhile() throws Exception {
        var blocks = new CountDownLatch(1);
        var waiter = new Thread(() -> {
            blocks.countDown();
            var e = assertThrows(IllegalStateException.class, () -> loop.runBlocking("never",
                    () -> new Completion<Void>().join()));
            trace.add(e.getMessage().startsWith("EventLoop \"test\" is closed, "));
        });
        waiter.start();
        blocks.await();
        loop.close();
        waiter.join();
        assertEquals(List.of(true), trace);
    }

    @Test
    void theLoopRunsToTheEndOfABody() {
        assertEquals("done", loop.run("main", () -> {
            EventLoop.sleep(Duration.ofMillis(1));
            assertSame(loop, EventLoop.current());
            trace.add(Coroutine.self().name());
            return "done";
        }));
        assertEquals(List.of("main"), trace);
        assertEquals("zero", assertThrows(ArithmeticException.class, () -> loop.run("main", () -> {
            throw new ArithmeticException("zero");
        })).getMessage());
    }

    @Test
    void aBodyThatStopsItsLoopAtItsEndHasEnded() {
        assertEquals("done", loop.run("main", () -> {
            loop.stop();
            return "done";
        }));
        assertEquals("again", loop.run("main", () -> "again"));
    }
}
