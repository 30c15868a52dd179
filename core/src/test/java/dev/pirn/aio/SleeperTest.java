package dev.pirn.aio;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.pirn.Coroutine;
import dev.pirn.CoroutineFn;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class SleeperTest {
    private static final Duration LONG = Duration.ofDays(1);

    private final LoopRule rule = new LoopRule();
    private final EventLoop loop = rule.loop;
    private final Sleeper sleeper = new Sleeper();
    private final List<Object> trace = new ArrayList<>();

    @AfterEach
    void close() {
        rule.close();
    }

    @Test
    void wokenBeforeTheTimeIsOver() {
        rule.run(() -> {
            loop.execute(() -> trace.add(sleeper.wake()));
            trace.add(sleeper.sleep(LONG));
        });
        assertEquals(List.of(true, true), trace);
        assertEquals(Long.MAX_VALUE, loop.timers.delayNanos(System.nanoTime()));
    }

    @Test
    void theTimeIsOverBeforeTheWake() {
        rule.run(() -> trace.add(sleeper.sleep(Duration.ofNanos(1))));
        assertEquals(List.of(false), trace);
        assertFalse(sleeper.wake());
    }

    /** QEMU's wake is idempotent: the second finds a sleeper that is on its way, and enters nobody. */
    @Test
    void theSecondWakeDoesNothing() {
        rule.run(() -> {
            loop.execute(() -> trace.addAll(List.of(sleeper.wake(), sleeper.wake())));
            sleeper.sleep();
            trace.add("awake");
            EventLoop.yieldTurn(); // A second entry would end this one too early, or find it gone.
            trace.add("a turn later");
        });
        assertEquals(List.of("awake", true, false, "a turn later"), trace);
    }

    @Test
    void aWakeWithNobodyAsleepIsNotRemembered() {
        rule.run(() -> {
            assertFalse(sleeper.wake());
            trace.add(sleeper.sleep(Duration.ofNanos(1)));
        });
        assertEquals(List.of(false), trace);
    }

    @Test
    void wakesFromAnotherThread() {
        rule.run(() -> {
            var waker = new Thread(() -> {
                while (!sleeper.wake()) Thread.onSpinWait();
            });
            waker.start();
            assertTrue(sleeper.sleep(LONG));
        });
    }

    @Test
    void aSecondSleeperIsRefused() {
        rule.run(() -> {
            Coroutine first = loop.start("first", sleeper::sleep);
            EventLoop.yieldTurn();
            assertEquals("coroutine \"test\" (running) sleeps where coroutine \"first\" (suspended) sleeps "
                    + "already; make a Sleeper for each", refusal());
            sleeper.wake();
            EventLoop.yieldTurn();
            assertEquals(Coroutine.State.DONE, first.state());
        });
    }

    @CoroutineFn
    private String refusal() {
        try {
            sleeper.sleep(LONG);
            return "none";
        } catch (IllegalStateException e) {
            return e.getMessage();
        }
    }

    @Test
    void oneThatIsCancelledLeavesNothing() {
        rule.run(() -> {
            Coroutine first = loop.start("first", () -> sleeper.sleep(LONG));
            EventLoop.yieldTurn();
            first.cancel();
            assertFalse(sleeper.wake());
            assertFalse(sleeper.sleep(Duration.ofNanos(1)));
        });
        assertEquals(Long.MAX_VALUE, loop.timers.delayNanos(System.nanoTime()));
    }
}
