package dev.pirn.aio;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import dev.pirn.Completion;
import dev.pirn.Coroutine;
import dev.pirn.CoroutineFn;
import dev.pirn.Task;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class TimeoutTest {
    private static final Duration LONG = Duration.ofDays(1);
    private static final Duration SHORT = Duration.ofMillis(1);

    private final LoopRule rule = new LoopRule();
    private final EventLoop loop = rule.loop;
    private final List<Object> trace = new ArrayList<>();

    @AfterEach
    void close() {
        assertEquals(Long.MAX_VALUE, loop.timers.delayNanos(System.nanoTime()), "a timer was left");
        rule.close();
    }

    /** What the timeout threw; null if it did not. */
    @CoroutineFn
    private <X extends Exception> TimeoutException late(Duration limit, Task.Body<?, X> body) throws X {
        try {
            trace.add(Timeout.within(limit, "work", body));
            return null;
        } catch (TimeoutException e) {
            return e;
        }
    }

    @Test
    void whatIsInTimeReturns() {
        rule.run(() -> assertNull(late(LONG, () -> {
            EventLoop.sleep(SHORT);
            return "in time";
        })));
        assertEquals(List.of("in time"), trace);
    }

    @Test
    void whatNeedsNoWaitingIsInTimeAtZero() {
        rule.run(() -> assertNull(late(Duration.ZERO, () -> "at once")));
        assertEquals(List.of("at once"), trace);
    }

    @Test
    void whatItThrowsComesOut() {
        rule.run(() -> {
            try {
                Timeout.within(LONG, () -> {
                    EventLoop.yieldTurn();
                    throw new IOException("disk");
                });
            } catch (IOException e) {
                trace.add(e.getMessage());
            }
        });
        assertEquals(List.of("disk"), trace);
    }

    @Test
    void whatIsLateHasCleanedUpBeforeTheCallerGoesOn() {
        rule.run(() -> {
            var e = late(SHORT, () -> {
                try {
                    EventLoop.sleep(LONG);
                } finally {
                    trace.add("cleaned up");
                }
                return null;
            });
            trace.add(e.getMessage());
        });
        assertEquals(List.of("cleaned up", "work took longer than 0.001s: coroutine \"work\" (running) was "
                + "cancelled while it waited for the end of a sleep of 24h"), trace);
    }

    @Test
    void workThatCannotBeDisturbedIsWaitedFor() {
        rule.run(() -> {
            var disk = new Completion<Void>("the disk");
            loop.timer("disk", () -> {
                trace.add("disk");
                disk.complete(null);
            }).arm(20_000_000);
            var e = late(SHORT, () -> {
                disk.joinUninterruptibly();
                EventLoop.sleep(LONG);
                return null;
            });
            trace.add(e.getMessage());
        });
        assertEquals(List.of("disk", "work took longer than 0.001s: coroutine \"work\" (running) was "
                + "cancelled while it waited for the end of a sleep of 24h"), trace);
    }

    @Test
    void aResultThatComesAfterTheLimitIsReported() {
        rule.run(() -> {
            var e = late(SHORT, () -> {
                try {
                    EventLoop.sleep(LONG);
                } catch (CancellationException ignored) {
                    trace.add("ignored");
                }
                return "too late";
            });
            trace.add(e.getMessage());
            trace.add(e.getSuppressed()[0].getMessage());
        });
        assertEquals(List.of("ignored", "work took longer than 0.001s", "work returned too late after "
                + "all, which nobody gets"), trace);
    }

    @Test
    void oneThatSwallowsTheCancellationIsReportedAtOnce() {
        loop.onUncaught((who, failure) -> trace.add(who + ": " + failure.getMessage()));
        rule.run(() -> {
            var e = late(SHORT, () -> {
                try {
                    EventLoop.sleep(LONG);
                } catch (CancellationException ignored) {
                    EventLoop.sleep(SHORT);
                }
                throw new IOException("after all");
            });
            trace.add(e.getMessage());
            for (Throwable each : e.getSuppressed()) trace.add(each.getMessage());
        });
        String swallowed = "coroutine \"work\" (suspended) swallowed its cancellation: it yielded again "
                + "instead of ending; let the CancellationException pass, and yield in no finally block";
        assertEquals(List.of("timer \"limit of work\": " + swallowed, "work took longer than 0.001s",
                swallowed, "after all"), trace);
    }

    @Test
    void aCallerThatIsCancelledWaitsForTheEndOfTheBody() {
        rule.run(() -> {
            var disk = new Completion<Void>("the disk");
            Coroutine caller = loop.start("caller", () -> {
                try {
                    late(LONG, () -> {
                        try {
                            EventLoop.sleep(LONG);
                        } finally {
                            disk.joinUninterruptibly();
                            trace.add("cleaned up");
                        }
                        return null;
                    });
                } finally {
                    trace.add("caller ends");
                }
            });
            EventLoop.yieldTurn();
            caller.cancel();
            trace.add(caller.state());
            disk.complete(null);
            EventLoop.yieldTurn();
            trace.add(caller.state());
        });
        assertEquals(List.of(Coroutine.State.SUSPENDED, "cleaned up", "caller ends", Coroutine.State.DONE),
                trace);
    }

    @Test
    void theInnerOfTwoLimitsIsOverFirst() {
        rule.run(() -> trace.add(Timeout.within(LONG, "outer", () -> {
            var e = late(SHORT, () -> {
                EventLoop.sleep(LONG);
                return null;
            });
            return "outer goes on after " + e.getMessage().substring(0, 16);
        })));
        assertEquals(List.of("outer goes on after work took longer"), trace.stream()
                .map(each -> each.toString().strip()).toList());
    }

    @Test
    void theOuterOfTwoLimitsEndsTheInner() {
        rule.run(() -> {
            var e = late(SHORT, () -> Timeout.within(LONG, "inner", () -> {
                try {
                    EventLoop.sleep(LONG);
                } finally {
                    trace.add("inner cleaned up");
                }
                return null;
            }));
            trace.add(e.getMessage());
        });
        assertEquals(List.of("inner cleaned up", "work took longer than 0.001s: coroutine \"work\" (running) "
                + "was cancelled while it waited for the end of inner, for at most 24h"), trace);
    }
}
