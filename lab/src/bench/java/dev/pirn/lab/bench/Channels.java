package dev.pirn.lab.bench;

import dev.pirn.aio.EventLoop;
import dev.pirn.lock.Channel;
import java.io.IOException;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedTransferQueue;
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
 * One element through a channel, between coroutines of one loop and of two; the baseline is a queue of the
 * JDK between two threads. After a thousand the receiver answers.
 */
@Fork(jvmArgsAppend = {Flags.OPEN, Flags.EXPORT})
public class Channels {
    private static final int ELEMENTS = 1000;

    /** A receiver in the sender's loop. */
    @State(Scope.Thread)
    public static class OneLoop {
        @Param({"0", "64"})
        private int capacity;
        private EventLoop loop;
        private Channel<Integer> numbers;
        private Channel<Integer> answers;

        @Setup(Level.Trial)
        public void open() throws IOException {
            loop = EventLoop.open("one");
            numbers = Channel.of("numbers", capacity);
            answers = Channel.of("answers", 1);
            startReceiver(loop, numbers, answers);
        }

        @TearDown(Level.Trial)
        public void close() throws IOException {
            numbers.close();
            loop.close();
        }
    }

    /** A receiver in a loop of its own. */
    @State(Scope.Thread)
    public static class TwoLoops {
        @Param({"0", "64"})
        private int capacity;
        private EventLoop loop;
        private EventLoop other;
        private Thread thread;
        private Channel<Integer> numbers;
        private Channel<Integer> answers;

        @Setup(Level.Trial)
        public void open() throws IOException {
            loop = EventLoop.open("one");
            other = EventLoop.open("other");
            numbers = Channel.of("numbers", capacity);
            answers = Channel.of("answers", 1);
            startReceiver(other, numbers, answers);
            thread = new Thread(other::run, "other");
            thread.start();
        }

        @TearDown(Level.Trial)
        public void close() throws IOException, InterruptedException {
            numbers.close();
            other.stop();
            thread.join();
            loop.close();
            other.close();
        }
    }

    /** A receiver in a thread of its own. */
    @State(Scope.Thread)
    public static class Baseline {
        @Param({"0", "64"})
        private int capacity;
        private Thread thread;
        private final LinkedTransferQueue<Integer> numbers = new LinkedTransferQueue<>();
        private final BlockingQueue<Integer> answers = new LinkedTransferQueue<>();

        @Setup(Level.Trial)
        public void open() {
            thread = new Thread(this::receive, "receiver");
            thread.start();
        }

        private void receive() {
            try {
                while (true) {
                    int sum = 0;
                    for (int i = 0; i < ELEMENTS; i++) sum += numbers.take();
                    answers.put(sum);
                }
            } catch (InterruptedException e) {
                return; // The end.
            }
        }

        @TearDown(Level.Trial)
        public void close() throws InterruptedException {
            thread.interrupt();
            thread.join();
        }
    }

    private static void startReceiver(EventLoop loop, Channel<Integer> numbers, Channel<Integer> answers) {
        loop.start("receiver", () -> {
            int sum = 0;
            int count = 0;
            for (Integer next = numbers.receive(); next != null; next = numbers.receive()) {
                sum += next;
                if (++count % ELEMENTS == 0) answers.send(sum);
            }
        });
    }

    private static int send(EventLoop loop, Channel<Integer> numbers, Channel<Integer> answers) {
        return loop.run("sender", () -> {
            for (int i = 0; i < ELEMENTS; i++) numbers.send(i);
            return answers.receive();
        });
    }

    @Benchmark @OperationsPerInvocation(ELEMENTS)
    public int oneLoop(OneLoop state) {
        return send(state.loop, state.numbers, state.answers);
    }

    @Benchmark @OperationsPerInvocation(ELEMENTS)
    public int twoLoops(TwoLoops state) {
        return send(state.loop, state.numbers, state.answers);
    }

    /** Without a bound, or by meeting: the JDK has both in one. */
    @Benchmark @OperationsPerInvocation(ELEMENTS)
    public int raw(Baseline state) throws InterruptedException {
        for (int i = 0; i < ELEMENTS; i++) {
            if (state.capacity == 0) state.numbers.transfer(i); else state.numbers.put(i);
        }
        return state.answers.take();
    }
}
