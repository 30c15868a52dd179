package dev.pirn.tool;

import dev.pirn.aio.EventLoop;
import dev.pirn.aio.Timer;
import dev.pirn.nbd.NbdServer;
import dev.pirn.nbd.NbdStatistics;
import java.time.Duration;
import java.util.Locale;

/** What a server does, as a line on stderr each interval; from when it is made until it is closed. */
final class StatsLine implements AutoCloseable {
    private final NbdServer server;
    private final long intervalNanos;
    private final Timer timer;
    private NbdStatistics last;
    private long lastNanos;

    /** Made and closed in the server's loop. */
    StatsLine(EventLoop loop, NbdServer server, Duration interval) {
        this.server = server;
        this.intervalNanos = interval.toNanos();
        last = server.statistics();
        lastNanos = System.nanoTime();
        timer = loop.timer("statistics", this::print);
        timer.arm(intervalNanos);
    }

    private void print() {
        timer.arm(intervalNanos);
        NbdStatistics now = server.statistics();
        long nanos = System.nanoTime();
        System.err.println(line(server.clients(), last, now, (nanos - lastNanos) / 1e9));
        last = now;
        lastNanos = nanos;
    }

    /** The line for what came between two looks; rates are per second, of the time that really passed. */
    static String line(int clients, NbdStatistics before, NbdStatistics now, double seconds) {
        return String.format(Locale.ROOT, "stats: clients %d, requests/s %.0f, read MiB/s %.1f, "
                + "written MiB/s %.1f, errors %d, requests in all %d", clients,
                (now.requests() - before.requests()) / seconds,
                mebibytes(now.bytesRead() - before.bytesRead()) / seconds,
                mebibytes(now.bytesWritten() - before.bytesWritten()) / seconds,
                now.errors() - before.errors(), now.requests());
    }

    private static double mebibytes(long bytes) {
        return bytes / (double) (1 << 20);
    }

    @Override
    public void close() {
        timer.cancel();
    }
}
