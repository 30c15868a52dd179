package dev.pirn.lab.bench;

import dev.pirn.Backend;
import dev.pirn.Coroutine;
import dev.pirn.CoroutineEntry;
import dev.pirn.lab.bench.kilim.KilimPeer;
import jdk.internal.vm.Continuation;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** Makes a coroutine, enters it, lets it yield, enters it to its end: QEMU's {@code /perf/cost}. */
@Fork(jvmArgsAppend = {Flags.OPEN, Flags.EXPORT})
public class OneYield {
    private static final CoroutineEntry ENTRY = Coroutine::yield;
    private static final Runnable BODY = Raw::yield;

    /** Ours. */
    @State(Scope.Thread)
    public static class Ours {
        @Param
        private Backend backend;
    }

    @Benchmark
    public Coroutine coroutine(Ours ours) {
        var co = Coroutine.create(ours.backend, "one yield", ENTRY);
        co.enter();
        co.enter();
        return co;
    }

    @Benchmark
    public Continuation raw() {
        var continuation = Raw.create(BODY);
        continuation.run();
        continuation.run();
        return continuation;
    }

    @Benchmark
    public KotlinPeer kotlin() {
        var peer = KotlinPeer.once();
        peer.enter();
        peer.enter();
        return peer;
    }

    @Benchmark
    public KilimPeer.Once kilim() {
        var peer = new KilimPeer.Once();
        peer.run();
        peer.run();
        return peer;
    }
}
