package dev.pirn.lab.bench;

import dev.pirn.Generator;
import dev.pirn.lab.bench.kilim.KilimPeer;
import java.util.Iterator;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** One element of a generator: on the backend that woven code gets, which a {@link Variant} changes. */
@Fork(jvmArgsAppend = {Flags.OPEN, Flags.EXPORT})
public class Elements {
    /** All, for it is their class that differs. */
    @State(Scope.Thread)
    public static class Made {
        private Iterator<String> ours;
        private Iterator<String> iterator;
        private Iterator<String> sequence;
        private Iterator<String> kilim;

        /** For each iteration new ones, as {@link RoundTrip}. */
        @Setup(Level.Iteration)
        public void make() {
            ours = Generator.of(out -> {
                while (true) out.yield("element");
            });
            iterator = KotlinPeer.elements();
            sequence = KotlinPeer.sequenceElements();
            kilim = new KilimPeer.Elements();
        }
    }

    @Benchmark
    public String generator(Made made) {
        return made.ours.next();
    }

    @Benchmark
    public String kotlin(Made made) {
        return made.iterator.next();
    }

    @Benchmark
    public String kotlinSequence(Made made) {
        return made.sequence.next();
    }

    @Benchmark
    public String kilim(Made made) {
        return made.kilim.next();
    }
}
