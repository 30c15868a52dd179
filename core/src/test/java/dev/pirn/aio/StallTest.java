package dev.pirn.aio;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The watchdog, with times that the test makes up. */
class StallTest {
    private static final long MS = 1_000_000;

    private final LoopRule rule = new LoopRule();
    private final EventLoop loop = rule.loop;
    private final List<String> log = new ArrayList<>();
    private final Stall stall = new Stall(loop, Duration.ofMillis(100), log::add);

    @AfterEach
    void close() {
        rule.close();
    }

    private void look(long sinceBegin) {
        stall.look(loop.busySinceNanos() + sinceBegin);
    }

    @Test
    void aLoopThatWaitsIsNotStuck() {
        stall.look(System.nanoTime() + 1_000_000 * MS);
        loop.turn(false);
        stall.look(System.nanoTime() + 1_000_000 * MS);
        assertEquals(List.of(), log);
    }

    @Test
    void aTurnWithinTheLimitIsNotSaid() {
        loop.execute(() -> look(100 * MS));
        loop.turn(false);
        assertEquals(List.of(), log);
    }

    @Test
    void aStallIsSaidOnceWithItsStackAndItsCoroutineAndOnceWhenItIsOver() {
        loop.start("culprit", () -> {
            look(101 * MS);
            look(150 * MS);
            look(250 * MS);
        });
        loop.turn(false);
        stall.look(System.nanoTime());
        stall.look(System.nanoTime());
        assertEquals(2, log.size(), log.toString());
        String first = log.getFirst();
        assertTrue(first.startsWith("EventLoop \"test\" is stuck: a turn takes 101 ms, more than 100; "
                + "coroutine \"culprit\" (running) runs, in Thread[#"), first);
        assertTrue(first.contains("\n    at ") && first.contains("dev.pirn.aio.EventLoop.turn("), first);
        assertEquals("EventLoop \"test\" goes on: it was stuck for 250 ms at least", log.getLast());
    }

    @Test
    void aHandlerThatRunsNestedTurnsIsNotStuck() {
        loop.execute(() -> {
            long before = loop.busySinceNanos();
            loop.turn(false);
            assertTrue(loop.busySinceNanos() > before);
        });
        loop.turn(false);
        assertEquals(List.of(), rule.uncaught);
    }

    @Test
    void aLimitIsPositive() {
        var e = assertThrows(IllegalArgumentException.class, () -> loop.watchdog(Duration.ZERO));
        assertEquals("a turn takes longer than PT0S always; give EventLoop \"test\" a positive limit",
                e.getMessage());
    }

    /** The thread itself: a handler is let go by the warning that names it. */
    @Test
    void theWatchdogSeesALoopThatIsStuck() {
        var said = new CountDownLatch(1);
        Watchdog.watch(loop, Duration.ofMillis(5), text -> said.countDown());
        loop.execute(() -> {
            try {
                said.await();
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        });
        loop.turn(false);
        assertEquals(List.of(), rule.uncaught);
    }
}
