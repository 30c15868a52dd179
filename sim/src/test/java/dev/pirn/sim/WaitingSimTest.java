package dev.pirn.sim;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.pirn.Completion;
import dev.pirn.Coroutine;
import dev.pirn.CoroutineFn;
import dev.pirn.Task;
import dev.pirn.aio.EventLoop;
import dev.pirn.aio.Group;
import dev.pirn.aio.ThreadPool;
import dev.pirn.aio.Timeout;
import dev.pirn.sim.junit.SimTest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.TimeoutException;

/** Completions, groups, time limits and pools of several loops. */
class WaitingSimTest {
    /** Several would complete it, one does; and that is what the waiter gets, unless it was cancelled. */
    @SimTest(seeds = 3000)
    void oneCompletes(Sim sim) {
        var crowd = new Crowd(sim);
        var completion = new Completion<Integer>("the number");
        List<Integer> winners = new ArrayList<>();
        List<Integer> told = new ArrayList<>();
        crowd.start("waiter", () -> {
            crowd.pause();
            told.add(completion.join());
        });
        crowd.cancelSome();
        for (int i = 0; i < 3; i++) {
            int number = i;
            crowd.start("completer " + i, () -> {
                crowd.pause();
                if (completion.tryComplete(number)) winners.add(number);
            });
        }
        sim.run();
        assertTrue(winners.size() <= 1, winners.toString());
        if (!told.isEmpty()) assertEquals(winners, told);
    }

    private static final class Broken extends Exception {
        private static final long serialVersionUID = 1;
        final int child;

        Broken(int child) {
            super("child " + child);
            this.child = child;
        }
    }

    /** When the group is left all children have ended; the first failure is told. */
    @SimTest(seeds = 4000)
    void aGroupIsLeftWhenAllHaveEnded(Sim sim) {
        var crowd = new Crowd(sim);
        List<Integer> failed = new ArrayList<>();
        int[] live = {0};
        crowd.start("parent", () -> {
            try {
                List<Integer> results = Group.all("g", List.of(child(crowd, 0, live, failed),
                        child(crowd, 1, live, failed), child(crowd, 2, live, failed)));
                assertEquals(List.of(0, 1, 2), results);
                assertEquals(List.of(), failed);
            } catch (Broken e) {
                assertEquals(failed.getFirst(), e.child);
            } finally {
                assertEquals(0, live[0], "live children");
            }
        });
        crowd.cancelSome();
        sim.run();
    }

    private static Task.Body<Integer, Broken> child(Crowd crowd, int number, int[] live,
            List<Integer> failed) {
        return () -> {
            live[0]++;
            try {
                for (int i = 0; i < 3; i++) EventLoop.sleep(Duration.ofNanos(crowd.below(2000)));
                if (!crowd.chance(4)) return number;
                failed.add(number);
                throw new Broken(number);
            } finally {
                live[0]--;
            }
        };
    }

    /** Either what the body returned, or that it was late; and it has ended in any case. */
    @SimTest(seeds = 3000)
    void aTimeLimitEndsWhatItGaveUp(Sim sim) {
        var crowd = new Crowd(sim);
        for (int i = 0; i < 2; i++) {
            crowd.start("caller " + i, () -> {
                boolean[] ended = {false};
                var limit = Duration.ofNanos(crowd.below(3_000_000));
                try {
                    assertEquals(7, Timeout.within(limit, () -> body(crowd, ended)));
                } catch (TimeoutException e) {
                    sim.trace("late");
                } finally {
                    assertTrue(ended[0], "the body has ended");
                }
            });
        }
        crowd.cancelSome();
        sim.run();
    }

    @CoroutineFn
    private static int body(Crowd crowd, boolean[] ended) {
        try {
            EventLoop.sleep(Duration.ofNanos(crowd.below(3_000_000)));
            return 7;
        } finally {
            ended[0] = true;
        }
    }

    /** What was cancelled before it began does not run; what ran is counted, and comes to its caller. */
    @SimTest(seeds = 3000)
    void aPoolRunsWhatWasNotCancelledBefore(Sim sim) {
        var crowd = new Crowd(sim);
        try (var pool = ThreadPool.of("pool", 1 + crowd.below(2), 1 + crowd.below(2))) {
            int[] ran = {0};
            int[] returned = {0};
            for (int i = 0; i < 4; i++) {
                int number = i;
                crowd.start("caller " + i, () -> {
                    for (int time = 0; time < 2; time++) {
                        crowd.pause();
                        int asked = number * 10 + time;
                        assertEquals(asked, pool.call(() -> {
                            ran[0]++;
                            return asked;
                        }));
                        returned[0]++;
                    }
                });
            }
            crowd.cancelSome();
            sim.run();
            ThreadPool.Metrics after = pool.metrics();
            assertTrue(returned[0] <= ran[0], returned[0] + " of " + ran[0]);
            assertEquals(0, after.waiting() + after.queued() + after.running(), after.toString());
            assertEquals(ran[0], after.completed(), after.toString());
        }
    }

    /** Who moves between loops is in one at a time, and the loops' own order holds. */
    @SimTest(seeds = 2000)
    void whoMovesIsNowhereTwice(Sim sim) {
        var crowd = new Crowd(sim);
        for (int i = 0; i < 3; i++) {
            crowd.start("traveller " + i, () -> {
                for (int time = 0; time < 5; time++) {
                    EventLoop to = crowd.anyLoop();
                    try {
                        EventLoop.rescheduleSelf(to);
                        assertEquals(to, EventLoop.current());
                    } catch (CancellationException e) {
                        assertEquals(Coroutine.self().home(), EventLoop.current());
                        throw e;
                    }
                }
            });
        }
        crowd.cancelSome();
        sim.run();
    }
}
