package dev.pirn.lock;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.pirn.Coroutine;
import dev.pirn.CoroutineFn;
import dev.pirn.aio.EventLoop;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class CoMutexTest {
    private final Bench bench = new Bench();
    private final CoMutex mutex = new CoMutex("m1");

    @AfterEach
    void close() {
        bench.close();
    }

    private final List<String> log = new ArrayList<>();

    // @start region="mutex"
    /** Two lines that stay together, whoever else adds one, though it yields between them. */
    @CoroutineFn
    private void addBoth(String first, String second) {
        try (var _ = mutex.hold()) {
            log.add(first);
            EventLoop.yieldTurn();
            log.add(second);
        }
    }
    // @end

    @Test
    void whatIsDoneUnderItStaysTogether() {
        bench.start("a", () -> addBoth("a1", "a2"));
        bench.start("b", () -> addBoth("b1", "b2"));
        bench.turns();
        assertEquals(List.of("a1", "a2", "b1", "b2"), log);
    }

    /** Takes the mutex, and yields once with it. */
    private Coroutine user(String name) {
        return bench.start(name, () -> {
            mutex.lock();
            bench.say(name + " has it");
            Coroutine.yield();
            bench.say(name + " unlocks");
            mutex.unlock();
            bench.say(name + " goes on");
        });
    }

    @Test
    void handedOverInTheOrderOfAsking() {
        Coroutine a = user("a");
        Coroutine b = user("b");
        Coroutine c = user("c");
        assertEquals(List.of("a has it"), bench.turns());
        bench.loop.schedule(a);
        assertEquals(List.of("a unlocks", "a goes on", "b has it"), bench.turns());
        bench.loop.schedule(b);
        Coroutine d = user("d");
        assertEquals(List.of("b unlocks", "b goes on", "c has it"), bench.turns());
        bench.loop.schedule(c);
        bench.turns();
        bench.loop.schedule(d);
        bench.turns();
        assertFalse(mutex.isLocked());
    }

    /** Who unlocks and asks again comes after those who wait. */
    @Test
    void nobodyGetsInBetweenAHandOver() {
        user("a");
        bench.start("b", () -> {
            mutex.lock();
            bench.say("b has it");
            mutex.unlock();
        });
        bench.turns();
        bench.start("c", () -> {
            bench.say(mutex.tryLock());
            bench.loop.schedule(first());
        });
        assertEquals(List.of(false, "a unlocks", "a goes on", "b has it"), bench.turns());
    }

    private Coroutine first() {
        return mutex.holders().getFirst();
    }

    @Test
    void tryLockAndTheGuard() {
        bench.start("a", this::tries);
        assertEquals(List.of(true, true, false, false), bench.turns());
    }

    // region mutex
    @CoroutineFn
    private void change(List<String> shared) {
        try (var _ = mutex.hold()) {
            shared.add("begun");
            Coroutine.yield(); // Nobody else gets in meanwhile.
            shared.add("done");
        }
    }
    // endregion

    @CoroutineFn
    private void tries() {
        bench.say(mutex.tryLock());
        bench.say(mutex.isHeldByCaller());
        mutex.unlock();
        bench.say(mutex.isHeldByCaller());
        bench.say(mutex.isLocked());
    }

    @Test
    void theGuardUnlocks() {
        List<String> shared = new ArrayList<>();
        Coroutine a = bench.start("a", () -> change(shared));
        bench.start("b", () -> change(shared));
        bench.turns();
        assertEquals(List.of("begun"), shared);
        bench.loop.schedule(a);
        bench.turns();
        assertEquals(List.of("begun", "done", "begun"), shared);
    }

    @Test
    void whoIsCancelledLeavesTheLine() {
        Coroutine a = user("a");
        Coroutine b = user("b");
        Coroutine c = user("c");
        bench.turns();
        b.cancel();
        bench.turns();
        assertEquals(Coroutine.State.DONE, b.state());
        bench.loop.schedule(a);
        assertEquals(List.of("a unlocks", "a goes on", "c has it"), bench.turns());
        bench.loop.schedule(c);
        bench.turns();
    }

    /** b is told that it has the mutex, and is cancelled before it runs: c gets it. */
    @Test
    void whoIsCancelledAtTheHandOverPassesItOn() {
        Coroutine b = Coroutine.create("b", () -> {
            try {
                mutex.lock();
                bench.say("b has it");
            } catch (CancellationException e) {
                bench.say("b is cancelled");
                throw e;
            }
        });
        bench.start("a", () -> {
            mutex.lock();
            Coroutine.yield();
            mutex.unlock();
            b.cancel();
            bench.say("a goes on");
        });
        bench.loop.schedule(b);
        bench.start("c", () -> {
            mutex.lock();
            bench.say("c has it");
            mutex.unlock();
        });
        bench.turns();
        bench.loop.schedule(first());
        assertEquals(List.of("a goes on", "b is cancelled", "c has it"), bench.turns());
        assertFalse(mutex.isLocked());
    }

    /** A thousand who give up while it is held for long leave nothing behind. */
    @Test
    void whoGivesUpLeavesNothing() {
        Coroutine a = user("a");
        bench.turns();
        for (int i = 0; i < 1000; i++) {
            Coroutine each = user("each");
            bench.turns();
            each.cancel();
        }
        assertTrue(mutex.length() <= 16, "length " + mutex.length());
        Coroutine last = user("last");
        bench.turns();
        bench.loop.schedule(a);
        assertEquals(List.of("a unlocks", "a goes on", "last has it"), bench.turns());
        bench.loop.schedule(last);
        bench.turns();
    }

    private void refused(String text, Runnable act) {
        bench.start("x", () -> {
            var e = assertThrows(IllegalStateException.class, act::run);
            assertEquals(text, e.getMessage());
            bench.say("refused");
        });
        assertEquals(List.of("refused"), bench.turns());
    }

    @Test
    void unlockByWhoDoesNotHoldIt() {
        refused("CoMutex.unlock of mutex \"m1\" was called by coroutine \"x\" (running), which does not hold "
                + "it: nobody does; lock it first, in the same coroutine", mutex::unlock);
        user("a");
        bench.turns();
        refused("CoMutex.unlock of mutex \"m1\" was called by coroutine \"x\" (running), which does not hold "
                + "it: coroutine \"a\" (suspended) does; lock it first, in the same coroutine",
                mutex::unlock);
        refused("CoMutex.requireHeld of mutex \"m1\" was called by coroutine \"x\" (running), which does not "
                + "hold it: coroutine \"a\" (suspended) does; lock it first, in the same coroutine",
                mutex::requireHeld);
    }

    @Test
    void lockOutsideOfCoroutines() {
        var e = assertThrows(IllegalStateException.class, mutex::tryLock);
        assertEquals("CoMutex.tryLock of mutex \"m1\" was called outside of any coroutine, in "
                + Thread.currentThread() + "; call it in a coroutine", e.getMessage());
    }

    @Test
    void lockByItsHolder() {
        bench.start("x", () -> {
            mutex.lock();
            var e = assertThrows(IllegalStateException.class, mutex::lock);
            bench.say(e.getMessage());
            mutex.unlock();
        });
        assertEquals(List.of("coroutine \"x\" (running) locks mutex \"m1\", which it holds already: it would "
                + "wait for itself"), bench.turns());
    }

    @Test
    void endedHoldingIt() {
        bench.start("x", () -> {
            mutex.lock();
            new CoMutex("m2").lock();
        });
        assertEquals(List.of("coroutine \"x\" (running) ended holding mutex \"m2\", mutex \"m1\"; unlock in "
                + "a finally block. It stays locked: what it guards may be half changed"), bench.turns());
        assertTrue(mutex.isLocked());
    }

    @Test
    void whatTheBodyThrewIsTheCauseOfThat() {
        var co = Coroutine.create("x", () -> {
            mutex.lock();
            throw new IllegalArgumentException("body");
        });
        var e = assertThrows(IllegalStateException.class, co::enter);
        assertEquals("body", e.getCause().getMessage());
    }

    @Test
    void unlockedInAnyOrder() {
        var other = new CoMutex("m2");
        var third = new CoMutex("m3");
        bench.start("x", () -> {
            mutex.lock();
            other.lock();
            third.lock();
            other.unlock();
            mutex.unlock();
            third.unlock();
        });
        assertEquals(List.of(), bench.turns());
    }
}
