package dev.pirn.lock;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.pirn.Coroutine;
import dev.pirn.CoroutineFn;
import java.util.ArrayDeque;
import java.util.List;
import java.util.concurrent.CancellationException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class CoQueueTest {
    private final Bench bench = new Bench();
    private final CoMutex mutex = new CoMutex("m1");
    private final CoQueue queue = new CoQueue("q1");

    @AfterEach
    void close() {
        bench.close();
    }

    private Coroutine waiter(String name) {
        return bench.start(name, () -> {
            mutex.lock();
            try {
                queue.await(mutex);
                bench.say(name + " goes on, " + mutex.isHeldByCaller());
            } catch (CancellationException e) {
                bench.say(name + " is cancelled, " + mutex.isHeldByCaller());
                throw e;
            } finally {
                mutex.unlock();
            }
        });
    }

    // @start region="queue"
    private final ArrayDeque<String> box = new ArrayDeque<>();

    @CoroutineFn
    private String take() {
        try (var _ = mutex.hold()) {
            while (box.isEmpty()) queue.await(mutex);
            return box.poll();
        }
    }

    @CoroutineFn
    private void put(String what) {
        try (var _ = mutex.hold()) {
            box.add(what);
            queue.next();
        }
    }
    // @end

    @Test
    void aBoxBetweenTwo() {
        bench.start("taker", () -> bench.say(take()));
        bench.start("putter", () -> put("x"));
        assertEquals(List.of("x"), bench.turns());
    }

    @Test
    void nextRestartsTheFirst() {
        waiter("a");
        waiter("b");
        bench.turns();
        assertTrue(queue.next());
        assertEquals(List.of("a goes on, true"), bench.turns());
        assertTrue(queue.next());
        assertEquals(List.of("b goes on, true"), bench.turns());
        assertFalse(queue.next());
        assertTrue(queue.isEmpty());
        assertFalse(mutex.isLocked());
    }

    @Test
    void whoWaitsInFrontComesFirst() {
        waiter("a");
        bench.start("b", () -> {
            mutex.lock();
            queue.awaitInFront(mutex);
            bench.say("b");
            mutex.unlock();
        });
        bench.turns();
        queue.next();
        assertEquals(List.of("b"), bench.turns());
        queue.next();
        assertEquals(List.of("a goes on, true"), bench.turns());
    }

    /** All are restarted; each runs when it has the mutex, and not before. */
    @Test
    void restartAllWakesOneAtATime() {
        for (String each : List.of("a", "b", "c")) waiter(each);
        Coroutine d = bench.start("d", () -> {
            mutex.lock();
            bench.say(queue.restartAll() + " restarted");
            Coroutine.yield();
            mutex.unlock();
            bench.say("d unlocks");
        });
        assertEquals(List.of("3 restarted"), bench.turns());
        bench.loop.schedule(d);
        assertEquals(List.of("d unlocks", "a goes on, true", "b goes on, true", "c goes on, true"),
                bench.turns());
    }

    @Test
    void withoutMutexInOneLoop() {
        bench.start("a", () -> {
            queue.await(null);
            bench.say("a");
        });
        bench.turns();
        assertEquals(1, queue.restartAll());
        assertEquals(List.of("a"), bench.turns());
    }

    @Test
    void whoIsCancelledHasTheMutexWhenItIsTold() {
        Coroutine a = waiter("a");
        waiter("b");
        bench.turns();
        a.cancel();
        assertEquals(List.of("a is cancelled, true"), bench.turns());
        queue.next();
        assertEquals(List.of("b goes on, true"), bench.turns());
        assertFalse(mutex.isLocked());
    }

    /** It takes the mutex back first, which another holds across a yield. */
    @Test
    void whoIsCancelledWaitsForTheMutex() {
        Coroutine a = waiter("a");
        bench.turns();
        Coroutine holder = bench.start("holder", () -> {
            mutex.lock();
            Coroutine.yield();
            bench.say("holder unlocks");
            mutex.unlock();
        });
        bench.turns();
        a.cancel();
        assertEquals(List.of(), bench.turns());
        bench.loop.schedule(holder);
        assertEquals(List.of("holder unlocks", "a is cancelled, true"), bench.turns());
    }

    /** The restart that came to one who is cancelled before it runs goes on to the next. */
    @Test
    void aRestartIsNotLostWithWhoIsCancelled() {
        Coroutine a = waiter("a");
        waiter("b");
        bench.turns();
        bench.start("c", () -> {
            mutex.lock();
            queue.next();
            mutex.unlock();
            a.cancel();
        });
        assertEquals(List.of("a is cancelled, true", "b goes on, true"), bench.turns());
        assertFalse(mutex.isLocked());
    }

    /** The same, while it waits for the mutex. */
    @Test
    void aRestartIsNotLostInTheMutexsLine() {
        Coroutine a = waiter("a");
        waiter("b");
        bench.turns();
        Coroutine c = bench.start("c", () -> {
            mutex.lock();
            queue.next();
            Coroutine.yield();
            mutex.unlock();
        });
        bench.turns();
        a.cancel();
        bench.turns();
        bench.loop.schedule(c);
        assertEquals(List.of("b goes on, true", "a is cancelled, true"), bench.turns());
        assertFalse(mutex.isLocked());
    }

    @Test
    void awaitWithoutTheMutex() {
        bench.start("x", () -> {
            var e = assertThrows(IllegalStateException.class, () -> queue.await(mutex));
            bench.say(e.getMessage());
        });
        assertEquals(List.of("CoMutex.requireHeld of mutex \"m1\" was called by coroutine \"x\" (running), "
                + "which does not hold it: nobody does; lock it first, in the same coroutine"),
                bench.turns());
        assertTrue(queue.isEmpty());
    }

    @Test
    void awaitOutsideOfLoops() {
        var e = assertThrows(IllegalStateException.class, () -> queue.await(null));
        assertEquals("CoQueue.await of queue \"q1\" outside of a coroutine that runs in an event loop, by "
                + Thread.currentThread() + "; start it with EventLoop.start", e.getMessage());
    }
}
