package dev.pirn.sim;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.pirn.Completion;
import dev.pirn.CoroutineFn;
import dev.pirn.Points;
import dev.pirn.aio.EventLoop;
import dev.pirn.lock.CoMutex;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/** The simulator finds what is wrong: locks that are broken on purpose, each in another way. */
class CanaryTest {
    private static final int SEEDS_MAX = 1000;

    /** Some seed's run fails, with {@code symptom}. */
    private static void assertCaught(String symptom, Consumer<Sim> test) {
        for (int seed = 0; seed < SEEDS_MAX; seed++) {
            try (var sim = Sim.of(seed)) {
                test.accept(sim);
            } catch (AssertionError | IllegalStateException e) {
                assertTrue(e.getMessage().contains(symptom), e.getMessage());
                return;
            }
        }
        throw new AssertionError("not caught in " + SEEDS_MAX + " seeds");
    }

    private interface Lock {
        @CoroutineFn
        void lock();

        @CoroutineFn
        void unlock();
    }

    /** Looks, and takes: another may look in between. */
    private static final class LookThenTake implements Lock {
        private volatile boolean taken;

        @Override
        public void lock() {
            while (taken) EventLoop.yieldTurn();
            Points.point("look then take");
            taken = true;
        }

        @Override
        public void unlock() {
            taken = false;
        }
    }

    /** Looks whether anybody waits, and frees: who comes in between waits for ever. */
    private static final class Forgetful implements Lock {
        private final AtomicBoolean taken = new AtomicBoolean();
        private final AtomicReference<Completion<Void>> waiter = new AtomicReference<>();

        @Override
        public void lock() {
            while (!taken.compareAndSet(false, true)) {
                var mine = new Completion<Void>("the forgetful lock");
                Points.point("held, but not in line yet");
                if (waiter.compareAndSet(null, mine)) mine.join(); else EventLoop.yieldTurn();
            }
        }

        @Override
        public void unlock() {
            Completion<Void> next = waiter.getAndSet(null);
            Points.point("looked who waits");
            taken.set(false);
            if (next != null) next.complete(null);
        }
    }

    /** A line in order; who is cancelled stays in it, and keeps the lock when that is handed to it. */
    private static final class Keeper implements Lock {
        private final ArrayDeque<Completion<Void>> line = new ArrayDeque<>();
        private boolean taken;

        @Override
        public void lock() {
            if (!taken) {
                taken = true;
                return;
            }
            var mine = new Completion<Void>("the keeper");
            line.add(mine);
            mine.join();
        }

        @Override
        public void unlock() {
            while (!line.isEmpty()) if (line.remove().tryComplete(null)) return;
            taken = false;
        }
    }

    /** Coroutines that are in it one at a time, and all come through. */
    private static void exclusive(Sim sim, Lock lock, boolean cancels) {
        var crowd = new Crowd(sim);
        int[] inside = {0};
        for (int i = 0; i < 3; i++) {
            crowd.start("member " + i, () -> {
                crowd.pause();
                lock.lock();
                try {
                    assertEquals(1, ++inside[0], "inside");
                    crowd.pause();
                } finally {
                    inside[0]--;
                    lock.unlock();
                }
            });
        }
        if (cancels) crowd.cancelSome();
        sim.run();
    }

    @Test
    void twoWhoLookAtATime() {
        assertCaught("inside", sim -> exclusive(sim, new LookThenTake(), false));
    }

    @Test
    void aWaiterWhoComesBetweenLookAndFree() {
        assertCaught("waits for the forgetful lock", sim -> exclusive(sim, new Forgetful(), false));
    }

    @Test
    void aLockThatIsKeptByWhoIsCancelled() {
        // In one loop, so that the line itself is safe.
        assertCaught("waits for the keeper", CanaryTest::keeper);
    }

    private static void keeper(Sim sim) {
        EventLoop loop = sim.loop("one");
        var lock = new Keeper();
        for (int i = 0; i < 3; i++) {
            var member = loop.start("member " + i, () -> visit(sim, lock));
            loop.start("canceller " + i, () -> {
                EventLoop.sleep(Duration.ofNanos(sim.random().nextInt(10_000)));
                if (sim.random().nextBoolean()) member.cancel();
            });
        }
        sim.run();
    }

    @CoroutineFn
    private static void visit(Sim sim, Lock lock) {
        lock.lock();
        try {
            EventLoop.sleep(Duration.ofNanos(sim.random().nextInt(10_000)));
        } finally {
            lock.unlock();
        }
    }

    /** Two that take two mutexes in different order, now and then at the same time. */
    @Test
    void aDeadlockIsToldByName() {
        assertCaught("waits for mutex \"right\", held by \"second\", which waits for mutex \"left\", held by "
                + "\"first\"", sim -> {
            var left = new CoMutex("left");
            var right = new CoMutex("right");
            var crowd = new Crowd(sim);
            crowd.start("first", () -> both(crowd, left, right));
            crowd.start("second", () -> both(crowd, right, left));
            sim.run();
        });
    }

    @CoroutineFn
    private static void both(Crowd crowd, CoMutex one, CoMutex other) {
        try (var _ = one.hold()) {
            crowd.pause();
            other.lock();
            other.unlock();
        }
    }

    /** A stack whose pop looks at the top, and takes it: two may take the same. */
    private static final class Stack {
        private volatile List<Integer> elements = List.of();

        void push(int element) {
            var more = new ArrayList<>(elements);
            Points.point("push");
            more.add(element);
            elements = List.copyOf(more);
        }

        Integer pop() {
            List<Integer> now = elements;
            if (now.isEmpty()) return null;
            Points.point("pop");
            elements = now.subList(0, now.size() - 1);
            return now.getLast();
        }
    }

    private static final class StackModel implements History.Model<List<Integer>> {
        @Override
        public List<Integer> start() {
            return List.of();
        }

        @Override
        public List<Integer> after(List<Integer> state, Object operation, History.Outcome outcome) {
            if (operation instanceof Integer pushed) {
                var more = new ArrayList<>(state);
                more.add(pushed);
                return List.copyOf(more);
            }
            if (state.isEmpty()) return outcome.value() == null ? state : null;
            return state.getLast().equals(outcome.value()) ? state.subList(0, state.size() - 1) : null;
        }
    }

    @Test
    void aHistoryThatNoOrderExplains() {
        assertCaught("no order of these operations", sim -> {
            var crowd = new Crowd(sim);
            var stack = new Stack();
            var history = new History();
            for (int i = 0; i < 4; i++) {
                int number = i;
                crowd.start("member " + i, () -> {
                    for (int time = 0; time < 2; time++) {
                        int element = number * 10 + time;
                        history.call(element, () -> {
                            stack.push(element);
                            return null;
                        });
                        crowd.pause();
                        history.call("pop", stack::pop);
                    }
                });
            }
            sim.run();
            history.check(new StackModel());
        });
    }
}
