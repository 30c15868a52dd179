package dev.pirn.lock;

import dev.pirn.Completion;
import dev.pirn.Coroutine;
import dev.pirn.CoroutineFn;
import dev.pirn.Points;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.atomic.AtomicReference;

/**
 * One wait of one coroutine for one of some cases, which stand in the lines of their channels meanwhile.
 *
 * <pre>
 *   open ──claim, by who sends, receives or closes──▶ chosen ──tell──▶ the coroutine is woken
 *     └────claim, by the coroutine that is cancelled─▶ given up
 * </pre>
 *
 * <p>Claiming needs the monitor of the case's channel; telling must not have it, for it may enter a
 * coroutine.
 */
final class Choice {
    private static final Case<?> GIVEN_UP = new Case<>(null, false);

    private final AtomicReference<Case<?>> chosen = new AtomicReference<>();
    private final Completion<Void> told = new Completion<>(this);
    private final List<Case<?>> cases;

    Choice(Case<?>... cases) {
        this.cases = Arrays.asList(cases);
    }

    /** True for the first who asks: the wait ends with {@code wanted}, and nobody else's will be chosen. */
    boolean claim(Case<?> wanted) {
        return chosen.compareAndSet(null, wanted);
    }

    /** Wakes the coroutine; by who has claimed, outside of any monitor. */
    void tell() {
        told.complete(null);
    }

    /**
     * Suspends until one of the cases was chosen, and takes the others out of their lines. If it is
     * cancelled at the same time, the case counts: what it was handed is not lost. The cancellation is told
     * at the next yield then.
     */
    @CoroutineFn
    Case<?> await() {
        boolean cancelled = false;
        try {
            told.join();
        } catch (RuntimeException e) { // Cancelled, or not suspended at all.
            Points.point("Choice, before giving up");
            boolean mine = claim(GIVEN_UP);
            leaveLines();
            if (mine) throw e;
            cancelled = e instanceof CancellationException;
        }
        if (cancelled) {
            Coroutine.self().cancel(); // It runs, so this is only noted.
        } else if (cases.size() > 1) {
            leaveLines();
        }
        return chosen.get();
    }

    private void leaveLines() {
        for (Case<?> each : cases) each.channel.leave(each);
    }

    /** Says in a dump what the coroutine waits for. */
    @Override
    public String toString() {
        return cases.size() == 1 ? cases.getFirst().toString() : "one of " + cases;
    }
}
