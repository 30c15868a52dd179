package dev.pirn.aio;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;

import dev.pirn.Completion;
import dev.pirn.Coroutine;
import dev.pirn.CoroutineFn;
import dev.pirn.Task;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class GroupTest {
    private static final Duration LONG = Duration.ofDays(1);

    private final LoopRule rule = new LoopRule();
    private final EventLoop loop = rule.loop;
    private final List<Object> trace = new ArrayList<>();

    @AfterEach
    void close() {
        assertEquals(List.of(), rule.uncaught);
        rule.close();
    }

    @CoroutineFn
    private Object sleeps(String name) {
        try {
            EventLoop.sleep(LONG);
        } finally {
            trace.add(name + " cleaned up");
        }
        return null;
    }

    /** What the group threw, with what is suppressed in it. */
    @CoroutineFn
    private void failure(Group.Body<?, Exception> body) {
        try {
            Group.run("g", body);
            trace.add("returned");
        } catch (Exception e) {
            trace.add(e.toString());
            for (Throwable each : e.getSuppressed()) trace.add("suppressed " + each);
        }
    }

    @Test
    void itWaitsForAll() {
        rule.run(() -> {
            String value = Group.run("g", group -> {
                group.start("a", () -> {
                    EventLoop.yieldTurn();
                    group.start("c", () -> trace.add("c"));
                    return trace.add("a");
                });
                group.start("b", () -> trace.add("b"));
                return "body";
            });
            trace.add(value);
        });
        assertEquals(List.of("b", "a", "c", "body"), trace);
    }

    @Test
    void resultsOfChildren() {
        rule.run(() -> {
            trace.add(Group.run("sum", group -> {
                Task<Integer> two = group.start("two", () -> 2);
                Task<Integer> three = group.start("three", () -> 3);
                group.join();
                return two.result() + three.result();
            }));
            trace.add(Group.all("squares", List.of(() -> 1, () -> {
                EventLoop.yieldTurn();
                return 4;
            }, () -> 9)));
        });
        assertEquals(List.of(5, List.of(1, 4, 9)), trace);
    }

    @Test
    void theFirstFailureCancelsTheRestAndIsThrown() {
        rule.run(() -> failure(group -> {
            group.start("a", () -> sleeps("a"));
            group.start("fails", () -> {
                EventLoop.yieldTurn();
                throw new IOException("disk");
            });
            group.start("b", () -> sleeps("b"));
            return null;
        }));
        assertEquals(List.of("a cleaned up", "b cleaned up", "java.io.IOException: disk"), trace);
    }

    @Test
    void laterFailuresAreSuppressed() {
        rule.run(() -> failure(group -> {
            group.start("a", () -> {
                try {
                    return sleeps("a");
                } finally {
                    failNow("a's cleanup");
                }
            });
            group.start("fails", () -> {
                throw new IOException("disk");
            });
            return null;
        }));
        assertEquals(List.of("a cleaned up", "java.io.IOException: disk",
                "suppressed java.lang.ArithmeticException: a's cleanup"), trace);
    }

    private static void failNow(String message) {
        throw new ArithmeticException(message);
    }

    @Test
    void aBodyThatWaitsForTheChildThatFailsThrowsItsException() {
        rule.run(() -> failure(group -> {
            group.start("a", () -> sleeps("a"));
            Task<Void> failing = group.start("fails", () -> {
                throw new IOException("disk");
            });
            return failing.join();
        }));
        assertEquals(List.of("a cleaned up", "java.io.IOException: disk"), trace);
    }

    @Test
    void aBodyThatFailsCancelsTheChildren() {
        rule.run(() -> failure(group -> {
            group.start("a", () -> sleeps("a"));
            group.start("never runs", () -> trace.add("ran"));
            EventLoop.yieldTurn();
            Task<Object> late = group.start("dropped", () -> trace.add("ran"));
            trace.clear();
            trace.add(late.coroutine().state());
            throw new IOException("body");
        }));
        assertEquals(List.of(Coroutine.State.SCHEDULED, "a cleaned up", "java.io.IOException: body"), trace);
    }

    @Test
    void aCallerThatIsCancelledCancelsTheChildrenAndWaitsForThem() {
        rule.run(() -> {
            var disk = new Completion<Void>("the disk");
            Coroutine caller = loop.start("caller", () -> {
                try {
                    Group.run("g", group -> {
                        group.start("a", () -> {
                            try {
                                return sleeps("a");
                            } finally {
                                disk.joinUninterruptibly();
                                trace.add("a's disk");
                            }
                        });
                        group.start("b", () -> sleeps("b"));
                        return null;
                    });
                } catch (CancellationException e) {
                    trace.add(e.getMessage());
                    throw e;
                }
            });
            EventLoop.yieldTurn();
            EventLoop.yieldTurn();
            caller.cancel();
            trace.add(caller.state());
            disk.complete(null);
            EventLoop.yieldTurn();
            trace.add(caller.state());
        });
        assertEquals(List.of("a cleaned up", "b cleaned up", Coroutine.State.SUSPENDED, "a's disk",
                "coroutine \"caller\" (running) was cancelled while it waited for group \"g\" (2 running)",
                Coroutine.State.DONE), trace);
    }

    @Test
    void aLoopThatClosesEndsGroupsAndWhatHasALimit() throws IOException {
        Coroutine caller = loop.start("caller", () -> {
            try {
                Group.<Void, Exception>run("g", group -> {
                    group.start("a", () -> sleeps("a"));
                    group.start("b", () -> Timeout.within(LONG, "b", () -> sleeps("b")));
                    return null;
                });
            } finally {
                trace.add("caller ends");
            }
        });
        loop.turn(false);
        loop.turn(false);
        loop.close();
        assertEquals(List.of("a cleaned up", "b cleaned up", "caller ends"), trace);
        assertEquals(Coroutine.State.DONE, caller.state());
    }

    @Test
    void aChildThatIsCancelledHasNotFailed() {
        rule.run(() -> failure(group -> {
            Task<Object> one = group.start("one", () -> sleeps("one"));
            group.start("two", () -> {
                EventLoop.yieldTurn();
                EventLoop.yieldTurn();
                return trace.add("two");
            });
            EventLoop.yieldTurn();
            one.future().cancel(false);
            return null;
        }));
        assertEquals(List.of("one cleaned up", "two", "returned"), trace);
    }

    @Test
    void aGroupThatWasLeftStartsNoMore() {
        rule.run(() -> {
            var kept = new ArrayList<Group<Exception>>();
            Group.<Void, Exception>run("g", group -> {
                kept.add(group);
                return null;
            });
            try {
                kept.getFirst().start("late", () -> null);
            } catch (IllegalStateException e) {
                trace.add(e.getMessage());
            }
        });
        assertEquals(List.of("\"late\" was started in group \"g\" (0 running), which was left: all its "
                + "children have ended"), trace);
    }

    @Test
    void aChildMayNotJoinItsGroup() {
        rule.run(() -> failure(group -> {
            group.start("child", () -> {
                group.join();
                return null;
            });
            return null;
        }));
        assertEquals(List.of("java.lang.IllegalStateException: coroutine \"child\" (running) joins group "
                + "\"g\" (1 running), which is for coroutine \"test\" (suspended) alone; wait for one task"),
                trace);
    }

    @Test
    void theSameExceptionFromTwoChildrenIsThrownOnce() {
        rule.run(() -> {
            var same = new IOException("disk");
            try {
                Group.<Void, IOException>run("g", group -> {
                    group.start("a", () -> {
                        throw same;
                    });
                    group.start("b", () -> {
                        throw same;
                    });
                    return null;
                });
            } catch (IOException e) {
                assertSame(same, e);
                trace.add(e.getSuppressed().length);
            }
        });
        assertEquals(List.of(0), trace);
    }
}
