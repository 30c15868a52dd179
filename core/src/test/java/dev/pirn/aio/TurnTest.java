package dev.pirn.aio;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.pirn.Coroutine;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.Pipe;
import java.nio.channels.SelectionKey;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What a turn does in which order, and what it leaves to the next. */
class TurnTest {
    private final LoopRule rule = new LoopRule();
    private final EventLoop loop = rule.loop;
    private final List<String> trace = new ArrayList<>();
    private final List<Pipe> pipes = new ArrayList<>();

    @AfterEach
    void close() throws IOException {
        for (Pipe pipe : pipes) {
            pipe.sink().close();
            pipe.source().close();
        }
        rule.close();
        assertEquals(List.of(), rule.uncaught);
    }

    /** A task of the loop's thread that may fail. */
    private interface Step {
        void run() throws IOException;
    }

    private void inLoop(Step step) {
        loop.execute(() -> {
            try {
                step.run();
            } catch (IOException e) {
                throw new AssertionError(e);
            }
        });
        loop.turn(false);
        trace.clear();
    }

    private Pipe readyPipe() throws IOException {
        Pipe pipe = Pipe.open();
        pipes.add(pipe);
        pipe.source().configureBlocking(false);
        pipe.sink().write(ByteBuffer.wrap(new byte[1]));
        return pipe;
    }

    private Runnable does(String what) {
        return () -> trace.add(what);
    }

    /** Everything there is, each asking for everything again: the second turn is as the first. */
    @Test
    void theOrderOfEverythingInTwoTurns() throws IOException {
        Pipe pipe = readyPipe();
        EventNotifier notifier = loop.notifier("n");
        Timer timer = loop.timer("t", does("timer"));
        inLoop(() -> {
            notifier.attach(() -> {
                trace.add("notifier");
                ask("notifier", timer);
            });
            loop.watch(pipe.source(), ops -> {
                trace.add("watch");
                ask("watch", timer);
            }).interest(SelectionKey.OP_READ);
        });
        notifier.set();
        loop.bottomHalf("b", () -> {
            trace.add("bottom half");
            ask("bottom half", timer);
        }).schedule();
        loop.start("c", () -> {
            trace.add("coroutine");
            ask("coroutine", timer);
        });
        loop.turn(true);
        trace.add("--");
        loop.turn(true);
        assertEquals(List.of("coroutine", "woken by coroutine", "bottom half",
                "bottom half of coroutine", "watch", "notifier", "timer",
                "--",
                "coroutine of coroutine", "coroutine of bottom half", "coroutine of watch",
                "coroutine of notifier",
                "bottom half of bottom half", "bottom half of watch",
                "bottom half of notifier", "watch", "notifier", "timer"), trace);
    }

    /** Asks for one of each; the last to arm the timer decides when it fires. */
    private void ask(String who, Timer timer) {
        timer.arm(0);
        if (who.equals("coroutine")) {
            Coroutine woken = Coroutine.create("w", does("woken by coroutine")::run);
            loop.enter(woken);
        }
        loop.start("c", does("coroutine of " + who)::run);
        loop.bottomHalf("b", does("bottom half of " + who)).schedule();
    }

    @Test
    void aNestedTurnGoesOnWithTheSliceAndTheReady() throws IOException {
        Pipe[] two = {readyPipe(), readyPipe()};
        inLoop(() -> {
            for (Pipe pipe : two) {
                Watch[] self = {null};
                self[0] = loop.watch(pipe.source(), ops -> {
                    self[0].interest(0);
                    trace.add("watch");
                    loop.turn(false);
                    trace.add("watch again");
                });
                self[0].interest(SelectionKey.OP_READ);
            }
        });
        loop.execute(() -> {
            trace.add("outer");
            loop.execute(does("of outer"));
            loop.turn(false);
            trace.add("outer again");
        });
        loop.execute(does("second"));
        loop.turn(false);
        assertEquals(List.of("outer", "second", "of outer", "watch", "watch", "watch again", "watch again",
                "outer again"), trace);
    }

    /** A level that its handler has not dealt with yet is there for a nested turn too. */
    @Test
    void noHandlerIsCalledOnTopOfItself() throws IOException {
        Pipe pipe = readyPipe();
        EventNotifier notifier = loop.notifier("n");
        inLoop(() -> {
            loop.watch(pipe.source(), ops -> {
                trace.add("watch");
                trace.add("nested " + loop.turn(false));
            }).interest(SelectionKey.OP_READ);
            notifier.attach(() -> {
                trace.add("notifier");
                notifier.testAndClear();
                notifier.set();
                trace.add("nested " + loop.turn(false));
                notifier.testAndClear();
            });
        });
        notifier.set();
        loop.turn(false);
        // The watch calls the notifier by its nested turn, and the notifier's nested turn calls nobody.
        assertEquals(List.of("watch", "notifier", "nested false", "nested true"), trace.subList(0, 4));
    }

    @Test
    void idleBottomHalvesAreCalledInTheNextTurnButDoNotCount() {
        var bh = loop.bottomHalf("idle", does("idle"));
        bh.scheduleIdle();
        assertFalse(loop.turn(false));
        assertFalse(loop.turn(false));
        assertEquals(List.of("idle"), trace);
    }

    @Test
    void aLoopWithAnIdleBottomHalfAloneSleepsTenMilliseconds() {
        var bh = loop.bottomHalf("idle", does("idle"));
        bh.scheduleIdle();
        long start = System.nanoTime();
        loop.turn(true);
        assertTrue(System.nanoTime() - start >= BottomHalf.IDLE_NANOS);
        assertEquals(List.of("idle"), trace);
    }

    @Test
    void oneThatIsScheduledBothWaysIsNotIdle() {
        var bh = loop.bottomHalf("both", does("called"));
        bh.scheduleIdle();
        bh.schedule();
        assertTrue(loop.turn(true));
        bh.schedule();
        bh.scheduleIdle();
        assertTrue(loop.turn(true));
        assertFalse(loop.turn(false));
        assertEquals(List.of("called", "called"), trace);
    }

    /** One that is cancelled stays in the list, so it must not stand in for the signal of the next. */
    @Test
    void oneScheduledBehindACancelledOneWakesASleepingLoop() throws InterruptedException {
        var cancelled = loop.bottomHalf("cancelled", does("cancelled"));
        cancelled.schedule();
        cancelled.cancel();
        var called = new CountDownLatch(1);
        var other = new Thread(() -> loop.bottomHalf("other", called::countDown).schedule());
        loop.timer("unused", () -> { });
        other.start();
        while (called.getCount() > 0) loop.turn(true);
        other.join();
        assertEquals(List.of(), trace);
    }

    @Test
    void aChannelIsWatchedAnewByItsOwnHandler() throws IOException {
        Pipe pipe = readyPipe();
        Watch[] first = {null};
        inLoop(() -> {
            first[0] = loop.watch(pipe.source(), ops -> {
                trace.add("first");
                first[0].cancel();
                try {
                    loop.watch(pipe.source(), again -> trace.add("second")).interest(SelectionKey.OP_READ);
                } catch (IOException e) {
                    throw new AssertionError(e);
                }
            });
            first[0].interest(SelectionKey.OP_READ);
        });
        loop.turn(true);
        loop.turn(true);
        assertEquals("second", trace.getLast());
    }

    @Test
    void aChannelThatIsWatchedIsNotWatchedAgain() throws IOException {
        Pipe pipe = readyPipe();
        inLoop(() -> {
            loop.watch(pipe.source(), ops -> { });
            var e = assertThrows(IllegalStateException.class, () -> loop.watch(pipe.source(), ops -> { }));
            assertTrue(e.getMessage().endsWith(" is watched in EventLoop \"test\" already; cancel its watch "
                    + "first"), e.getMessage());
        });
    }

    @Test
    void aHandlerTakesThoseThatAreReadyInTheSameTurnOut() throws IOException {
        Pipe[] three = {readyPipe(), readyPipe(), readyPipe()};
        var watches = new Watch[3];
        inLoop(() -> {
            for (int i = 0; i < 3; i++) {
                int own = i;
                watches[i] = loop.watch(three[i].source(), ops -> {
                    trace.add("called");
                    for (int other = 0; other < 3; other++) {
                        if (other != own) watches[other].cancel();
                    }
                });
                watches[i].interest(SelectionKey.OP_READ);
            }
        });
        loop.turn(true);
        assertEquals(List.of("called"), trace);
    }

    @Test
    void statisticsCountWhatTurnsDo() throws IOException {
        Pipe pipe = readyPipe();
        var before = loop.statistics();
        assertEquals(new LoopStatistics(0, 0, 0, 0, 0, 0, 0, 0), before);
        loop.execute(() -> loop.timer("t", does("timer")).arm(0));
        loop.start("c", () -> { });
        loop.start("waits", Coroutine::yield);
        loop.turn(false);
        var after = loop.statistics();
        assertEquals(List.of(1L, 1L, 2L, 1L), List.of(after.turns(), after.handlers(), after.coroutines(),
                after.timers()));
        assertEquals(1, after.live());
        assertTrue(after.longestTurnNanos() > 0);
        pipe.sink().close();
    }
}
