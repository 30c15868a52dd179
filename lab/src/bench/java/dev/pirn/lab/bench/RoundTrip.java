package dev.pirn.lab.bench;

import dev.pirn.Backend;
import dev.pirn.Coroutine;
import dev.pirn.lab.bench.kilim.KilimPeer;
import jdk.internal.vm.Continuation;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** One enter and one yield of a coroutine that was started when its code was compiled already. */
@Fork(jvmArgsAppend = {Flags.OPEN, Flags.EXPORT})
public class RoundTrip {
    /** Ours. */
    @State(Scope.Thread)
    public static class Ours {
        @Param
        private Backend backend;
        private Coroutine co;

        /** For each iteration a new one: the first was started in the interpreter, see {@link EarlyStart}. */
        @Setup(Level.Iteration)
        public void start() {
            co = Coroutine.create(backend, "round trip", () -> {
                while (true) Coroutine.yield();
            });
            co.enter();
        }

        /** Lets a thread go. */
        @TearDown(Level.Iteration)
        public void end() {
            co.cancel();
        }
    }

    /** The baseline's. */
    @State(Scope.Thread)
    public static class Baseline {
        private Continuation continuation;

        /** As ours. */
        @Setup(Level.Iteration)
        public void start() {
            continuation = Raw.create(() -> {
                while (true) Raw.yield();
            });
            continuation.run();
        }
    }

    /** Kotlin's. */
    @State(Scope.Thread)
    public static class Kotlin {
        private KotlinPeer peer;

        /** As ours. */
        @Setup(Level.Iteration)
        public void start() {
            peer = KotlinPeer.forever();
            peer.enter();
        }
    }

    /** Kilim's. */
    @State(Scope.Thread)
    public static class Kilim {
        private KilimPeer.Below peer;

        /** As ours. */
        @Setup(Level.Iteration)
        public void start() {
            peer = new KilimPeer.Below(1);
            peer.run();
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

    @Benchmark
    public void kotlin(Kotlin kotlin) {
        kotlin.peer.enter();
    }

    @Benchmark
    public void kilim(Kilim kilim) {
        kilim.peer.run();
    }
}
