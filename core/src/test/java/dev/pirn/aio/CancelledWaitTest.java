package dev.pirn.aio;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.pirn.Completion;
import dev.pirn.Coroutine;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A coroutine that waits in a loop is cancelled: nothing of the wait is left behind. */
class CancelledWaitTest {
    private final LoopRule rule = new LoopRule();
    private final EventLoop loop = rule.loop;

    @AfterEach
    void close() {
        rule.close();
    }

    @Test
    void aCancelledSleeperLeavesNoTimer() {
        rule.run(() -> {
            var sleeper = Coroutine.create("sleeper", () -> EventLoop.sleep(Duration.ofDays(1)));
            sleeper.enter();
            assertTrue(loop.timers.delayNanos(System.nanoTime()) < Long.MAX_VALUE);
            sleeper.cancel();
            assertEquals(Coroutine.State.DONE, sleeper.state());
            assertEquals(Long.MAX_VALUE, loop.timers.delayNanos(System.nanoTime()));
        });
    }

    /**
     * A completion by another thread and a cancellation by the loop's race for one waiter; whoever wins, the
     * wake that was sent meets no later yield, and nobody is entered after his end.
     */
    @Test
    void cancelAndCompletionRace() {
        rule.run(() -> {
            for (int i = 0; i < 3_000; i++) {
                var first = new Completion<Void>();
                var second = new Completion<String>();
                var seen = new ArrayList<String>();
                var co = Coroutine.create("raced", () -> {
                    try {
                        first.await();
                    } catch (CancellationException e) {
                        seen.add("cancelled");
                    }
                    seen.add(second.await());
                });
                co.enter();
                var completer = Thread.startVirtualThread(() -> first.complete(null));
                if (i % 2 == 0) Thread.onSpinWait();
                cancelSwallowed(co);
                completer.join();
                EventLoop.sleep(Duration.ZERO);
                second.complete("second");
                EventLoop.sleep(Duration.ZERO);
                if (co.state() != Coroutine.State.DONE) throw new AssertionError(i + ": " + co + " " + seen);
            }
        });
    }

    /**
     * A thread's cancellation is on its way to the loop while the coroutine is woken, and told of it: when it
     * arrives there is nothing left to tell.
     */
    @Test
    void aCancellationIsToldOnce() {
        rule.run(() -> {
            var first = new Completion<Void>();
            var second = new Completion<String>();
            var seen = new ArrayList<String>();
            var co = Coroutine.create("told", () -> {
                try {
                    first.join();
                } catch (CancellationException e) {
                    seen.add("told");
                }
                seen.add(second.join());
            });
            co.enter();
            var canceller = new Thread(co::cancel);
            canceller.start();
            canceller.join();
            first.complete(null);
            EventLoop.yieldTurn();
            EventLoop.yieldTurn();
            second.complete("second");
            EventLoop.yieldTurn();
            assertEquals(List.of("told", "second"), seen);
        });
    }

    /** It yields again, which is reported unless it had to; both are right here. */
    private static void cancelSwallowed(Coroutine co) {
        try {
            co.cancel();
        } catch (IllegalStateException e) {
            assertTrue(e.getMessage().contains("swallowed its cancellation"), e.getMessage());
        }
    }
}
