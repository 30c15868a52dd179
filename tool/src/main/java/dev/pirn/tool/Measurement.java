package dev.pirn.tool;

import dev.pirn.Backend;
import java.util.Arrays;
import java.util.Locale;

/**
 * How long an operation of a benchmark takes: the median of some rounds, after a warm-up.
 *
 * <pre>
 *   warm-up: short runs for a second ──▶ how many fill a round ──▶ rounds ──▶ median, min, max
 * </pre>
 *
 * @param iterations operations in each round
 * @param nanos per operation, of each round, sorted
 */
record Measurement(Benchmark benchmark, Backend backend, long iterations, double[] nanos) {
    private static final int ROUNDS = 7;
    private static final long WARM_UP_NANOS = 1_000_000_000;
    private static final long ROUND_NANOS = 250_000_000;
    private static final long SHORT_RUN_NANOS = 10_000_000;
    /**
     * In bytes, of the measuring thread. A thousand nested continuations stand on it: too many for Java's 1
     * MiB.
     */
    private static final long STACK_SIZE = 64 << 20;

    /** Measures, for about three seconds. */
    static Measurement of(Benchmark benchmark, Backend backend) throws InterruptedException {
        Measurement[] result = {null};
        inLargeThread(() -> result[0] = measure(benchmark, backend));
        return result[0];
    }

    /** Runs {@code task} where a thousand coroutines may enter each other; throws if it does. */
    static void inLargeThread(Runnable task) throws InterruptedException {
        Throwable[] thrown = {null};
        var thread = new Thread(null, task, "benchmark", STACK_SIZE);
        thread.setUncaughtExceptionHandler((t, e) -> thrown[0] = e);
        thread.start();
        thread.join();
        if (thrown[0] != null) throw new IllegalStateException("the benchmark failed", thrown[0]);
    }

    private static Measurement measure(Benchmark benchmark, Backend backend) {
        long iterations = Math.min(benchmark.iterationsMax, warmUp(benchmark, backend));
        double[] nanos = new double[ROUNDS];
        for (int round = 0; round < ROUNDS; round++) {
            nanos[round] = (double) time(benchmark, backend, iterations) / iterations;
        }
        Arrays.sort(nanos);
        return new Measurement(benchmark, backend, iterations, nanos);
    }

    /**
     * Returns how many iterations fill a round. Many runs, not one: a loop must also be compiled from its
     * start.
     */
    private static long warmUp(Benchmark benchmark, Backend backend) {
        long iterations = 1000; // A multiple of every unit.
        long start = System.nanoTime();
        // Of the runs with the latest number of iterations, the shortest: in it all was compiled.
        long best = Long.MAX_VALUE;
        do {
            long took = time(benchmark, backend, iterations);
            if (took < SHORT_RUN_NANOS) {
                iterations *= 2;
                best = Long.MAX_VALUE;
            } else {
                best = Math.min(best, took);
            }
        } while (System.nanoTime() - start < WARM_UP_NANOS);
        return readable((double) iterations / Math.min(best, WARM_UP_NANOS) * ROUND_NANOS, benchmark.unit);
    }

    private static long time(Benchmark benchmark, Backend backend, long iterations) {
        long start = System.nanoTime();
        benchmark.loop(backend, iterations);
        return System.nanoTime() - start;
    }

    /** Two digits and zeros, at least one unit and a multiple of it. */
    private static long readable(double iterations, int unit) {
        long units = Math.max(1, (long) (iterations / unit));
        long step = 1;
        while (units / step >= 100) step *= 10;
        return units / step * step * unit;
    }

    /** {@code NAME BACKEND ITERATIONS iterations, X.X ns per operation (min A, max B over N rounds)}. */
    @Override
    public String toString() {
        int last = nanos.length - 1;
        return String.format(Locale.ROOT,
                "%s %s %d iterations, %.1f ns per operation (min %.1f, max %.1f over %d rounds)",
                benchmark, backend, iterations, nanos[last / 2], nanos[0], nanos[last], nanos.length);
    }
}
