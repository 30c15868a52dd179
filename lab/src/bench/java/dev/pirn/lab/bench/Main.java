package dev.pirn.lab.bench;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.NoBenchmarksException;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;

/**
 * Runs the benchmarks that match, in every variant that concerns them, and prints a table.
 *
 * <p>Goes through all of them once a round, in JVMs of their own, so that a ratio compares what ran within
 * minutes: other load on the machine then changes both sides. Iterations are short, so that some are left
 * alone by it.
 */
public final class Main {
    private static final String QUICK = "--quick";
    private static final int ROUNDS = 3;

    private final String filter;
    private final Table table = new Table();
    private int ran;

    private Main(String filter) {
        this.filter = filter;
    }

    /**
     * Takes a regular expression, found in {@code Class.method}, and {@code --quick} to see only that they
     * work.
     */
    public static void main(String[] arguments) throws RunnerException {
        var words = new ArrayList<>(List.of(arguments));
        PrintStream table = System.out;
        System.setOut(System.err); // JMH's progress.
        boolean quick = words.remove(QUICK);
        var main = new Main(words.isEmpty() ? "" : words.getFirst());
        if (quick) main.glance(); else main.measure();
        if (main.ran == 0) throw new RunnerException("no benchmark matches " + main.filter);
        table.print(main.table);
    }

    private void measure() throws RunnerException {
        for (int round = 1; round <= ROUNDS; round++) {
            for (Variant variant : Variant.values()) {
                run(variant, options(variant, variant.benchmarks)
                        .verbosity(VerboseMode.NORMAL)
                        .forks(1)
                        .warmupIterations(3).warmupTime(TimeValue.milliseconds(300))
                        .measurementIterations(40).measurementTime(TimeValue.milliseconds(20)));
            }
            System.err.printf("round %d of %d is done%n", round, ROUNDS);
            table.endRound();
        }
    }

    /** Each benchmark once, in this JVM; and one in each variant, which tells that its fork starts. */
    private void glance() throws RunnerException {
        for (Variant variant : Variant.values()) {
            boolean plain = variant == Variant.PLAIN;
            run(variant, options(variant, plain ? variant.benchmarks : "Lifecycle.coroutine")
                    .verbosity(VerboseMode.SILENT)
                    .forks(plain ? 0 : 1)
                    .warmupIterations(0)
                    .measurementIterations(2).measurementTime(TimeValue.milliseconds(10)));
        }
        table.endRound();
    }

    private ChainedOptionsBuilder options(Variant variant, String benchmarks) {
        var options = new OptionsBuilder()
                .include("(?=.*(" + filter + "))(?=.*(" + benchmarks + "))")
                .mode(Mode.AverageTime)
                .timeUnit(TimeUnit.NANOSECONDS)
                .shouldFailOnError(true)
                .jvmArgsPrepend(variant.jvmOptions.toArray(new String[0]));
        return variant.backend == null ? options : options.param("backend", variant.backend);
    }

    private void run(Variant variant, ChainedOptionsBuilder options) throws RunnerException {
        Collection<RunResult> results;
        try {
            results = new Runner(options.build()).run();
        } catch (NoBenchmarksException e) {
            return; // The filter wants nothing of this variant.
        }
        for (RunResult each : results) table.add(variant, each);
        ran += results.size();
    }
}
