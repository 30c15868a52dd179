package dev.pirn.aio;

import dev.pirn.Completion;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.pirn.Coroutine;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class CompletionTest {
    private final LoopRule rule = new LoopRule();
    private final List<Object> trace = new ArrayList<>();

    @AfterEach
    void close() {
        rule.close();
    }

    @Test
    void completedBeforeTheAwaitDoesNotYield() {
        rule.run(() -> {
            var done = new Completion<String>();
            done.complete("early");
            assertTrue(done.isDone());
            rule.loop.execute(() -> trace.add("another turn"));
            assertEquals("early", done.await());
            assertEquals(List.of(), trace);
        });
    }

    @Test
    void completedAfterTheAwaitWakes() {
        rule.run(() -> {
            var done = new Completion<String>();
            assertFalse(done.isDone());
            rule.loop.execute(() -> done.complete("late"));
            assertEquals("late", done.await());
        });
    }

    @Test
    void completedByAnotherThreadGoesOnInTheLoop() {
        Thread me = Thread.currentThread();
        rule.run(() -> {
            var done = new Completion<Void>();
            new Thread(() -> done.complete(null)).start();
            assertNull(done.await());
            assertSame(me, Thread.currentThread());
        });
    }

    /**
     * The window between the await's mark and its yield is hit by a thread that completes at once, many
     * times.
     */
    @Test
    void completionFasterThanTheYieldIsNotLost() {
        rule.run(() -> {
            for (int i = 0; i < 5_000; i++) {
                var done = new Completion<Integer>();
                int number = i;
                Thread.startVirtualThread(() -> done.complete(number));
                assertEquals(i, done.await());
            }
        });
    }

    @Test
    void failuresAreThrown() {
        rule.run(() -> {
            var checked = new Completion<Void>();
            checked.fail(new IOException("disk"));
            assertEquals("disk", assertThrows(ExecutionException.class, checked::await).getCause()
                    .getMessage());
            var unchecked = new Completion<Void>();
            unchecked.fail(new ArithmeticException("zero"));
            assertThrows(ArithmeticException.class, unchecked::await);
        });
    }

    @Test
    void completingTwiceIsRefused() {
        var done = new Completion<String>();
        done.complete("first");
        var e = assertThrows(IllegalStateException.class, () -> done.complete("second"));
        assertEquals("a completion was completed twice, with first and now with second; make one for each "
                + "wait",
                e.getMessage());
    }

    @Test
    void whoeverIsFirstIsTold() {
        rule.run(() -> {
            var done = new Completion<String>();
            assertTrue(done.tryComplete("first"));
            assertFalse(done.tryComplete("second"));
            assertFalse(done.tryFail(new IOException("third")));
            assertEquals("first", done.join());
            var failed = new Completion<String>();
            assertTrue(failed.tryFail(new IOException("disk")));
            assertFalse(failed.tryComplete("late"));
            try {
                failed.join();
            } catch (CompletionException e) {
                trace.add(e.getCause().getMessage());
            }
        });
        assertEquals(List.of("disk"), trace);
    }

    @Test
    void awaitingTwiceIsRefused() {
        rule.run(() -> {
            var done = new Completion<Void>();
            rule.loop.execute(() -> {
                var other = Coroutine.create("other", () -> {
                    var e = assertThrows(IllegalStateException.class, done::await);
                    assertEquals("await by coroutine \"other\" (running) of a completion that coroutine "
                            + "\"test\" (suspended) awaits", e.getMessage());
                    done.complete(null);
                });
                other.enter();
            });
            done.await();
            assertThrows(IllegalStateException.class, done::await);
        });
    }

    @Test
    void aStrayEnterIsReportedToWhoeverWaits() {
        rule.run(() -> {
            Coroutine self = Coroutine.self();
            var done = new Completion<Void>();
            rule.loop.execute(self::enter);
            var e = assertThrows(IllegalStateException.class, done::await);
            assertEquals("coroutine \"test\" (running) was entered while it awaited a completion that is "
                    + "still pending; only the completion may wake it: pair each wake with one "
                    + "yield", e.getMessage());
            done.complete(null); // Wakes nobody.
        });
    }

    @Test
    void awaitOutsideOfALoopIsRefused() {
        assertThrows(IllegalStateException.class, new Completion<Void>()::await);
        var homeless = Coroutine.create("homeless",
                () -> assertThrows(IllegalStateException.class, new Completion<Void>()::await));
        homeless.enter();
        assertEquals(Coroutine.State.DONE, homeless.state());
    }
}
