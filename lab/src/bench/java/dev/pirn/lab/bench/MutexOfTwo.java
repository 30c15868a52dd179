package dev.pirn.lab.bench;

import dev.pirn.CoroutineFn;
import dev.pirn.NoCoroutineFn;
import dev.pirn.aio.EventLoop;
import dev.pirn.lock.CoMutex;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.infra.Blackhole;

/**
 * A mutex that two loops, each in a thread of its own, lock and unlock again and again, with some work under
 * it and some without; the time that one lock and unlock of each takes. The baseline is the JDK's lock
 * between two threads.
 */
@Fork(jvmArgsAppend = {Flags.OPEN, Flags.EXPORT})
@State(Scope.Benchmark)
public class MutexOfTwo {
    private static final int TIMES = 10_000;

    /** In units of 2 to 4 ns. */
    @Param({"5", "50"})
    private int inside;
    @Param({"50"})
    private int outside;

    private final CoMutex mutex = new CoMutex("m");
    private final ReentrantLock baseline = new ReentrantLock();
    private final ReentrantLock fairBaseline = new ReentrantLock(true);
    private List<EventLoop> loops;

    @Setup(Level.Trial)
    public void open() throws IOException {
        loops = List.of(EventLoop.open("one"), EventLoop.open("two"));
    }

    @TearDown(Level.Trial)
    public void close() throws IOException {
        for (EventLoop each : loops) each.close();
    }

    private void inTwoThreads(Consumer<EventLoop> body) throws InterruptedException {
        var other = new Thread(() -> body.accept(loops.get(1)));
        other.start();
        body.accept(loops.get(0));
        other.join();
    }

    @Benchmark @OperationsPerInvocation(TIMES)
    public void mutex() throws InterruptedException {
        inTwoThreads(loop -> loop.run("locker", () -> {
            compete();
            return null;
        }));
    }

    @CoroutineFn
    private void compete() {
        for (int i = 0; i < TIMES; i++) {
            mutex.lock();
            Blackhole.consumeCPU(inside);
            mutex.unlock();
            Blackhole.consumeCPU(outside);
        }
    }

    @Benchmark @OperationsPerInvocation(TIMES)
    public void raw() throws InterruptedException {
        inTwoThreads(loop -> competeRaw(baseline));
    }

    /** The JDK's lock as fair as ours. */
    @Benchmark @OperationsPerInvocation(TIMES)
    public void fair() throws InterruptedException {
        inTwoThreads(loop -> competeRaw(fairBaseline));
    }

    @NoCoroutineFn
    private void competeRaw(ReentrantLock lock) {
        for (int i = 0; i < TIMES; i++) {
            lock.lock();
            Blackhole.consumeCPU(inside);
            lock.unlock();
            Blackhole.consumeCPU(outside);
        }
    }
}
