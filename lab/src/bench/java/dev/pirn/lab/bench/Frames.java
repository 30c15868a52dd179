package dev.pirn.lab.bench;

import dev.pirn.Backend;
import dev.pirn.Coroutine;
import dev.pirn.CoroutineFn;
import dev.pirn.lab.bench.kilim.KilimPeer;
import jdk.internal.vm.Continuation;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.CompilerControl;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** A round trip of a coroutine that yields below this many calls, which must not matter. */
@Fork(jvmArgsAppend = {Flags.OPEN, Flags.EXPORT})
public class Frames {
    /** Ours. */
    @State(Scope.Thread)
    public static class Ours {
        @Param({"CONTINUATION", "PURE", "HYBRID"})
        private Backend backend;
        @Param({"1", "10", "100"})
        private int frames;
        @Param({"CONTINUATION", "PURE", "HYBRID"})
        private Backend backend;
        private Coroutine co;

        /** For each iteration a new one, as {@link RoundTrip}. */
        @Setup(Level.Iteration)
        public void start() {
            co = Coroutine.create(backend, "frames", () -> yieldBelow(frames));
            co.enter();
        }
    }

    /** The baseline's. */
    @State(Scope.Thread)
    public static class Baseline {
        @Param({"1", "10", "100"})
        private int frames;
        private Continuation continuation;

        /** As ours. */
        @Setup(Level.Iteration)
        public void start() {
            continuation = Raw.create(() -> rawYieldBelow(frames));
            continuation.run();
        }
    }

    /** Kotlin's. */
    @State(Scope.Thread)
    public static class Kotlin {
        @Param({"1", "10", "100"})
        private int frames;
        private KotlinPeer peer;

        /** As ours. */
        @Setup(Level.Iteration)
        public void start() {
            peer = KotlinPeer.below(frames);
            peer.enter();
        }
    }

    /** Kilim's. */
    @State(Scope.Thread)
    public static class Kilim {
        @Param({"1", "10", "100"})
        private int frames;
        private KilimPeer.Below peer;

        /** As ours. */
        @Setup(Level.Iteration)
        public void start() {
            peer = new KilimPeer.Below(frames);
            peer.run();
        }
    }

    @CompilerControl(CompilerControl.Mode.DONT_INLINE)
    @CoroutineFn
    private static int yieldBelow(int frames) {
        if (frames > 1) return yieldBelow(frames - 1) + 1;
        while (true) Coroutine.yield();
    }

    @CompilerControl(CompilerControl.Mode.DONT_INLINE)
    private static int rawYieldBelow(int frames) {
        if (frames > 1) return rawYieldBelow(frames - 1) + 1;
        while (true) Raw.yield();
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
