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

/** Makes a coroutine whose body is empty, and runs it to its end. */
@Fork(jvmArgsAppend = {Flags.OPEN, Flags.EXPORT})
public class Lifecycle {
    private static final CoroutineEntry ENTRY = () -> { };
    private static final Runnable BODY = () -> { };

    /** Ours. */
    @State(Scope.Thread)
    public static class Ours {
        @Param
        private Backend backend;
    }

    @Benchmark
    public Coroutine coroutine(Ours ours) {
        var co = Coroutine.create(ours.backend, "lifecycle", ENTRY);
        co.enter();
        return co;
    }

    @Benchmark
    public Coroutine nameless() {
        var co = Coroutine.create(ENTRY);
        co.enter();
        return co;
    }

    @Benchmark
    public Continuation raw() {
        var continuation = Raw.create(BODY);
        continuation.run();
        return continuation;
    }

    @Benchmark
    public KotlinPeer kotlin() {
        var peer = KotlinPeer.empty();
        peer.enter();
        return peer;
    }

    @Benchmark
    public KilimPeer.Empty kilim() {
        var peer = new KilimPeer.Empty();
        peer.run();
        return peer;
    }
}
