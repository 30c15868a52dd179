package dev.pirn.aio;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.pirn.Coroutine;
import dev.pirn.CoroutineFn;
import dev.pirn.NoCoroutineFn;
import dev.pirn.Task;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** QEMU's test-thread-pool, case by case, and what is ours: bounds, order, metrics. */
class ThreadPoolTest {
    private final LoopRule rule = new LoopRule();
    private final EventLoop loop = rule.loop;
    private final List<Object> trace = new ArrayList<>();
    private ThreadPool pool = ThreadPool.of("p", 1, 1);
    private final CountDownLatch gate = new CountDownLatch(1);

    @AfterEach
    void close() {
        gate.countDown();
        pool.close();
        rule.close();
    }

    /** Holds a thread of the pool until the gate opens. */
    @NoCoroutineFn
    private String held(CountDownLatch began, String value) throws InterruptedException {
        began.countDown();
        gate.await();
        return value;
    }

    /** Suspends until the pool says so. */
    @CoroutineFn
    private void until(java.util.function.Predicate<ThreadPool.Metrics> condition) {
        while (!condition.test(pool.metrics())) EventLoop.yieldTurn();
    }

    // QEMU's cases.

    @Test
    void submitNoComplete() {
        rule.run(() -> {
            var n = new AtomicInteger();
            loop.start("nobody waits for it", () -> pool.call(n::incrementAndGet));
            until(metrics -> metrics.completed() == 1);
            assertEquals(1, n.get());
        });
    }

    @Test
    void submitAio() {
        Task<Integer> task = loop.submit("aio", () -> pool.call(() -> -5));
        task.future().thenAccept(trace::add);
        rule.runToEndOf(task.coroutine());
        assertEquals(List.of(-5), trace);
    }

    @Test
    void submitCo() {
        rule.run(() -> {
            var n = new AtomicInteger();
            int value = pool.call(() -> {
                trace.add(Coroutine.self());
                trace.add(Thread.currentThread().getName());
                return n.incrementAndGet();
            });
            trace.add(value);
            assertSame(loop, EventLoop.current());
        });
        assertEquals(java.util.Arrays.asList(null, "p-1", 1), trace);
    }

    @Test
    void submitMany() {
        pool = ThreadPool.of("p", 4);
        rule.run(() -> {
            var n = new AtomicInteger();
            var works = new ArrayList<Task.Body<Integer, RuntimeException>>();
            for (int i = 0; i < 100; i++) works.add(() -> pool.call(n::incrementAndGet));
            List<Integer> results = Group.all("many", works);
            assertEquals(5050, results.stream().mapToInt(Integer::intValue).sum());
        });
        ThreadPool.Metrics metrics = pool.metrics();
        assertEquals(new ThreadPool.Metrics(100, 0, 0, 0, 100, 0, metrics.longestWaitNanos()), metrics);
        assertTrue(metrics.longestWaitNanos() > 0);
    }

    /** Of 10 that wait for a held thread, all but what runs are taken back, from wherever they stand. */
    @Test
    void cancel() {
        rule.run(() -> {
            var began = new CountDownLatch(1);
            var tasks = new ArrayList<Task<String>>();
            for (int i = 0; i < 10; i++) {
                String value = "work " + i;
                tasks.add(loop.submit(value, () -> pool.call(() -> held(began, value))));
            }
            until(metrics -> metrics.submitted() == 10 && metrics.running() == 1);
            for (Task<String> task : tasks.reversed()) task.coroutine().cancel();
            for (Task<String> task : tasks) trace.add(task.isDone());
            trace.add(pool.metrics().withdrawn() + " withdrawn");
            gate.countDown();
            trace.add(tasks.getFirst().join());
            trace.add(pool);
        });
        assertEquals("[false, true, true, true, true, true, true, true, true, true, 9 withdrawn, work 0, "
                + "thread pool \"p\" (0 of 1 threads busy, 0 waiting)]", trace.toString());
    }

    /** What runs when it is cancelled is waited for by its coroutine; whoever cancels goes on at once. */
    @Test
    void cancelAsync() {
        rule.run(() -> {
            var began = new CountDownLatch(1);
            Coroutine co = loop.start("caller", () -> {
                trace.add(pool.call(() -> held(began, "result")));
                try {
                    EventLoop.yieldTurn();
                } catch (CancellationException e) {
                    trace.add("told at the next yield");
                    throw e;
                }
            });
            until(metrics -> metrics.running() == 1);
            co.cancel();
            trace.add(co.state());
            gate.countDown();
            while (co.state() != Coroutine.State.DONE) EventLoop.yieldTurn();
        });
        assertEquals(List.of(Coroutine.State.SUSPENDED, "result", "told at the next yield"), trace);
    }

    // Ours.

    @Test
    void workBeginsInTheOrderOfTheCalls() {
        rule.run(() -> {
            var began = new CountDownLatch(1);
            loop.start("held", () -> pool.call(() -> held(began, "")));
            for (int i = 0; i < 5; i++) {
                int number = i;
                loop.start("call", () -> pool.call(() -> trace.add(number)));
            }
            until(metrics -> metrics.submitted() == 6 && metrics.running() == 1);
            gate.countDown();
            until(metrics -> metrics.completed() == 6);
        });
        assertEquals(List.of(0, 1, 2, 3, 4), trace);
    }

    @Test
    void beyondTheQueueCoroutinesWait() {
        rule.run(() -> {
            var began = new CountDownLatch(1);
            for (int i = 0; i < 4; i++) loop.start("call", () -> pool.call(() -> held(began, "")));
            until(metrics -> metrics.submitted() == 4 && metrics.running() == 1);
            ThreadPool.Metrics now = pool.metrics();
            trace.add("%d waiting, %d queued, %d running".formatted(now.waiting(), now.queued(),
                    now.running()));
            gate.countDown();
            until(metrics -> metrics.completed() == 4);
        });
        assertEquals(List.of("2 waiting, 1 queued, 1 running"), trace);
    }

    @Test
    void oneThatIsTakenBackMakesRoom() {
        rule.run(() -> {
            var began = new CountDownLatch(1);
            loop.start("runs", () -> pool.call(() -> held(began, "")));
            Coroutine queued = loop.start("queued", () -> pool.call(() -> trace.add("never")));
            loop.start("waits", () -> pool.call(() -> trace.add("waits")));
            until(metrics -> metrics.submitted() == 3 && metrics.running() == 1);
            queued.cancel();
            ThreadPool.Metrics now = pool.metrics();
            trace.add(now.waiting() + " waiting, " + now.queued() + " queued");
            gate.countDown();
            until(metrics -> metrics.completed() == 2);
        });
        assertEquals(List.of("0 waiting, 1 queued", "waits"), trace);
    }

    @Test
    void whatTheWorkThrowsComesOut() {
        rule.run(() -> {
            try {
                pool.call(() -> {
                    throw new IOException("disk");
                });
            } catch (IOException e) {
                trace.add(e.getMessage());
            }
            try {
                pool.call(() -> {
                    throw new CancellationException("of the work itself");
                });
            } catch (CancellationException e) {
                trace.add(e.getMessage());
            }
        });
        assertEquals(List.of("disk", "of the work itself"), trace);
    }

    @Test
    void aPoolThatIsClosedFinishesWhatItWasGiven() {
        rule.run(() -> {
            var began = new CountDownLatch(1);
            var tasks = new ArrayList<Task<String>>();
            for (int i = 0; i < 4; i++) {
                tasks.add(loop.submit("call", () -> pool.call(() -> held(began, "finished"))));
            }
            until(metrics -> metrics.submitted() == 4 && metrics.running() == 1);
            pool.close();
            try {
                pool.call(() -> "never");
            } catch (IllegalStateException e) {
                trace.add(e.getMessage());
            }
            gate.countDown();
            for (Task<String> task : tasks) trace.add(task.join());
        });
        assertEquals(List.of("thread pool \"p\" (1 of 1 threads busy, 3 waiting) is closed, but coroutine "
                + "\"test\" (running) gives it work", "finished", "finished", "finished", "finished"), trace);
    }

    @Test
    void aLoopHasAPoolOfItsOwn() {
        rule.run(() -> {
            assertSame(loop.pool(), loop.pool());
            trace.add(loop.pool().call(() -> Thread.currentThread().getName()));
            trace.add(loop.pool());
        });
        assertEquals("[test-pool-1, thread pool \"test-pool\" (0 of 64 threads busy, 0 waiting)]",
                trace.toString());
    }

    @Test
    void bounds() {
        assertEquals("thread pool \"x\" of 0 threads with a queue of 1; it needs at least 1 and 0",
                assertThrows(IllegalArgumentException.class, () -> ThreadPool.of("x", 0, 1)).getMessage());
    }

    @Test
    void callOutsideOfACoroutineIsRefused() {
        var e = assertThrows(IllegalStateException.class, () -> pool.call(() -> trace.add("ran")));
        assertTrue(e.getMessage().startsWith("ThreadPool.call outside of a coroutine"), e.getMessage());
        assertEquals(0, pool.metrics().submitted());
    }
}
