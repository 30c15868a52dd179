package dev.pirn;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import org.junit.jupiter.api.Test;

/** What only the thread backend promises. */
class ThreadStackTest {
    private final List<Thread> threads = new ArrayList<>();

    private Coroutine noting(String name) {
        return Coroutine.create(Backend.THREAD, name, () -> {
            threads.add(Thread.currentThread());
            Coroutine.yield();
        });
    }

    @Test
    void theThreadOfAnEndedCoroutineServesTheNext() {
        for (int i = 0; i < 2; i++) {
            var co = noting("n" + i);
            co.enter();
            co.enter();
        }
        assertSame(threads.get(0), threads.get(1));
    }

    @Test
    void twoAliveHaveAThreadEach() {
        var a = noting("a");
        var b = noting("b");
        a.enter();
        b.enter();
        a.enter();
        b.enter();
        assertNotSame(threads.get(0), threads.get(1));
    }

    @Test
    void threadsPastTheBoundEnd() throws InterruptedException {
        var all = new ArrayList<Coroutine>();
        for (int i = 0; i < ThreadStackWorker.IDLE_MAX + 20; i++) all.add(noting("n" + i));
        all.forEach(Coroutine::enter);
        all.forEach(Coroutine::enter);
        int alive = 0;
        for (Thread thread : threads) {
            if (isKept(thread)) alive++; else thread.join();
        }
        assertTrue(alive <= ThreadStackWorker.IDLE_MAX, alive + " kept");
    }

    /** Waits until a worker is parked for its next coroutine, or has ended. */
    private static boolean isKept(Thread thread) {
        while (true) {
            if (thread.getState() == Thread.State.WAITING) return true;
            if (thread.getState() == Thread.State.TERMINATED) return false;
            Thread.onSpinWait();
        }
    }

    @Test
    void neverEnteredTakesNoThread() {
        for (int i = 0; i < 100_000; i++) noting("n");
        assertEquals(List.of(), threads);
    }

    @Test
    void anInterruptOfOneCoroutineIsNoneOfTheNext() {
        Coroutine.create(Backend.THREAD, "a", () -> {
            threads.add(Thread.currentThread());
            Thread.currentThread().interrupt();
        }).enter();
        boolean[] interrupted = {true};
        Coroutine.create(Backend.THREAD, "b", () -> {
            threads.add(Thread.currentThread());
            interrupted[0] = Thread.currentThread().isInterrupted();
        }).enter();
        assertSame(threads.get(0), threads.get(1));
        assertFalse(interrupted[0]);
    }

    @Test
    void anInterruptedCoroutineStillYields() {
        List<Object> trace = new ArrayList<>();
        var co = Coroutine.create(Backend.THREAD, "a", () -> {
            Thread.currentThread().interrupt();
            Coroutine.yield();
            trace.add(Thread.interrupted());
        });
        co.enter();
        co.enter();
        assertEquals(List.of(true), trace);
    }

    /**
     * Locks belong to the coroutine's own thread here, so they hold across a yield: no other backend promises
     * that.
     */
    @Test
    void monitorsAndLocksHoldAcrossAYield() {
        var monitor = new Object();
        var lock = new ReentrantLock();
        List<Object> trace = new ArrayList<>();
        var co = Coroutine.create(Backend.THREAD, "a", () -> {
            synchronized (monitor) {
                lock.lock();
                Coroutine.yield();
                trace.add(Thread.holdsLock(monitor) && lock.isHeldByCurrentThread());
                lock.unlock();
            }
        });
        co.enter();
        assertFalse(Thread.holdsLock(monitor));
        assertFalse(lock.tryLock());
        co.enter();
        assertEquals(List.of(true), trace);
        assertTrue(lock.tryLock());
    }

    @Test
    void yieldsBelowAClassInitialiser() {
        var co = Coroutine.create(Backend.THREAD, "a", () -> threads.add(Initialised.thread));
        co.enter();
        assertEquals(Coroutine.State.SUSPENDED, co.state());
        co.enter();
        assertEquals(1, threads.size());
    }

    private static final class Initialised {
        static final Thread thread;

        static {
            Coroutine.yield();
            thread = Thread.currentThread();
        }
    }
}
