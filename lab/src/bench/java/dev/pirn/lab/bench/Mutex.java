package dev.pirn.lab.bench;

import dev.pirn.CoroutineFn;
import dev.pirn.aio.EventLoop;
import dev.pirn.lock.CoMutex;
import java.io.IOException;
import java.util.concurrent.locks.ReentrantLock;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** A lock and an unlock with nobody else there; the baseline is the JDK's lock of threads. */
@Fork(jvmArgsAppend = {Flags.OPEN, Flags.EXPORT})
@State(Scope.Thread)
public class Mutex {
    private static final int TIMES = 10_000;

    private final CoMutex mutex = new CoMutex("m");
    private final ReentrantLock baseline = new ReentrantLock();
    private EventLoop loop;
    private int value;

    @Setup(Level.Trial)
    public void open() throws IOException {
        loop = EventLoop.open("one");
    }

    @TearDown(Level.Trial)
    public void close() throws IOException {
        loop.close();
    }

    @Benchmark @OperationsPerInvocation(TIMES)
    public int mutex() {
        return loop.run("locker", this::lock);
    }

    @CoroutineFn
    private int lock() {
        for (int i = 0; i < TIMES; i++) {
            mutex.lock();
            value++;
            mutex.unlock();
        }
        return value;
    }

    @Benchmark @OperationsPerInvocation(TIMES)
    public int raw() {
        for (int i = 0; i < TIMES; i++) {
            baseline.lock();
            value++;
            baseline.unlock();
        }
        return value;
    }
}
