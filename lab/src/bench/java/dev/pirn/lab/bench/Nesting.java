package dev.pirn.lab.bench;

import dev.pirn.Backend;
import dev.pirn.Coroutine;
import dev.pirn.CoroutineEntry;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/**
 * Coroutines that each make and enter the next, a thousand inside each other, and all end; per coroutine.
 * QEMU's {@code /perf/nesting}.
 */
@Fork(jvmArgsAppend = {Flags.OPEN, Flags.EXPORT, Flags.STACK})
@OperationsPerInvocation(Nesting.DEPTH)
public class Nesting {
    static final int DEPTH = 1000;

    /** Ours. */
    @State(Scope.Thread)
    public static class Ours implements CoroutineEntry {
        @Param
        private Backend backend;
        private int left;

        @Override
        public void run() {
            next();
        }

        private void next() {
            if (left-- > 0) Coroutine.create(backend, "nested", this).enter();
        }
    }

    /** The baseline's. */
    @State(Scope.Thread)
    public static class Baseline implements Runnable {
        private int left;

        @Override
        public void run() {
            if (left-- > 0) Raw.create(this).run();
        }
    }

    @Benchmark
    public void coroutine(Ours ours) {
        ours.left = DEPTH;
        ours.next();
    }

    @Benchmark
    public void raw(Baseline baseline) {
        baseline.left = DEPTH;
        baseline.run();
    }
}
