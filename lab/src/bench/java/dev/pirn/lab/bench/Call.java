package dev.pirn.lab.bench;

import dev.pirn.Backend;
import dev.pirn.Coroutine;
import dev.pirn.CoroutineFn;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.CompilerControl;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/**
 * A call of a coroutine function that might yield and does not, in woven code, beside the call of the same
 * method in plain code. Neither is inlined: what is, costs nothing.
 */
@Fork(jvmArgsAppend = {Flags.OPEN, Flags.EXPORT, Call.QUIET, Call.DONT_INLINE})
@OperationsPerInvocation(Call.CALLS)
public class Call {
    static final int CALLS = 1000;
    static final String QUIET = "-XX:CompileCommand=quiet";
    /** JMH's annotation would not reach the woven twin. */
    static final String DONT_INLINE = "-XX:CompileCommand=dontinline,dev.pirn.lab.bench.Call::step*";

    /** Ours. */
    @State(Scope.Thread)
    public static class Ours {
        @Param({"PURE", "HYBRID"})
        private Backend backend;
        private Coroutine co;
        private long sum;

        /** For each iteration a new one, as {@link RoundTrip}. */
        @Setup(Level.Iteration)
        public void start() {
            co = Coroutine.create(backend, "call", () -> {
                while (true) {
                    sum += steps(sum);
                    Coroutine.yield();
                }
            });
            co.enter();
        }
    }

    @CoroutineFn
    private static long steps(long from) {
        long value = from;
        for (int i = 0; i < CALLS; i++) value = step(value);
        return value;
    }

    @CoroutineFn
    private static long step(long value) {
        if (value == Long.MIN_VALUE) Coroutine.yield();
        return value + 1;
    }

    @CompilerControl(CompilerControl.Mode.DONT_INLINE)
    private static long stepPlain(long value) {
        if (value == Long.MIN_VALUE) throw new IllegalStateException("it counts up");
        return value + 1;
    }

    @Benchmark
    public void coroutine(Ours ours) {
        ours.co.enter();
    }

    @Benchmark
    public long plain() {
        long value = 0;
        for (int i = 0; i < CALLS; i++) value = stepPlain(value);
        return value;
    }
}
