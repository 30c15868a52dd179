package dev.pirn.lab.bench;

import dev.pirn.Coroutine;
import jdk.internal.vm.Continuation;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/**
 * A round trip of a coroutine that was the first of its JVM, its frames interpreted, and has lived since: it
 * must not stay on the JVM's slow path.
 */
@Fork(jvmArgsAppend = {Flags.OPEN, Flags.EXPORT})
public class EarlyStart {
    /** Ours. */
    @State(Scope.Thread)
    public static class Ours {
        private Coroutine co;

        /** Once, before anything is compiled. */
        @Setup
        public void start() {
            co = Coroutine.create(() -> {
                while (true) Coroutine.yield();
            });
            co.enter();
        }
    }

    /** The baseline's. */
    @State(Scope.Thread)
    public static class Baseline {
        private Continuation continuation;

        /** As ours. */
        @Setup
        public void start() {
            continuation = Raw.create(() -> {
                while (true) Raw.yield();
            });
            continuation.run();
        }
    }

    @Benchmark
    public void coroutine(Ours ours) {
        ours.co.enter();
    }

    @Benchmark
    public void raw(Baseline baseline) {
        baseline.continuation.run();
    }
}
