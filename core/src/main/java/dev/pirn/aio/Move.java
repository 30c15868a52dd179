package dev.pirn.aio;

import dev.pirn.Coroutine;
import dev.pirn.CoroutineFn;
import dev.pirn.Home;

/**
 * A coroutine on its way from one loop to another.
 * <pre>
 *   coroutine, in from     bottom half of from       to
 *   await ─ yields ──────▶ schedules it ───────────▶ enters it, await returns
 * </pre>
 *
 * <p>Were it scheduled before it yields, the other loop might enter it while it still runs. So a bottom half
 * does it, which runs on top of no coroutine.
 */
final class Move {
    private final Coroutine mover;
    private final EventLoop from;
    private final EventLoop to;
    private RuntimeException refusal; // Why the other loop would not have it.

    Move(Coroutine mover, EventLoop from, EventLoop to) {
        this.mover = mover;
        this.from = from;
        this.to = to;
    }

    @CoroutineFn
    void await() {
        BottomHalf handOver = from.bottomHalf("move of " + mover.name(), this::handOver);
        handOver.schedule();
        try {
            Coroutine.yield();
        } finally {
            handOver.cancel(); // Cancelled, or below a frame that cannot be suspended: it stays.
        }
        if (refusal != null) throw refusal;
        Home here = Home.current();
        if (here == to) return;
        throw new IllegalStateException(mover + " was entered in " + here + " on its way from " + from
                + " to " + to + "; only rescheduleSelf may wake it: pair each wake with one yield");
    }

    private void handOver() {
        try {
            to.schedule(mover);
        } catch (RuntimeException e) {
            refusal = e;
            from.schedule(mover);
        }
    }
}
