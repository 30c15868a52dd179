package dev.pirn.lab.bench;

import dev.pirn.Backend;
import dev.pirn.Coroutine;
import dev.pirn.CoroutineFn;
import dev.pirn.lab.bench.kilim.KilimPeer;
import jdk.internal.vm.Continuation;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/**
 * A round trip of a coroutine that returns from this many calls before it goes down again and yields: then all
 * frames matter, for each is saved once and resumed once.
 */
@Fork(jvmArgsAppend = {Flags.OPEN, Flags.EXPORT})
public class Redescend {
    /** Ours. */
    @State(Scope.Thread)
    public static class Ours {
        @Param({"10", "100"})
        private int frames;
        @Param({"CONTINUATION", "PURE", "HYBRID"})
        private Backend backend;
        private Coroutine co;

        /** For each iteration a new one, as {@link RoundTrip}. */
        @Setup(Level.Iteration)
        public void start() {
            co = Coroutine.create(backend, "redescend", () -> {
                while (true) descend(frames);
            });
            co.enter();
        }
    }

    /** The baseline's. */
    @State(Scope.Thread)
    public static class Baseline {
        @Param({"10", "100"})
        private int frames;
        private Continuation continuation;

        /** As ours. */
        @Setup(Level.Iteration)
        public void start() {
            continuation = Raw.create(() -> {
                while (true) rawDescend(frames);
            });
            continuation.run();
        }
    }

    /** Kotlin's. */
    @State(Scope.Thread)
    public static class Kotlin {
        @Param({"10", "100"})
        private int frames;
        private KotlinPeer peer;

        /** As ours. */
        @Setup(Level.Iteration)
        public void start() {
            peer = KotlinPeer.descending(frames);
            peer.enter();
        }
    }

    /** Kilim's. */
    @State(Scope.Thread)
    public static class Kilim {
        @Param({"10", "100"})
        private int frames;
        private KilimPeer.Descending peer;

        /** As ours. */
        @Setup(Level.Iteration)
        public void start() {
            peer = new KilimPeer.Descending(frames);
            peer.run();
        }
    }

    @CoroutineFn
    private static int descend(int frames) {
        if (frames > 1) return descend(frames - 1) + 1;
        Coroutine.yield();
        return 1;
    }

    private static int rawDescend(int frames) {
        if (frames > 1) return rawDescend(frames - 1) + 1;
        Raw.yield();
        return 1;
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
