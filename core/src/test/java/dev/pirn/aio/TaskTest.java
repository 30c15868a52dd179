package dev.pirn.aio;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.pirn.Completion;
import dev.pirn.Coroutine;
import dev.pirn.Task;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Coroutines with results, and futures, waited for in a loop. */
class TaskTest {
    private final LoopRule rule = new LoopRule();
    private final EventLoop loop = rule.loop;
    private final List<Object> trace = new ArrayList<>();

    @AfterEach
    void close() {
        rule.close();
    }

    @Test
    void aTaskHandsItsResultToAllWhoWait() {
        rule.run(() -> {
            Task<String> task = loop.submit("slow", () -> {
                EventLoop.yieldTurn();
                return "done";
            });
            Task<Void> other = loop.submit("other", () -> {
                trace.add("other " + task.join());
                return null;
            });
            trace.add("test " + task.join());
            trace.add(task.result());
            other.join();
        });
        assertEquals(List.of("other done", "test done", "done"), trace);
    }

    @Test
    void itsFutureIsForThreads() {
        Task<Integer> task = loop.submit("answer", () -> 42);
        assertEquals("the result of coroutine \"answer\" (scheduled), which has not ended; join it first",
                assertThrows(IllegalStateException.class, task::result).getMessage());
        CompletableFuture<String> text = task.future().thenApply(value -> "it is " + value);
        loop.turn(false);
        assertEquals("it is 42", text.join());
        assertTrue(task.isDone());
    }

    @Test
    void whatItThrowsGoesToWhoWaits() {
        rule.run(() -> {
            Task<Void> checked = loop.submit("checked", () -> {
                throw new IOException("disk");
            });
            Task<Void> unchecked = loop.submit("unchecked", () -> {
                throw new ArithmeticException("zero");
            });
            try {
                checked.await();
            } catch (ExecutionException e) {
                trace.add(e.getCause().getMessage());
            }
            try {
                checked.join();
            } catch (CompletionException e) {
                trace.add(e.getCause().getMessage());
            }
            try {
                unchecked.join();
            } catch (ArithmeticException e) {
                trace.add(e.getMessage());
            }
        });
        assertEquals(List.of("disk", "disk", "zero"), trace);
        assertEquals(List.of(), rule.uncaught);
    }

    @Test
    void toCancelTheFutureCancelsTheCoroutine() {
        rule.run(() -> {
            Task<Void> task = loop.submit("sleeper", () -> {
                try {
                    EventLoop.sleep(Duration.ofDays(1));
                } catch (CancellationException e) {
                    trace.add(e.getMessage());
                    throw e;
                }
                return null;
            });
            EventLoop.yieldTurn();
            task.future().cancel(false);
            trace.add(task.coroutine().state());
            try {
                task.join();
            } catch (CancellationException e) {
                trace.add("cancelled");
            }
        });
        assertEquals(List.of("coroutine \"sleeper\" (running) was cancelled while it waited for the end of a "
                + "sleep of 24h", Coroutine.State.DONE, "cancelled"), trace);
    }

    @Test
    void oneThatIsCancelledBeforeItRanIsDone() {
        Task<Void> scheduled = loop.submit("scheduled", () -> {
            trace.add("ran");
            return null;
        });
        scheduled.coroutine().cancel();
        loop.turn(false);
        assertTrue(scheduled.future().isCancelled());
        Task<Void> made = Task.create("made", () -> null);
        made.coroutine().cancel();
        assertTrue(made.future().isCancelled());
        assertTrue(made.isDone());
        assertEquals(List.of(), trace);
    }

    @Test
    void aStageOfAnotherThreadIsAwaitedInTheLoop() {
        rule.run(() -> {
            CompletableFuture<String> page = CompletableFuture.supplyAsync(() -> "page");
            trace.add(EventLoop.await(page));
            assertSame(loop, EventLoop.current());
        });
        assertEquals(List.of("page"), trace);
    }

    @Test
    void whatAStageFailedWithIsNotWrapped() {
        rule.run(() -> {
            CompletableFuture<Void> failed = CompletableFuture.failedFuture(new IOException("net"));
            try {
                EventLoop.await(failed.thenApply(x -> x)); // Wraps it, as dependents do.
            } catch (ExecutionException e) {
                trace.add(e.getCause().toString());
            }
            try {
                EventLoop.await(CompletableFuture.failedFuture(new IllegalStateException("bug")));
            } catch (IllegalStateException e) {
                trace.add(e.getMessage());
            }
        });
        assertEquals(List.of("java.io.IOException: net", "bug"), trace);
    }

    @Test
    void aCancelledWaitLeavesTheStageAloneUnlessItOwnsIt() {
        rule.run(() -> {
            var shared = new CompletableFuture<String>();
            var owned = new CompletableFuture<String>();
            Coroutine one = loop.start("one", () -> EventLoop.await(shared));
            Coroutine two = loop.start("two", () -> EventLoop.awaitOrCancel(owned));
            EventLoop.yieldTurn();
            one.cancel();
            two.cancel();
            assertFalse(shared.isDone());
            assertTrue(owned.isCancelled());
            shared.complete("wakes nobody");
        });
    }

    @Test
    void aTurnIsYieldedToTheOthers() {
        rule.run(() -> {
            Coroutine other = loop.start("other", () -> {
                trace.add("other 1");
                EventLoop.yieldTurn();
                trace.add("other 2");
            });
            trace.add("test 1");
            EventLoop.yieldTurn();
            trace.add("test 2");
            EventLoop.yieldTurn();
            trace.add(other.state());
        });
        assertEquals(List.of("test 1", "other 1", "test 2", "other 2", Coroutine.State.DONE), trace);
    }

    @Test
    void oneThatIsCancelledWhileItYieldsItsTurnIsNotEnteredAgain() {
        rule.run(() -> {
            Coroutine other = loop.start("other", () -> {
                try {
                    EventLoop.yieldTurn();
                } finally {
                    trace.add("told");
                }
            });
            EventLoop.yieldTurn();
            loop.execute(other::cancel);
            EventLoop.yieldTurn();
            trace.add(other.state());
        });
        assertEquals(List.of("told", Coroutine.State.DONE), trace);
    }

    /** Its wake was sent before it was told, and must not meet the next yield. */
    @Test
    void oneThatWasCancelledBeforeItYieldsItsTurnIsNotEnteredTwice() {
        rule.run(() -> {
            Coroutine other = loop.start("other", () -> {
                Coroutine.self().cancel();
                try {
                    EventLoop.yieldTurn();
                } catch (CancellationException e) {
                    trace.add("told");
                }
                EventLoop.yieldTurn();
                trace.add("a turn later");
            });
            while (other.state() != Coroutine.State.DONE) EventLoop.yieldTurn();
        });
        assertEquals(List.of("told", "a turn later"), trace);
    }

    /** A cancelled coroutine may wait in its finally block, if it cannot be disturbed there. */
    @Test
    void aFinallyBlockMayWaitUninterruptibly() {
        rule.run(() -> {
            var cleaned = new Completion<Void>("the end of the cleaning");
            Coroutine other = loop.start("other", () -> {
                try {
                    EventLoop.sleep(Duration.ofDays(1));
                } finally {
                    cleaned.joinUninterruptibly();
                    trace.add("clean");
                }
            });
            EventLoop.yieldTurn();
            other.cancel();
            trace.add(other.state());
            cleaned.complete(null);
            EventLoop.yieldTurn();
            trace.add(other.state());
        });
        assertEquals(List.of(Coroutine.State.SUSPENDED, "clean", Coroutine.State.DONE), trace);
    }
}
