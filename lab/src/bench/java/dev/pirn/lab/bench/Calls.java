package dev.pirn.lab.bench;

import dev.pirn.Backend;
import dev.pirn.Coroutine;
import dev.pirn.CoroutineFn;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.CompilerControl;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** A call that might suspend and does not, woven, beside the plain one. */
@State(Scope.Thread)
@Fork(jvmArgsAppend = {Flags.OPEN, Flags.EXPORT})
public class Calls {
    private static final int DEPTH = 50;
    private static final int ROUNDS = 200;
    private static final int CALLS = DEPTH * ROUNDS;

    private boolean suspends;

    @CompilerControl(CompilerControl.Mode.DONT_INLINE)
    @CoroutineFn
    private int descend(int depth) {
        if (depth > 1) return descend(depth - 1) + 1;
        if (suspends) Coroutine.yield();
        return 1;
    }

    @Benchmark
    @OperationsPerInvocation(CALLS)
    public int coroutine() {
        int[] sum = {0};
        Coroutine.create(Backend.PURE, "calls", () -> {
            for (int i = 0; i < ROUNDS; i++) sum[0] += descend(DEPTH);
        }).enter();
        return sum[0];
    }

    @Benchmark
    @OperationsPerInvocation(CALLS)
    public int raw() {
        int sum = 0;
        for (int i = 0; i < ROUNDS; i++) sum += plain(DEPTH);
        return sum;
    }

    @CompilerControl(CompilerControl.Mode.DONT_INLINE)
    private int plain(int depth) {
        if (depth > 1) return plain(depth - 1) + 1;
        return suspends ? 0 : 1;
    }
}
