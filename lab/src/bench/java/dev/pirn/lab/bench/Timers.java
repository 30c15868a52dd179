package dev.pirn.lab.bench;

import dev.pirn.aio.EventLoop;
import dev.pirn.aio.Timer;
import java.io.IOException;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * One timer of 10,000: armed and cancelled while the others are armed, as a request's time limit is, and
 * armed and fired. The baseline is the JDK's ScheduledThreadPoolExecutor, with one thread.
 */
@Fork(jvmArgsAppend = {Flags.OPEN, Flags.EXPORT})
public class Timers {
    private static final int COUNT = 10_000;
    private static final long HOUR_NANOS = 3_600_000_000_000L;

    /** Delays in no order, the same for all. */
    private static long[] delays(long maxNanos) {
        return new Random(1).longs(COUNT, 0, maxNanos).toArray();
    }

    /** A loop of the benchmark's thread. */
    @State(Scope.Thread)
    public static class Ours {
        private final long[] far = delays(HOUR_NANOS);
        private final long[] near = delays(1_000_000);
        private final Timer[] timers = new Timer[COUNT];
        private EventLoop loop;
        private int fired;
        private int armed;

        @Setup(Level.Trial)
        public void open() throws IOException {
            loop = EventLoop.open("timers");
            for (int i = 0; i < COUNT; i++) timers[i] = loop.timer("timer", () -> fired++);
        }

        @TearDown(Level.Trial)
        public void close() throws IOException {
            loop.close();
        }

        private void cancelAll() {
            for (int i = 0; i < COUNT; i++) timers[i].arm(far[i]);
            for (int i = 0; i < COUNT; i++) timers[i].cancel();
        }

        private void armAll() {
            for (armed = 0; armed < COUNT; armed++) timers[armed].arm(near[armed]);
        }
    }

    /** An executor with one thread. */
    @State(Scope.Thread)
    public static class Jdk {
        private final long[] far = delays(HOUR_NANOS);
        private final long[] near = delays(1_000_000);
        private final Future<?>[] timers = new Future<?>[COUNT];
        private ScheduledThreadPoolExecutor executor;

        @Setup(Level.Trial)
        public void open() {
            executor = new ScheduledThreadPoolExecutor(1);
            executor.setRemoveOnCancelPolicy(true);
        }

        @TearDown(Level.Trial)
        public void close() {
            executor.shutdownNow();
        }
    }

    /** What one timer's arming and cancelling cost beside 10,000. */
    @State(Scope.Thread)
    public static class Cancelled {
        @Benchmark
        @OperationsPerInvocation(COUNT)
        public void loop(Ours ours) {
            ours.loop.execute(ours::cancelAll);
            ours.loop.turn(false);
        }

        @Benchmark
        @OperationsPerInvocation(COUNT)
        public void raw(Jdk jdk) {
            for (int i = 0; i < COUNT; i++) {
                jdk.timers[i] = jdk.executor.schedule(() -> { }, jdk.far[i], TimeUnit.NANOSECONDS);
            }
            for (Future<?> each : jdk.timers) each.cancel(false);
        }
    }

    /** What one timer's arming and firing cost beside 10,000, due within a millisecond. */
    @State(Scope.Thread)
    public static class Fired {
        @Benchmark
        @OperationsPerInvocation(COUNT)
        public int loop(Ours ours) {
            ours.fired = 0;
            ours.loop.execute(ours::armAll);
            while (ours.fired < COUNT) ours.loop.turn(true);
            return ours.fired;
        }

        @Benchmark
        @OperationsPerInvocation(COUNT)
        public void raw(Jdk jdk) throws InterruptedException {
            var fired = new CountDownLatch(COUNT);
            for (long each : jdk.near) jdk.executor.schedule(fired::countDown, each, TimeUnit.NANOSECONDS);
            fired.await();
        }
    }
}
