package dev.pirn.block.qcow2;

import dev.pirn.Completion;
import dev.pirn.CoroutineFn;
import java.util.ArrayList;
import java.util.List;

/**
 * The requests that work on the disk, by their ranges: those that change how a cluster is stored are alone
 * with it, the others share it.
 *
 * <pre>
 *   share ──▶ read data, write data in place ──▶ leave
 *   own ────▶ allocate, copy, zero, discard ───▶ leave
 *     └─ shareOn: it need not be changed after all
 * </pre>
 *
 * <p>Who comes later waits for all before him whose range overlaps, unless both share: so nobody starves, and
 * nobody who holds one range may ask for a second. (QEMU's list of clusters that are being allocated orders
 * these alone; a discard beside a write in place then frees the cluster under the write.)
 *
 * <p>For coroutines of any loops. The monitor is held for some instructions, and across no yield.
 */
final class InFlight {
    /** A range that somebody has, or waits for. */
    static final class Range {
        private final long start;
        private final long end;
        private boolean shared;
        /** Those who wait for this one; guarded as the list. */
        private List<Completion<Void>> waiting = List.of();

        private Range(long start, long end, boolean shared) {
            this.start = start;
            this.end = end;
            this.shared = shared;
        }

        private boolean excludes(Range other) {
            return start < other.end && other.start < end && !(shared && other.shared);
        }
    }

    /** In the order in which they came. */
    private final List<Range> all = new ArrayList<>();

    /** Waits until nobody changes the range, and keeps it so. Suspends. */
    @CoroutineFn
    Range share(long start, long end) {
        return enter(new Range(start, end, true));
    }

    /** Waits until nobody is in the range, and keeps it so. Suspends. */
    @CoroutineFn
    Range own(long start, long end) {
        return enter(new Range(start, end, false));
    }

    @CoroutineFn
    private Range enter(Range mine) {
        add(mine);
        try {
            Completion<Void> turn;
            while ((turn = waitsFor(mine)) != null) turn.join();
        } catch (Throwable e) {
            leave(mine);
            throw e;
        }
        return mine;
    }

    private synchronized void add(Range mine) {
        all.add(mine);
    }

    /** What is completed when the first who is in the way has left; null if nobody is. */
    private synchronized Completion<Void> waitsFor(Range mine) {
        for (Range each : all) {
            if (each == mine) return null;
            if (!each.excludes(mine)) continue;
            var turn = new Completion<Void>("a range of clusters");
            if (each.waiting.isEmpty()) each.waiting = new ArrayList<>();
            each.waiting.add(turn);
            return turn;
        }
        throw new AssertionError("a range that is not in flight");
    }

    /** From now on shares what it had alone. */
    void shareOn(Range mine) {
        List<Completion<Void>> woken;
        synchronized (this) {
            mine.shared = true;
            woken = mine.waiting;
            mine.waiting = List.of();
        }
        wake(woken);
    }

    void leave(Range mine) {
        List<Completion<Void>> woken;
        synchronized (this) {
            all.remove(mine);
            woken = mine.waiting;
            mine.waiting = List.of();
        }
        wake(woken);
    }

    private static void wake(List<Completion<Void>> woken) {
        for (Completion<Void> each : woken) each.tryComplete(null);
    }
}
