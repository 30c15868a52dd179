package dev.pirn.aio;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.pirn.Backend;
import dev.pirn.Completion;
import dev.pirn.Coroutine;
import dev.pirn.Coroutines;
import java.io.IOException;
import java.nio.channels.Pipe;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A loop is closed while something is left in it. */
class ShutdownTest {
    private final LoopRule rule = new LoopRule();
    private final EventLoop loop = rule.loop;
    private final List<String> trace = new ArrayList<>();

    @AfterEach
    void close() {
        rule.close();
        Coroutines.track(false);
    }

    private static List<String> names(List<ShutdownReport.Leftover> left) {
        return left.stream().map(ShutdownReport.Leftover::name).toList();
    }

    @Test
    void aLoopWithNothingLeftSaysSo() throws IOException {
        ShutdownReport report = loop.shutdown(10);
        assertTrue(report.isClean());
        assertEquals("", report.toString());
    }

    @ParameterizedTest
    @EnumSource
    void coroutinesThatWaitAreCancelledAndRunTheirFinallyBlocks(Backend backend) throws IOException {
        var never = new Completion<Void>("the end of the world");
        loop.schedule(Coroutine.create(backend, "waits", () -> {
            try {
                never.await();
            } finally {
                trace.add("tidied up");
            }
        }));
        loop.schedule(Coroutine.create(backend, "sleeps", () -> EventLoop.sleep(Duration.ofDays(1))));
        loop.schedule(Coroutine.create(backend, "yields", Coroutine::yield));
        loop.turn(false);
        assertEquals(3, loop.statistics().live());
        ShutdownReport report = loop.shutdown(10);
        assertEquals(List.of("waits", "sleeps", "yields"), names(report.cancelled()));
        assertEquals(List.of(), report.refused());
        assertEquals(List.of(), report.timers()); // The sleeper took its own back.
        assertEquals(List.of("tidied up"), trace);
        assertEquals(0, loop.statistics().live());
        assertEquals(List.of(), rule.uncaught);
    }

    @Test
    void whatTheyWaitedForIsSaid() throws IOException {
        Coroutines.track(true);
        var never = new Completion<Void>("the end of the world");
        loop.start("waits", never::await);
        loop.turn(false);
        assertEquals("was cancelled: waits, which waited for the end of the world\n",
                loop.shutdown(10).toString());
    }

    @Test
    void withoutTrackingThePlaceIsSaid() throws IOException {
        var never = new Completion<Void>("the end of the world");
        loop.start("waits", () -> never.await());
        loop.turn(false);
        String waitedFor = loop.shutdown(10).cancelled().getFirst().waitedFor();
        assertTrue(waitedFor.startsWith("a wake at dev.pirn.") && waitedFor.contains(".java:"), waitedFor);
    }

    @Test
    void whatIsScheduledRunsFirst() throws IOException {
        loop.start("new", () -> trace.add("ran"));
        loop.execute(() -> trace.add("called"));
        assertTrue(loop.shutdown(10).isClean());
        assertEquals(List.of("ran", "called"), trace);
    }

    @Test
    void whatSchedulesItselfForEverIsNamedAndDropped() throws IOException {
        BottomHalf[] bh = {null};
        bh[0] = loop.bottomHalf("for ever", () -> bh[0].schedule());
        bh[0].schedule();
        loop.execute(() -> {
            loop.timer("soon", () -> trace.add("fired")).arm(Duration.ofHours(1).toNanos());
            loop.timer("later", () -> trace.add("fired")).arm(Duration.ofHours(2).toNanos());
        });
        ShutdownReport report = loop.shutdown(3);
        assertEquals(List.of("bottom half \"for ever\""), report.bottomHalves());
        assertEquals(List.of("timer \"soon\"", "timer \"later\""), report.timers());
        assertEquals(List.of(), trace);
    }

    @Test
    void watchesAreNamed() throws IOException {
        Pipe pipe = Pipe.open();
        pipe.source().configureBlocking(false);
        loop.execute(() -> {
            try {
                loop.watch(pipe.source(), ops -> { });
            } catch (IOException e) {
                throw new AssertionError(e);
            }
        });
        ShutdownReport report = loop.shutdown(3);
        assertEquals(1, report.watches().size());
        assertTrue(report.watches().getFirst().startsWith("watch of "), report.toString());
        pipe.source().close();
        pipe.sink().close();
    }

    @Test
    void whoRefusesToEndIsNamedAfterTheTurns() throws IOException {
        var never = new Completion<Void>("nothing");
        var again = new Completion<Void>("nothing again");
        Coroutine stubborn = loop.start("stubborn", () -> {
            try {
                never.await();
            } catch (CancellationException e) {
                trace.add("told");
                again.await();
            }
        });
        loop.turn(false);
        ShutdownReport report = loop.shutdown(3);
        assertEquals(List.of("stubborn"), names(report.refused()));
        assertEquals(List.of("told"), trace);
        assertEquals(1, rule.uncaught.size());
        assertTrue(rule.uncaught.getFirst().contains("swallowed its cancellation"), rule.uncaught.toString());
        // Nobody runs its home any more: whoever cancels it does it.
        stubborn.cancel();
        assertEquals(Coroutine.State.DONE, stubborn.state());
    }

    @Test
    void whoStartsOthersInItsFinallyBlockSeesThemCancelledToo() throws IOException {
        loop.start("parent", () -> {
            try {
                Coroutine.yield();
            } finally {
                loop.start("child", () -> {
                    trace.add("child");
                    Coroutine.yield();
                });
            }
        });
        loop.turn(false);
        ShutdownReport report = loop.shutdown(10);
        assertEquals(List.of("parent", "child"), names(report.cancelled()));
        assertEquals(List.of("child"), trace);
    }

    /** Work of a thread must not be left half done: the shutdown waits, and the result comes. */
    @Test
    void whoWaitsForAThreadEndsWhenThatHasDone() throws Exception {
        var begun = new CountDownLatch(1);
        var go = new CountDownLatch(1);
        loop.start("worker", () -> {
            try {
                loop.pool().call(() -> {
                    begun.countDown();
                    go.await();
                    return "done";
                });
            } finally {
                trace.add("after the work");
            }
        });
        loop.turn(false);
        begun.await();
        loop.start("lets it go", () -> {
            try {
                Coroutine.yield();
            } finally {
                go.countDown();
            }
        });
        ShutdownReport report = loop.shutdown(10_000);
        assertEquals(List.of("worker", "lets it go"), names(report.cancelled()));
        assertEquals(List.of("after the work"), trace);
    }

    @Test
    void nothingIsScheduledInAClosedLoop() throws IOException {
        var done = new Completion<Void>();
        loop.shutdown(1);
        var e = assertThrows(IllegalStateException.class, () -> loop.start("late", done::await));
        assertEquals("EventLoop \"test\" is closed and enters nobody any more; coroutine \"late\" (new) was "
                + "to be entered there by 'Home.schedule'. Close a loop when all that stands on it has ended",
                e.getMessage());
        e = assertThrows(IllegalStateException.class, () -> loop.turn(false));
        assertEquals("EventLoop \"test\" is closed, and does not run any more", e.getMessage());
        e = assertThrows(IllegalStateException.class, () -> loop.execute(() -> { }));
        assertTrue(e.getMessage().contains("EventLoop \"test\" is closed, so nobody would call bottom half"),
                e.getMessage());
        assertTrue(loop.shutdown(1).isClean());
    }

    @Test
    void aLoopIsNotClosedByItsOwnHandlers() {
        loop.execute(() -> {
            var e = assertThrows(IllegalStateException.class, () -> loop.shutdown(1));
            assertTrue(e.getMessage().endsWith(" runs it; stop it first"), e.getMessage());
            trace.add("refused");
        });
        loop.turn(false);
        assertEquals(List.of("refused"), trace);
        assertFalse(loop.turn(false));
    }
}
