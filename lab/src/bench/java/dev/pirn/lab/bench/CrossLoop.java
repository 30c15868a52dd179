package dev.pirn.lab.bench;

import dev.pirn.Backend;
import dev.pirn.Coroutine;
import dev.pirn.CoroutineFn;
import dev.pirn.aio.EventLoop;
import java.io.IOException;
import java.util.concurrent.LinkedTransferQueue;
import java.util.concurrent.SynchronousQueue;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * A coroutine goes from its loop to one of another thread and comes back; the baseline are two threads that
 * pass an object there and back. Both loops sleep while the other runs, so most of it is the waking.
 */
@Fork(jvmArgsAppend = {Flags.OPEN, Flags.EXPORT})
public class CrossLoop {
    private static final int TRIPS = 100;

    /** A loop in the benchmark's thread and one in its own. */
    @State(Scope.Thread)
    public static class Loops {
        @Param
        private Backend backend;
        private EventLoop here;
        private EventLoop there;
        private Thread thread;

        @Setup(Level.Trial)
        public void open() throws IOException {
            here = EventLoop.open("here");
            there = EventLoop.open("there");
            thread = new Thread(there::run, "there");
            thread.start();
        }

        @TearDown(Level.Trial)
        public void close() throws IOException, InterruptedException {
            there.stop();
            thread.join();
            here.close();
            there.close();
        }

        @CoroutineFn
        private void travel() {
            try {
                for (int i = 0; i < TRIPS; i++) {
                    EventLoop.rescheduleSelf(there);
                    EventLoop.rescheduleSelf(here);
                }
            } finally {
                here.stop();
            }
        }
    }

    /** A thread that gives back what it is given. */
    @State(Scope.Thread)
    public static class Threads {
        private final LinkedTransferQueue<Object> out = new LinkedTransferQueue<>();
        private final LinkedTransferQueue<Object> back = new LinkedTransferQueue<>();
        private Thread thread;

        @Setup(Level.Trial)
        public void start() {
            thread = new Thread(() -> {
                try {
                    while (true) back.add(out.take());
                } catch (InterruptedException e) {
                    return; // The end.
                }
            }, "there");
            thread.start();
        }

        @TearDown(Level.Trial)
        public void stop() throws InterruptedException {
            thread.interrupt();
            thread.join();
        }
    }

    /** The same, and each waits until the other has taken it. */
    @State(Scope.Thread)
    public static class Rendezvous {
        private final SynchronousQueue<Object> out = new SynchronousQueue<>();
        private final SynchronousQueue<Object> back = new SynchronousQueue<>();
        private Thread thread;

        @Setup(Level.Trial)
        public void start() {
            thread = new Thread(() -> {
                try {
                    while (true) back.put(out.take());
                } catch (InterruptedException e) {
                    return; // The end.
                }
            }, "there");
            thread.start();
        }

        @TearDown(Level.Trial)
        public void stop() throws InterruptedException {
            thread.interrupt();
            thread.join();
        }
    }

    @Benchmark
    @OperationsPerInvocation(TRIPS)
    public void coroutine(Loops loops) {
        loops.here.schedule(Coroutine.create(loops.backend, "traveller", loops::travel));
        loops.here.run();
    }

    @Benchmark
    @OperationsPerInvocation(TRIPS)
    public void raw(Threads threads) throws InterruptedException {
        for (int i = 0; i < TRIPS; i++) {
            threads.out.add(threads);
            threads.back.take();
        }
    }

    @Benchmark
    @OperationsPerInvocation(TRIPS)
    public void rendezvous(Rendezvous threads) throws InterruptedException {
        for (int i = 0; i < TRIPS; i++) {
            threads.out.put(threads);
            threads.back.take();
        }
    }
}
