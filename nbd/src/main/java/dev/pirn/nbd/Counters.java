package dev.pirn.nbd;

import static dev.pirn.nbd.Proto.*;

import java.util.concurrent.atomic.AtomicLong;

/** What the connections of one loop have done. Counted there; read from anywhere. */
final class Counters {
    private final AtomicLong requests = new AtomicLong();
    private final AtomicLong errors = new AtomicLong();
    private final AtomicLong bytesRead = new AtomicLong();
    private final AtomicLong bytesWritten = new AtomicLong();

    void replied(Request request, boolean failed) {
        add(requests, 1);
        if (failed) {
            add(errors, 1);
        } else if (request.type() == NBD_CMD_READ) {
            add(bytesRead, request.length());
        } else if (request.type() == NBD_CMD_WRITE) {
            add(bytesWritten, request.length());
        }
    }

    /** There is one writer: no atomic addition is needed. */
    private static void add(AtomicLong to, long amount) {
        to.setOpaque(to.getPlain() + amount);
    }

    /** As of now, of this loop. */
    NbdStatistics snapshot() {
        return new NbdStatistics(requests.getOpaque(), errors.getOpaque(), bytesRead.getOpaque(),
                bytesWritten.getOpaque());
    }
}
