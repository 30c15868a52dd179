package dev.pirn.aio;

import dev.pirn.Completion;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.pirn.Completion;
import dev.pirn.Coroutine;
import java.nio.ByteBuffer;
import java.nio.channels.Pipe;
import java.nio.channels.SelectionKey;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class EventLoopTest {
    private final LoopRule rule = new LoopRule();
    private final EventLoop loop = rule.loop;
    private final List<Object> trace = new ArrayList<>();

    @AfterEach
    void close() {
        rule.close();
    }

    /** A turn in its loop, for what only the loop's thread may call. */
    private void inLoop(Runnable code) {
        loop.execute(code);
        loop.turn(false);
    }

    @Test
    void aTurnHasTheDocumentedOrder() throws Exception {
        Pipe pipe = Pipe.open();
        pipe.source().configureBlocking(false);
        inLoop(() -> {
            try {
                loop.watch(pipe.source(), ops -> trace.add("ready " + ops)).interest(SelectionKey.OP_READ);
            } catch (java.io.IOException e) {
                throw new AssertionError(e);
            }
            loop.timer("t", () -> trace.add("timer")).arm(0);
        });
        trace.clear();
        pipe.sink().write(ByteBuffer.wrap(new byte[1]));
        // Fires in this very turn: timers come last.
        inLoop(() -> loop.timer("t", () -> trace.add("timer")).arm(0));
        trace.clear();

        loop.bottomHalf("bh", () -> trace.add("bottom half")).schedule();
        loop.start("co", () -> trace.add("coroutine"));
        loop.execute(() -> loop.timer("t", () -> trace.add("timer")).arm(0));
        assertTrue(loop.turn(true));
        assertEquals(List.of("coroutine", "bottom half", "ready 1", "timer"), trace);
        pipe.sink().close();
        pipe.source().close();
    }

    @Test
    void aTurnWithNothingToDoSaysSo() {
        assertFalse(loop.turn(false));
    }

    @Test
    void bottomHalvesScheduledMeanwhileWaitForTheNextTurn() {
        BottomHalf[] bh = new BottomHalf[1];
        bh[0] = loop.bottomHalf("again", () -> {
            trace.add(trace.size());
            bh[0].schedule();
        });
        bh[0].schedule();
        bh[0].schedule();
        loop.turn(false);
        loop.turn(false);
        assertEquals(List.of(0, 1), trace);
    }

    @Test
    void cancelledAndDeletedBottomHalvesAreNotCalled() {
        var bh = loop.bottomHalf("bh", () -> trace.add("called"));
        bh.schedule();
        bh.cancel();
        loop.turn(false);
        bh.schedule();
        loop.turn(false);
        assertEquals(List.of("called"), trace);
        bh.schedule();
        bh.delete();
        loop.turn(false);
        assertEquals(List.of("called"), trace);
        var e = assertThrows(IllegalStateException.class, bh::schedule);
        assertEquals("bottom half \"bh\" was deleted; make a new one", e.getMessage());
    }

    @Test
    void aNestedTurnGoesOnWithTheSlice() {
        loop.execute(() -> {
            trace.add("outer");
            loop.turn(false);
            trace.add("outer again");
        });
        loop.execute(() -> trace.add("second"));
        loop.turn(false);
        assertEquals(List.of("outer", "second", "outer again"), trace);
    }

    @Test
    void aBlockingTurnWaitsForATimer() {
        long start = System.nanoTime();
        inLoop(() -> loop.timer("t", () -> trace.add("fired")).arm(20_000_000));
        loop.turn(true);
        assertEquals(List.of("fired"), trace);
        assertTrue(System.nanoTime() - start >= 20_000_000);
    }

    @Test
    void anotherThreadEndsTheWait() throws InterruptedException {
        var helper = new Thread(() -> loop.execute(() -> trace.add("from afar")));
        helper.start();
        while (trace.isEmpty()) loop.turn(true);
        helper.join();
        assertEquals(List.of("from afar"), trace);
    }

    /** Nothing that another thread hands over is lost or left lying while the loop sleeps. */
    @Test
    void aHundredThousandHandOversFromFourThreads() throws InterruptedException {
        int each = 25_000;
        var called = new AtomicInteger();
        var threads = new ArrayList<Thread>();
        for (int i = 0; i < 4; i++) {
            threads.add(new Thread(() -> {
                for (int n = 0; n < each; n++) {
                    if (n % 2 == 0) loop.execute(called::incrementAndGet);
                    else loop.start("n", called::incrementAndGet);
                }
            }));
        }
        threads.forEach(Thread::start);
        while (called.get() < 4 * each) loop.turn(true);
        for (Thread thread : threads) thread.join();
        assertEquals(4 * each, called.get());
    }

    @Test
    void stopEndsRunFromAnotherThread() throws InterruptedException {
        var running = new CountDownLatch(1);
        var runner = new Thread(loop::run);
        runner.start();
        loop.execute(running::countDown);
        running.await();
        var e = assertThrows(IllegalStateException.class, () -> loop.turn(false));
        assertTrue(e.getMessage().startsWith("EventLoop \"test\" is run by Thread["), e.getMessage());
        assertThrows(IllegalStateException.class, loop::close);
        loop.stop();
        runner.join();
    }

    @Test
    void whatAHandlerThrowsDoesNotEndTheLoop() {
        loop.execute(() -> {
            throw new IllegalArgumentException("bad handler");
        });
        loop.bottomHalf("good", () -> trace.add("ran")).schedule();
        loop.turn(false);
        assertEquals(List.of("ran"), trace);
        assertEquals(1, rule.uncaught.size());
        assertTrue(rule.uncaught.getFirst().endsWith("IllegalArgumentException: bad handler"),
                rule.uncaught.toString());
    }

    @Test
    void aWatchRemovedByAHandlerBeforeItIsNotCalled() throws Exception {
        Pipe[] pipes = {Pipe.open(), Pipe.open()};
        Watch[] watches = new Watch[2];
        inLoop(() -> {
            for (int i = 0; i < 2; i++) {
                int other = 1 - i;
                try {
                    pipes[i].source().configureBlocking(false);
                    watches[i] = loop.watch(pipes[i].source(), ops -> {
                        trace.add("called");
                        watches[other].cancel();
                    });
                } catch (java.io.IOException e) {
                    throw new AssertionError(e);
                }
                watches[i].interest(SelectionKey.OP_READ);
            }
        });
        for (Pipe pipe : pipes) pipe.sink().write(ByteBuffer.wrap(new byte[1]));
        while (trace.isEmpty()) loop.turn(true);
        assertEquals(List.of("called"), trace);
        for (Pipe pipe : pipes) {
            pipe.sink().close();
            pipe.source().close();
        }
    }

    @Test
    void othersRunWhileOneSleeps() {
        rule.run(() -> {
            long start = System.nanoTime();
            loop.start("other", () -> trace.add("other"));
            EventLoop.sleep(Duration.ofMillis(10));
            assertTrue(System.nanoTime() - start >= 10_000_000);
            // At least one more turn: the first may have ended with the timer due.
            EventLoop.sleep(Duration.ZERO);
            assertEquals(List.of("other"), trace);
        });
    }

    @Test
    void coroutinesOfTwoLoopsMeetOnlyByTheirHomes() throws Exception {
        try (var other = new LoopRule()) {
            var thread = new Thread(other.loop::run, "other");
            thread.start();
            rule.run(() -> {
                var arrived = new Completion<String>();
                other.loop.start("visitor", () -> {
                    assertSame(other.loop, EventLoop.current());
                    arrived.complete(Thread.currentThread().getName());
                });
                assertEquals("other", arrived.await());
                assertSame(loop, EventLoop.current());
            });
            other.loop.stop();
            thread.join();
        }
    }

    @Test
    void loopMethodsRefuseOtherThreads() {
        var e = assertThrows(IllegalStateException.class, () -> loop.timer("t", () -> { }).arm(1));
        assertTrue(e.getMessage().startsWith("Timer.arm of EventLoop \"test\" called by Thread["),
                e.getMessage());
        assertThrows(IllegalStateException.class, EventLoop::current);
        assertThrows(IllegalStateException.class, () -> EventLoop.sleep(Duration.ofMillis(1)));
    }

    @Test
    void turnInsideACoroutineIsRefused() {
        rule.run(() -> assertThrows(IllegalStateException.class, () -> loop.turn(false)));
        assertFalse(Coroutine.inCoroutine());
    }
}
