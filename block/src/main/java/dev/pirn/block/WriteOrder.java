package dev.pirn.block;

import dev.pirn.Completion;
import dev.pirn.CoroutineFn;
import java.util.LinkedHashSet;
import java.util.concurrent.CancellationException;

/**
 * Keeps apart those who change a range and those who also write back what they read around it, so that
 * nothing is lost that others write there meanwhile.
 *
 * <pre>
 *                                  ┌─ overlaps an earlier one, and either is alone: waits for it
 *   enter ──▶ all, in this order ──┴─ else ──▶ inside ──leave──▶ those behind it are looked at
 * </pre>
 *
 * <p>Who waits is waited for too: nobody overtakes, so nobody starves. From any loop; the monitor is held for
 * a look at those inside, and across no yield.
 */
final class WriteOrder {
    /** One who has entered. */
    static final class Range {
        private final long from;
        private final long to;
        private final boolean alone;
        private final Completion<Void> free = new Completion<>("overlapping writes");
        private int ahead; // Earlier ones that it waits for.

        private Range(long from, long to, boolean alone) {
            this.from = from;
            this.to = to;
            this.alone = alone;
        }

        private boolean excludes(Range other) {
            return (alone || other.alone) && from < other.to && other.from < to;
        }
    }

    private final LinkedHashSet<Range> all = new LinkedHashSet<>();

    /**
     * Suspends until nobody who came before is in the way; {@link #leave} afterwards.
     *
     * @param alone whether nobody else may change the range meanwhile
     * @throws CancellationException if the coroutine was cancelled; it has not entered
     */
    @CoroutineFn
    Range enter(long from, long to, boolean alone) {
        var range = new Range(from, to, alone);
        if (add(range)) return range;
        try {
            range.free.join();
        } catch (CancellationException e) {
            leave(range);
            throw e;
        }
        return range;
    }

    /** Returns whether nobody is in the way. */
    private synchronized boolean add(Range range) {
        for (Range each : all) {
            if (each.excludes(range)) range.ahead++;
        }
        all.add(range);
        return range.ahead == 0;
    }

    /** Lets those go on who waited for nobody else. */
    synchronized void leave(Range range) {
        // In this order: behind it stand those who counted it.
        boolean behind = false;
        for (Range each : all) {
            if (each == range) behind = true;
            else if (behind && range.excludes(each) && --each.ahead == 0) each.free.complete(null);
        }
        all.remove(range);
    }
}
