package dev.pirn.lab.nbd;

import java.io.IOException;
import java.time.Duration;

/**
 * Asks one NBD server for as much as it gives, and prints how much that was.
 *
 * <pre>
 *   Load ADDRESS randread|randwrite DEPTH SECONDS [WARMUP-SECONDS]
 *   OPS-PER-SECOND P50-MICROS P99-MICROS CLIENT-CPU-MICROS-PER-OPERATION
 * </pre>
 */
public final class Load {
    private static final int NANOS_PER_MICRO = 1_000;

    private Load() { }

    /** Runs it; see above. */
    public static void main(String[] args) throws IOException {
        if (args.length < 4) {
            System.err.println("usage: Load ADDRESS randread|randwrite DEPTH SECONDS [WARMUP-SECONDS]");
            System.exit(2);
        }
        Duration time = seconds(args[3]);
        Duration warmup = args.length > 4 ? seconds(args[4]) : Duration.ZERO;
        boolean write = args[1].equals("randwrite");
        try (var client = LeanClient.connect(args[0], write, Integer.parseInt(args[2]))) {
            client.run(warmup);
            Tally tally = client.run(time);
            System.out.printf("%d %.1f %.1f %.2f%n", Math.round(tally.perSecond()),
                    tally.nanos(50) / NANOS_PER_MICRO, tally.nanos(99) / NANOS_PER_MICRO,
                    tally.cpuNanosEach() / NANOS_PER_MICRO);
        }
    }

    private static Duration seconds(String text) {
        return Duration.ofMillis(Math.round(Double.parseDouble(text) * 1_000));
    }
}
