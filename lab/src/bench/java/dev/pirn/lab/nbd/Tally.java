package dev.pirn.lab.nbd;

import java.time.Duration;
import org.HdrHistogram.Histogram;

/**
 * What came of one run.
 *
 * @param latencies in nanoseconds, of each request
 * @param cpu what the client's thread took
 */
record Tally(Histogram latencies, Duration time, Duration cpu) {
    double perSecond() {
        return latencies.getTotalCount() * 1e9 / time.toNanos();
    }

    double nanos(double percentile) {
        return latencies.getValueAtPercentile(percentile);
    }

    double cpuNanosEach() {
        return (double) cpu.toNanos() / Math.max(1, latencies.getTotalCount());
    }
}
