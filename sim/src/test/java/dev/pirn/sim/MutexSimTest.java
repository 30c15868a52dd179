package dev.pirn.sim;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.pirn.Coroutine;
import dev.pirn.CoroutineFn;
import dev.pirn.lock.CoMutex;
import dev.pirn.lock.CoQueue;
import dev.pirn.sim.junit.SimTest;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;

/** CoMutex and CoQueue, by coroutines of several loops that come, move, and are cancelled at random. */
class MutexSimTest {
    private static final int MEMBERS = 4;
    private static final int TIMES = 3;

    @SimTest(seeds = 5000)
    void oneAtATimeInTheOrderOfAsking(Sim sim) {
        var crowd = new Crowd(sim);
        var mutex = new CoMutex("m");
        var asked = new Asked(true);
        int[] inside = {0};
        for (int i = 0; i < MEMBERS; i++) {
            crowd.start("member " + i, () -> {
                for (int time = 0; time < TIMES; time++) {
                    crowd.pause();
                    if (!lock(crowd, mutex, asked)) continue;
                    try {
                        assertEquals(1, ++inside[0], "inside");
                        sim.trace("in");
                        crowd.pause();
                        assertTrue(mutex.isHeldByCaller());
                    } finally {
                        inside[0]--;
                        mutex.unlock();
                    }
                }
            });
        }
        crowd.cancelSome();
        sim.run();
        assertFalse(mutex.isLocked());
    }

    /** Takes it, in one way or another; false if it was only tried. */
    @CoroutineFn
    private static boolean lock(Crowd crowd, CoMutex mutex, Asked asked) {
        if (crowd.chance(4)) return mutex.tryLock();
        asked.asks();
        try {
            if (crowd.chance(3)) mutex.lockUninterruptibly(); else mutex.lock();
        } catch (CancellationException e) {
            asked.gaveUp();
            throw e;
        }
        asked.has();
        return true;
    }

    /** A box of bounded size: what was put is taken, once, in order, whoever is cancelled. */
    @SimTest(seeds = 5000)
    void nothingIsLostInABox(Sim sim) {
        var crowd = new Crowd(sim);
        var box = new Box(crowd, 1 + crowd.below(2));
        List<Integer> taken = new ArrayList<>();
        int[] put = {0};
        List<Coroutine> takers = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
            takers.add(crowd.start("taker " + i, () -> {
                for (int time = 0; time < 2 * TIMES; time++) {
                    crowd.pause();
                    box.take(taken);
                }
            }));
        }
        crowd.cancelSome(); // Takers alone: the putter goes on while there are any.
        crowd.start("putter", () -> {
            while (takers.stream().anyMatch(each -> each.state() != Coroutine.State.DONE)) {
                crowd.pause();
                if (box.putIfRoom(put[0])) put[0]++;
            }
        });
        sim.run();
        List<Integer> all = new ArrayList<>(taken);
        all.addAll(box.elements);
        for (int i = 0; i < put[0]; i++) assertEquals(i, all.get(i));
        assertEquals(put[0], all.size());
        assertTrue(box.filled.isEmpty());
        assertFalse(box.mutex.isLocked());
    }

    /** All who wait when a restart of all comes go on, one at a time. */
    @SimTest(seeds = 3000)
    void restartAllReachesAllWhoWait(Sim sim) {
        var crowd = new Crowd(sim);
        var mutex = new CoMutex("m");
        var queue = new CoQueue("q");
        boolean[] open = {false};
        int[] inside = {0};
        for (int i = 0; i < MEMBERS; i++) {
            crowd.start("member " + i, () -> {
                crowd.pause();
                try (var _ = mutex.hold()) {
                    while (!open[0]) await(crowd, queue, mutex);
                    assertEquals(1, ++inside[0], "inside");
                    try {
                        crowd.pause();
                    } finally {
                        inside[0]--;
                    }
                }
            });
        }
        crowd.cancelSome();
        crowd.start("opener", () -> {
            crowd.pause();
            try (var _ = mutex.hold()) {
                crowd.pause();
                open[0] = true;
                queue.restartAll();
            }
        });
        sim.run();
        assertTrue(queue.isEmpty());
        assertFalse(mutex.isLocked());
    }

    @CoroutineFn
    private static void await(Crowd crowd, CoQueue queue, CoMutex mutex) {
        try {
            if (crowd.chance(2)) queue.await(mutex); else queue.awaitInFront(mutex);
        } finally {
            assertTrue(mutex.isHeldByCaller(), "who waited has the mutex again, also if it was cancelled");
        }
    }

    /** With room for some, a mutex, and a queue for those who find it empty. */
    private static final class Box {
        final CoMutex mutex = new CoMutex("box");
        final CoQueue filled = new CoQueue("filled");
        final ArrayDeque<Integer> elements = new ArrayDeque<>();
        private final Crowd crowd;
        private final int room;

        Box(Crowd crowd, int room) {
            this.crowd = crowd;
            this.room = room;
        }

        @CoroutineFn
        boolean putIfRoom(int element) {
            try (var _ = mutex.hold()) {
                if (elements.size() == room) return false;
                elements.add(element);
                crowd.pause();
                filled.next();
                return true;
            }
        }

        @CoroutineFn
        void take(List<Integer> taken) {
            try (var _ = mutex.hold()) {
                while (elements.isEmpty()) filled.await(mutex);
                taken.add(elements.remove());
                // For one that was told, and cancelled before it came.
                if (!elements.isEmpty()) filled.next();
            }
        }
    }
}
