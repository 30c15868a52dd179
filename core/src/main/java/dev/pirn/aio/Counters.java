package dev.pirn.aio;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * What a loop has done so far. Written by its thread, plainly, but for the signals; read by any: the write of
 * {@link #busySinceNanos} at the end of each turn publishes what that counted.
 */
final class Counters {
    private static final VarHandle SIGNALS;

    static {
        try {
            SIGNALS = MethodHandles.lookup().findVarHandle(Counters.class, "signals", long.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private long turns;
    private long handlers;
    private long coroutines;
    private long timers;
    private long pollHits;
    private long longestTurnNanos;
    private volatile long signals;
    /** Since when the loop has not waited; zero while it waits, or nobody runs it. */
    private volatile long busySinceNanos;

    /** A turn's wait is over; returns what {@link #end} wants. */
    long begin(long nowNanos) {
        long outer = busySinceNanos;
        busySinceNanos = nowNanos == 0 ? 1 : nowNanos;
        return outer;
    }

    /** A turn is over, which was inside of another one if {@code outer} is not zero. */
    void end(long outer, long nowNanos, int entered, int called, int fired) {
        turns++;
        coroutines += entered;
        handlers += called;
        timers += fired;
        long tookNanos = nowNanos - busySinceNanos;
        if (tookNanos > longestTurnNanos) longestTurnNanos = tookNanos;
        // What runs the inner turn has begun anew: the loop was not stuck in it.
        busySinceNanos = outer == 0 ? 0 : nowNanos;
    }

    void pollHit() {
        pollHits++;
    }

    /** From any thread. */
    void signalled() {
        SIGNALS.getAndAdd(this, 1L);
    }

    long busySinceNanos() {
        return busySinceNanos;
    }

    LoopStatistics snapshot(long live) {
        VarHandle.fullFence();
        return new LoopStatistics(turns, handlers, coroutines, timers, signals, pollHits, longestTurnNanos,
                live);
    }
}
