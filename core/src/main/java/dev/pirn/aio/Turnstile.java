package dev.pirn.aio;

import dev.pirn.Completion;
import dev.pirn.CoroutineFn;
import java.util.ArrayDeque;

/** Lets one coroutine of a loop in at a time, in order. For that loop alone, so that it needs no more. */
final class Turnstile {
    private final ArrayDeque<Completion<Void>> line = new ArrayDeque<>();
    private final Object what;
    private boolean taken;

    /** {@code what} is what those who wait wait for, if anybody asks. */
    Turnstile(Object what) {
        this.what = what;
    }

    boolean isTaken() {
        return taken;
    }

    @CoroutineFn
    void enter() {
        if (!taken) {
            taken = true;
            return;
        }
        var turn = new Completion<Void>(what);
        line.add(turn);
        try {
            turn.join();
        } catch (RuntimeException e) { // Cancelled: out of the line, or on to the next.
            if (!line.remove(turn)) leave();
            throw e;
        }
    }

    void leave() {
        Completion<Void> next = line.poll();
        if (next == null) taken = false; else next.complete(null);
    }
}
