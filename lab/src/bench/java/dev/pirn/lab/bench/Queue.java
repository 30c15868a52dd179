package dev.pirn.lab.bench;

import dev.pirn.CoroutineFn;
import dev.pirn.aio.EventLoop;
import dev.pirn.lock.CoMutex;
import dev.pirn.lock.CoQueue;
import java.io.IOException;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * A question under a mutex, and its answer, each restarting who waits for it: two coroutines of one loop by
 * two queues; the baseline is two threads by two conditions.
 */
@Fork(jvmArgsAppend = {Flags.OPEN, Flags.EXPORT})
@State(Scope.Thread)
public class Queue {
    private static final int TIMES = 10_000;

    private final CoMutex mutex = new CoMutex("m");
    private final CoQueue asked = new CoQueue("asked");
    private final CoQueue answered = new CoQueue("answered");
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition rawAsked = lock.newCondition();
    private final Condition rawAnswered = lock.newCondition();
    private EventLoop loop;
    private boolean question;

    @Setup(Level.Trial)
    public void open() throws IOException {
        loop = EventLoop.open("one");
    }

    @TearDown(Level.Trial)
    public void close() throws IOException {
        loop.close();
    }

    @Benchmark @OperationsPerInvocation(TIMES)
    public void queue() {
        loop.start("answerer", () -> {
            for (int i = 0; i < TIMES; i++) answer();
        });
        loop.run("asker", () -> {
            for (int i = 0; i < TIMES; i++) ask();
            return null;
        });
    }

    @CoroutineFn
    private void ask() {
        mutex.lock();
        question = true;
        asked.next();
        while (question) answered.await(mutex);
        mutex.unlock();
    }

    @CoroutineFn
    private void answer() {
        mutex.lock();
        while (!question) asked.await(mutex);
        question = false;
        answered.next();
        mutex.unlock();
    }

    @Benchmark @OperationsPerInvocation(TIMES)
    public void raw() throws InterruptedException {
        var answerer = new Thread(() -> {
            for (int i = 0; i < TIMES; i++) rawAnswer();
        });
        answerer.start();
        for (int i = 0; i < TIMES; i++) rawAsk();
        answerer.join();
    }

    private void rawAsk() {
        lock.lock();
        question = true;
        rawAsked.signal();
        while (question) rawAnswered.awaitUninterruptibly();
        lock.unlock();
    }

    private void rawAnswer() {
        lock.lock();
        while (!question) rawAsked.awaitUninterruptibly();
        question = false;
        rawAnswered.signal();
        lock.unlock();
    }
}
