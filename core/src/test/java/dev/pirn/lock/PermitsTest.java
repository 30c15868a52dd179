package dev.pirn.lock;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.pirn.Coroutine;
import dev.pirn.aio.EventLoop;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** {@link CoSemaphore} and {@link CoBudget}, and the heart of both. */
class PermitsTest {
    private final Bench bench = new Bench();
    private final CoSemaphore semaphore = new CoSemaphore("s1", 3);
    private final CoBudget budget = new CoBudget("b1", 10);

    @AfterEach
    void close() {
        bench.close();
    }

    private Coroutine wants(String name, long count) {
        return bench.start(name, () -> {
            semaphore.acquire(count);
            bench.say(name);
        });
    }

    @Test
    void servedInTheOrderOfAskingAlsoWhoWantsMany() {
        wants("a", 2);
        wants("b", 3);
        wants("c", 1); // Is there, but b came before.
        assertEquals(List.of("a"), bench.turns());
        assertFalse(semaphore.tryAcquire(1));
        semaphore.release();
        assertEquals(List.of(), bench.turns());
        semaphore.release();
        assertEquals(List.of("b"), bench.turns());
        semaphore.release(3);
        assertEquals(List.of("c"), bench.turns());
        assertEquals(2, semaphore.available());
        assertEquals("semaphore \"s1\" (2 permits, 0 waiting)", semaphore.toString());
    }

    @Test
    void whoGivesUpLetsThoseBehindItOn() {
        wants("a", 2);
        Coroutine b = wants("b", 3);
        wants("c", 1);
        bench.turns();
        b.cancel();
        assertEquals(List.of("c"), bench.turns());
    }

    @Test
    void whoIsCancelledWhenItIsServedGivesBack() {
        Coroutine b = Coroutine.create("b", () -> {
            semaphore.acquire(3);
            bench.say("never");
        });
        bench.start("a", () -> {
            semaphore.acquire(1);
            bench.loop.schedule(b);
            EventLoop.yieldTurn();
            EventLoop.yieldTurn();
            semaphore.release();
            b.cancel();
        });
        bench.turns();
        assertEquals(Coroutine.State.DONE, b.state());
        assertEquals(3, semaphore.available());
    }

    @Test
    void aBudgetKnowsWhatThereIs() {
        bench.start("a", () -> {
            budget.get(7);
            budget.get(4);
            bench.say("a");
        });
        assertEquals(List.of(), bench.turns());
        var e = assertThrows(IllegalStateException.class, budget::close);
        assertEquals("budget \"b1\" (3 of 10 there, 1 waiting) was closed before all was put back",
                e.getMessage());
        budget.put(7);
        assertEquals(List.of("a"), bench.turns());
        assertTrue(budget.tryGet(6));
        assertFalse(budget.tryGet(1));
        budget.put(10);
        budget.close();
    }

    @Test
    void misuse() {
        assertEquals("budget \"b1\" (10 of 10 there, 0 waiting): get of 11, more than there ever is",
                assertThrows(IllegalArgumentException.class, () -> budget.get(11)).getMessage());
        assertEquals("budget \"b1\" (10 of 10 there, 0 waiting): put of 1, but only 0 are out",
                assertThrows(IllegalArgumentException.class, () -> budget.put(1)).getMessage());
        assertEquals("semaphore \"s1\" (3 permits, 0 waiting): release of 0 by " + Thread.currentThread()
                + "; it needs at least 1",
                assertThrows(IllegalArgumentException.class, () -> semaphore.release(0)).getMessage());
        assertThrows(IllegalArgumentException.class, () -> new CoBudget("b", 0));
        assertThrows(IllegalArgumentException.class, () -> new CoSemaphore("s", -1));
    }
}
