package dev.pirn.lock;

import dev.pirn.Completion;
import dev.pirn.Coroutine;
import dev.pirn.CoroutineFn;
import dev.pirn.Points;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;

/**
 * A number of permits, taken some at a time: the heart of {@link CoSemaphore} and {@link CoBudget}. Served in
 * the order of asking: who wants many is not kept out by those who want few, who wait behind it.
 */
final class Permits {
    private record Ticket(long count, Completion<Void> told) { }

    /** What who waits waits for. */
    private final Object subject;

    // Guarded by the monitor, which is held for some instructions; nobody is woken under it.
    private final ArrayDeque<Ticket> line = new ArrayDeque<>();
    private long available;

    Permits(Object subject, long available) {
        this.subject = subject;
        this.available = available;
    }

    synchronized long available() {
        return available;
    }

    synchronized int waiting() {
        return line.size();
    }

    /** False if it would have to wait. */
    synchronized boolean tryTake(long count) {
        if (!line.isEmpty() || available < count) return false;
        available -= count;
        return true;
    }

    /** Suspends until {@code count} are there, and its turn has come. */
    @CoroutineFn
    void take(long count) {
        Ticket mine = enter(count);
        if (mine == null) return;
        try {
            mine.told.join();
        } catch (RuntimeException e) { // Cancelled, or not suspended at all.
            giveUp(mine);
            throw e;
        }
    }

    private synchronized Ticket enter(long count) {
        if (tryTake(count)) return null;
        var mine = new Ticket(count, new Completion<>(subject));
        line.add(mine);
        return mine;
    }

    private void giveUp(Ticket mine) {
        Points.point("permits, before giving up");
        List<Ticket> next;
        synchronized (this) {
            // Given to it meanwhile: back again. Else those behind it may not have to wait any more.
            if (!line.remove(mine)) available += mine.count;
            next = admit();
        }
        tell(next);
    }

    /** Puts {@code count} back, or more in. */
    void give(long count) {
        if (!giveUpTo(Long.MAX_VALUE, count)) throw new ArithmeticException(subject + ": too many permits");
    }

    /** As {@link #give}; or returns false, if there would be more than {@code total}. */
    boolean giveUpTo(long total, long count) {
        List<Ticket> next;
        synchronized (this) {
            if (count > total - available) return false;
            available += count;
            next = admit();
        }
        tell(next);
        return true;
    }

    /** Serves the head of the line as far as it goes; called with the monitor. */
    private List<Ticket> admit() {
        var admitted = new ArrayList<Ticket>();
        while (!line.isEmpty() && line.getFirst().count <= available) {
            Ticket first = line.poll();
            available -= first.count;
            admitted.add(first);
        }
        return admitted;
    }

    private static void tell(List<Ticket> admitted) {
        if (!admitted.isEmpty()) Points.point("permits, between admit and tell");
        for (Ticket each : admitted) each.told.complete(null);
    }

    static void requireSome(Object of, String method, long count) {
        if (count > 0) return;
        throw new IllegalArgumentException(of + ": " + method + " of " + count + " by "
                + (Coroutine.self() == null ? Thread.currentThread() : Coroutine.self())
                + "; it needs at least 1");
    }
}
