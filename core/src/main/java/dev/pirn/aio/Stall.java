package dev.pirn.aio;

import dev.pirn.Coroutine;
import java.time.Duration;
import java.util.function.Consumer;

/**
 * Watches one loop for turns that take too long: something in it blocks, or computes.
 *
 * <pre>
 *   quiet ──a turn passes the limit──▶ said, with the stack ──it ends──▶ said, with its length: quiet
 * </pre>
 *
 * <p>For one thread, the {@link Watchdog}'s.
 */
final class Stall {
    private final EventLoop loop;
    private final long limitNanos;
    private final Consumer<String> log;
    private long stuckSinceNanos; // Zero while quiet.
    private long seenNanos;       // When it was last seen to be stuck.

    Stall(EventLoop loop, Duration limit, Consumer<String> log) {
        this.loop = loop;
        this.limitNanos = limit.toNanos();
        this.log = log;
    }

    /** Looks once, at a time of the loop's world. */
    void look(long nowNanos) {
        long since = loop.busySinceNanos();
        if (stuckSinceNanos != 0 && since != stuckSinceNanos) {
            log.accept("%s goes on: it was stuck for %d ms at least".formatted(loop,
                    millis(seenNanos - stuckSinceNanos)));
            stuckSinceNanos = 0;
        }
        if (since == 0 || nowNanos - since <= limitNanos) return;
        seenNanos = nowNanos;
        if (stuckSinceNanos != 0) return;
        stuckSinceNanos = since;
        log.accept(text(nowNanos - since));
    }

    private String text(long stuckNanos) {
        Thread thread = loop.runner();
        var text = new StringBuilder("%s is stuck: a turn takes %d ms, more than %d".formatted(loop,
                millis(stuckNanos), millis(limitNanos)));
        for (Coroutine co : loop.residents()) {
            if (co.state() == Coroutine.State.RUNNING) text.append("; ").append(co).append(" runs");
        }
        if (thread == null) return text.toString();
        text.append(", in ").append(thread);
        for (StackTraceElement frame : thread.getStackTrace()) text.append("\n    at ").append(frame);
        return text.toString();
    }

    private static long millis(long nanos) {
        return nanos / 1_000_000;
    }
}
