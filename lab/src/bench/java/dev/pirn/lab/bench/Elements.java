package dev.pirn.lab.bench;

import dev.pirn.Generator;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** One element of a generator; on hybrid, where its variant does not say otherwise. */
@Fork(jvmArgsAppend = {Flags.OPEN, Flags.EXPORT})
public class Elements {
    private static final Integer ELEMENT = 7;

    /** Ours. */
    @State(Scope.Thread)
    public static class Ours {
        private Generator<Integer> elements;

        /** For each iteration a new one, as {@link RoundTrip}. */
        @Setup(Level.Iteration)
        public void start() {
            elements = Generator.of(out -> {
                while (true) out.yield(ELEMENT);
            });
            elements.next();
        }
    }

    @Benchmark
    public Integer generator(Ours ours) {
        return ours.elements.next();
    }
}
