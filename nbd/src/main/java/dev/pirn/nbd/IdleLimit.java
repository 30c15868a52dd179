package dev.pirn.nbd;

import dev.pirn.aio.Timer;
import java.io.IOException;
import java.time.Duration;

/**
 * Finds out that a client is idle: that for so long nothing came from it, and nothing that it asked for was
 * in work. Looks every quarter of the limit, so that a client may stay idle for a quarter more; then no
 * request pays for it.
 */
final class IdleLimit implements AutoCloseable {
    private static final int LOOKS = 4;

    private final Connection connection;
    private final Input input;
    private final long lookNanos;
    private final Timer timer;
    private long receipts;
    private int quiet;

    private IdleLimit(Connection connection, Input input, long limitNanos) {
        this.connection = connection;
        this.input = input;
        this.lookNanos = Math.max(1, limitNanos / LOOKS);
        this.timer = connection.loop().timer("idle limit of " + connection, this::look);
        timer.arm(lookNanos);
    }

    /** Has the connection aborted when it is idle, until this is closed; null if the limit is 0, for none. */
    static IdleLimit watch(Connection connection, Input input, long limitNanos) {
        return limitNanos == 0 ? null : new IdleLimit(connection, input, limitNanos);
    }

    @Override
    public void close() {
        timer.cancel();
    }

    private void look() {
        boolean busy = input.receipts() != receipts || connection.isWorking();
        receipts = input.receipts();
        quiet = busy ? 0 : quiet + 1;
        if (quiet < LOOKS) timer.arm(lookNanos);
        else connection.abort(new IOException("nothing came for " + Duration.ofNanos(LOOKS * lookNanos)));
    }
}
