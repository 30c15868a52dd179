package dev.pirn.lock;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import dev.pirn.Coroutine;
import dev.pirn.CoroutineFn;
import dev.pirn.Task;
import dev.pirn.aio.EventLoop;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CancellationException;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Loops in threads of their own that want one mutex (QEMU's test-aio-multithread). */
class CoMutexStressTest {
    private static final int ROUNDS = Boolean.getBoolean("pirn.long") ? 2_000_000 : 20_000;

    private final CoMutex mutex = new CoMutex("m");
    private final AtomicLong entered = new AtomicLong();
    private long counter; // Guarded by the mutex, and by nothing else.

    /** {@code /mutex/contended} with five loops, {@code /mutex/handoff} with two. */
    @ParameterizedTest
    @CsvSource({"2, 1", "2, 4", "3, 2", "5, 1", "5, 3"})
    void nobodyIsInItWithAnother(int loopCount, int coroutinesEach) throws Exception {
        try (var loops = new Loops(loopCount)) {
            var tasks = new ArrayList<Task<Void>>();
            for (EventLoop loop : loops.loops) {
                for (int i = 0; i < coroutinesEach; i++) {
                    tasks.add(loop.submit("user", () -> use(ROUNDS / coroutinesEach)));
                }
            }
            for (Task<Void> each : tasks) each.future().get();
        }
        assertEquals(entered.get(), counter);
        assertFalse(mutex.isLocked());
    }

    @CoroutineFn
    private Void use(int rounds) {
        for (int i = 0; i < rounds; i++) {
            mutex.lock();
            counter++;
            mutex.unlock();
            entered.incrementAndGet();
            if (i % 64 == 0) EventLoop.yieldTurn();
        }
        return null;
    }

    /** Some hold it across turns, some are cancelled: who was cancelled has not got it, and nobody hangs. */
    @ParameterizedTest
    @CsvSource({"2, 101", "3, 102", "5, 103"})
    void cancelledMeanwhile(int loopCount, long seed) throws Exception {
        try (var loops = new Loops(loopCount)) {
            var users = new ArrayList<Task<Void>>();
            for (int i = 0; i < loopCount; i++) {
                var random = new Random(seed + i);
                users.add(loops.loops.get(i).submit("user " + i, () -> giveUpNowAndThen(random)));
            }
            for (Task<Void> each : users) each.future().get();
        }
        assertEquals(entered.get(), counter, "seed " + seed);
        assertFalse(mutex.isLocked());
    }

    @CoroutineFn
    private Void giveUpNowAndThen(Random random) throws Exception {
        EventLoop loop = EventLoop.current();
        for (int i = 0; i < ROUNDS / 20; i++) {
            var once = new ArrayList<Task<Void>>();
            for (int j = 0; j < 3; j++) once.add(loop.submit("once", () -> once(random)));
            if (random.nextBoolean()) EventLoop.yieldTurn();
            once.get(random.nextInt(3)).coroutine().cancel();
            for (Task<Void> each : once) ended(each);
        }
        return null;
    }

    @CoroutineFn
    private static void ended(Task<Void> task) throws Exception {
        try {
            task.await();
        } catch (CancellationException e) {
            if (Coroutine.self() == task.coroutine()) throw e; // Ours, which nobody asked for.
        }
    }

    @CoroutineFn
    private Void once(Random random) {
        mutex.lock();
        try {
            counter++;
            entered.incrementAndGet();
            if (random.nextInt(4) == 0) EventLoop.yieldTurn();
        } finally {
            mutex.unlock();
        }
        return null;
    }

    /** A line of two: who comes often keeps out nobody. */
    @ParameterizedTest
    @CsvSource({"2", "5"})
    void everybodyGetsItsTurn(int loopCount) throws Exception {
        List<Task<Integer>> tasks = new ArrayList<>();
        var ended = new AtomicLong();
        try (var loops = new Loops(loopCount)) {
            for (EventLoop loop : loops.loops) tasks.add(loop.submit("user", () -> holdOften(ended)));
            for (Task<Integer> each : tasks) assertEquals(500, each.future().get());
        }
    }

    @CoroutineFn
    private Integer holdOften(AtomicLong ended) {
        int got = 0;
        while (got < 500) {
            mutex.lock();
            got++;
            EventLoop.yieldTurn(); // All others come to the line meanwhile.
            mutex.unlock();
        }
        ended.incrementAndGet();
        return got;
    }
}
