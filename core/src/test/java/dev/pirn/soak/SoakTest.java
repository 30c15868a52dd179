package dev.pirn.soak;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.pirn.Coroutine;
import dev.pirn.CoroutineFn;
import dev.pirn.Coroutines;
import dev.pirn.Task;
import dev.pirn.aio.EventLoop;
import dev.pirn.aio.Group;
import dev.pirn.aio.ThreadPool;
import dev.pirn.aio.Timeout;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CancellationException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Five loops in five threads, whose coroutines use every lock, group, limit and pool, move from loop to loop,
 * and are cancelled, all at random: for 15 seconds, for an hour with -Dpirn.long=true, or for as many seconds
 * as -Dpirn.soak says. Nothing is ever half done or lost, and the heap is as small at the end as after the
 * first quarter.
 */
class SoakTest {
    private static final int LOOPS = 5;
    private static final int WORKERS = 40;
    private static final int QUARTERS = 4;
    private static final long GROWTH_BYTES_MAX = 8 << 20;
    private static final long SECONDS =
            Long.getLong("pirn.soak", Boolean.getBoolean("pirn.long") ? 3600 : 15);

    private final long seed = Long.getLong("pirn.seed", System.nanoTime());
    private final SplittableRandom random = new SplittableRandom(seed);
    private final Shared shared = new Shared();
    private final List<EventLoop> loops = new ArrayList<>();
    private final List<Thread> threads = new ArrayList<>();
    private final AtomicReferenceArray<Coroutine> workers = new AtomicReferenceArray<>(WORKERS);
    private final AtomicInteger live = new AtomicInteger();
    private final AtomicLong done = new AtomicLong();
    private final AtomicLong cancelled = new AtomicLong();
    private final AtomicReference<Throwable> failure = new AtomicReference<>();
    private final ThreadPool pool = ThreadPool.of("soak", 4);
    private volatile boolean stopping;

    @BeforeEach
    void track() {
        Coroutines.track(true); // Who hangs is told with what it waits for.
    }

    @AfterEach
    void trackNoMore() {
        Coroutines.track(false);
    }

    @Test @org.junit.jupiter.api.Timeout(value = 1, unit = TimeUnit.DAYS) // The house's is a minute.
    void nothingIsHalfDoneOrLost() throws Exception {
        for (int i = 0; i < LOOPS; i++) {
            EventLoop loop = EventLoop.open("soak " + i);
            loop.onUncaught((who, e) -> failure.compareAndSet(null, e));
            loops.add(loop);
            threads.add(new Thread(loop::run, loop.name()));
        }
        threads.forEach(Thread::start);
        Task<Void> receiver = loops.get(0).submit("receiver", () -> {
            shared.receiveAll();
            return null;
        });
        Task<Void> emptier = loops.get(1).submit("emptier", () -> {
            shared.empty();
            return null;
        });
        for (int i = 0; i < WORKERS; i++) begin(i);

        run();

        stopping = true;
        await("workers", () -> live.get() == 0);
        shared.channel.close();
        loops.get(2).runBlocking("end of the box", () -> {
            shared.putIntoBox(-1);
            return null;
        });
        await("receiver and emptier", () -> receiver.isDone() && emptier.isDone());
        shared.put.incrementAndGet(); // The end is no element.
        for (EventLoop each : loops) each.stop();
        for (Thread each : threads) each.join();
        for (EventLoop each : loops) {
            assertEquals(List.of(), List.copyOf(each.residents()), seedText());
            each.close();
        }
        pool.close();
        shared.requireAtRest();
        System.out.printf("soak: %d actions, %d cancellations, seed %d%n", done.get(), cancelled.get(), seed);
    }

    /** Cancels, and looks at the heap after each quarter. */
    private void run() throws InterruptedException {
        long startNanos = System.nanoTime();
        long toldNanos = startNanos;
        var heap = new ArrayList<Long>();
        while (heap.size() < QUARTERS) {
            TimeUnit.MICROSECONDS.sleep(500); // The time of the test, not a wait for something.
            cancelOne();
            if (failure.get() != null) throw new AssertionError(seedText(), failure.get());
            long nowNanos = System.nanoTime();
            if (nowNanos - toldNanos > TimeUnit.SECONDS.toNanos(10)) {
                toldNanos = nowNanos;
                System.out.printf("soak: %d actions after %d s%n", done.get(),
                        TimeUnit.NANOSECONDS.toSeconds(nowNanos - startNanos));
            }
            long quarter = TimeUnit.SECONDS.toNanos(SECONDS) / QUARTERS;
            if (nowNanos - startNanos >= quarter * (heap.size() + 1)) heap.add(liveBytes());
        }
        long grown = heap.getLast() - heap.getFirst();
        assertTrue(grown < GROWTH_BYTES_MAX, "bytes after each quarter: " + heap + "; " + seedText());
        assertNull(failure.get(), seedText());
    }

    private static long liveBytes() {
        for (int i = 0; i < 3; i++) System.gc();
        return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
    }

    private String seedText() {
        return "again with -Dpirn.seed=" + seed;
    }

    private String dump() {
        var text = new StringBuilder(seedText()).append('\n');
        try {
            Coroutines.dump(text);
        } catch (IOException e) {
            throw new AssertionError(e); // A StringBuilder throws none.
        }
        return text.toString();
    }

    private interface Condition {
        boolean holds();
    }

    private void await(String what, Condition condition) throws InterruptedException {
        long endNanos = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
        while (!condition.holds()) {
            if (failure.get() != null) throw new AssertionError(seedText(), failure.get());
            if (System.nanoTime() > endNanos) throw new AssertionError(what + " never end; " + dump());
            TimeUnit.MILLISECONDS.sleep(1);
        }
    }

    private void begin(int number) {
        live.incrementAndGet();
        var own = new SplittableRandom(random.nextLong());
        loops.get(number % LOOPS).start("worker " + number, () -> work(number, own));
    }

    /** Another takes the place of who was cancelled. */
    @CoroutineFn
    private void work(int number, SplittableRandom own) {
        boolean ended = false;
        workers.set(number, Coroutine.self()); // From now on it may be cancelled; before, it would not run.
        try {
            while (!stopping) {
                act(own);
                done.incrementAndGet();
            }
            ended = true;
        } catch (CancellationException e) {
            cancelled.incrementAndGet();
            if (!stopping) replace(number, own);
            throw e;
        } finally {
            live.decrementAndGet();
        }
        if (!ended) throw new AssertionError("neither ended nor cancelled");
    }

    private void replace(int number, SplittableRandom own) {
        live.incrementAndGet();
        SplittableRandom next = own.split();
        loops.get(number % LOOPS).start("worker " + number, () -> work(number, next));
    }

    @CoroutineFn
    private void act(SplittableRandom own) {
        switch (own.nextInt(12)) {
            case 0, 1 -> shared.underMutex(own);
            case 2 -> shared.putIntoBox(own.nextInt(100));
            case 3, 4 -> shared.readOrWrite(own);
            case 5 -> shared.withPermit(own);
            case 6 -> shared.withBudget(own);
            case 7 -> shared.send(own.nextInt(100));
            case 8 -> EventLoop.rescheduleSelf(loops.get(own.nextInt(LOOPS)));
            case 9 -> group(own);
            case 10 -> limited(own);
            default -> pool.call(() -> null);
        }
    }

    @CoroutineFn
    private void group(SplittableRandom own) {
        SplittableRandom one = own.split();
        SplittableRandom two = own.split();
        Group.<Void, RuntimeException>all("pair", List.of(() -> pairOf(one), () -> pairOf(two)));
    }

    @CoroutineFn
    private Void pairOf(SplittableRandom own) {
        shared.underMutex(own);
        return null;
    }

    @CoroutineFn
    private void limited(SplittableRandom own) {
        try {
            Timeout.within(Duration.ofNanos(own.nextInt(200_000)), "limited", () -> {
                shared.readOrWrite(own);
                return null;
            });
        } catch (TimeoutException e) {
            return; // As it may.
        }
    }

    /** In the loop where it runs by then, or another: a cancellation finds it. */
    private void cancelOne() {
        Coroutine victim = workers.get(random.nextInt(WORKERS));
        if (victim != null && victim.state() != Coroutine.State.DONE) victim.cancel();
    }
}
