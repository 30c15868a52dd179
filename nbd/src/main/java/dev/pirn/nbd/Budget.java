package dev.pirn.nbd;

import dev.pirn.Completion;
import dev.pirn.CoroutineFn;
import java.util.ArrayDeque;

/**
 * So many units, that coroutines of one loop take and give back; who asks for more than is there waits.
 *
 * <p>First come first served: a small request does not overtake a large one, which would else wait for ever.
 */
final class Budget {
    private record Waiter(long units, Completion<Void> granted) { }

    private final long unitsMax;
    private final ArrayDeque<Waiter> waiting = new ArrayDeque<>();
    private long available;

    Budget(long unitsMax) {
        this.unitsMax = unitsMax;
        this.available = unitsMax;
    }

    /** True if {@link #acquire} of so many would not wait. */
    boolean has(long units) {
        return waiting.isEmpty() && units <= available;
    }

    /** How many are taken. */
    long taken() {
        return unitsMax - available;
    }

    /** Takes {@code units}, at most all there are. Suspends while they are not there. */
    @CoroutineFn
    void acquire(long units) {
        assert units >= 0 && units <= unitsMax : units + " of " + unitsMax;
        if (has(units)) {
            available -= units;
            return;
        }
        var waiter = new Waiter(units, new Completion<>("room for another request"));
        waiting.add(waiter);
        waiter.granted.join();
    }

    /** Gives {@code units} back, and to those who wait. */
    void release(long units) {
        available += units;
        assert available <= unitsMax : available + " of " + unitsMax;
        // Taken on their behalf: until they run, nobody can come between.
        while (!waiting.isEmpty() && waiting.peek().units <= available) {
            Waiter first = waiting.remove();
            available -= first.units;
            first.granted.complete(null);
        }
    }

    /** Waits until all but {@code units} are given back. Suspends; others get nothing meanwhile. */
    @CoroutineFn
    void awaitAllBut(long units) {
        acquire(unitsMax - units);
        release(unitsMax - units);
    }
}
