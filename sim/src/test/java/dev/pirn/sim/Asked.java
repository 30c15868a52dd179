package dev.pirn.sim;

import dev.pirn.Coroutine;
import dev.pirn.aio.EventLoop;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Who asked for a lock, in the order of asking, for each loop: between loops there is none, for a point may
 * come between the question and its effect.
 */
final class Asked {
    private final boolean exact;
    private final Map<EventLoop, List<Coroutine>> lines = new HashMap<>();
    private final Map<Coroutine, EventLoop> loops = new HashMap<>();

    /**
     * Makes one.
     *
     * @param exact false if one that was served may still look as if it waited, for its wake is on its way
     *     in another loop
     */
    Asked(boolean exact) {
        this.exact = exact;
    }

    void asks() {
        EventLoop loop = EventLoop.current();
        loops.put(Coroutine.self(), loop);
        lines.computeIfAbsent(loop, each -> new ArrayList<>()).add(Coroutine.self());
    }

    void gaveUp() {
        EventLoop loop = loops.remove(Coroutine.self());
        if (loop != null) lines.get(loop).remove(Coroutine.self());
    }

    /** The caller has it: nobody of its loop asked before and still waits. */
    void has() {
        for (Coroutine each : lines.get(loops.get(Coroutine.self()))) {
            if (each == Coroutine.self()) break;
            // One that was served, and has not run since, is scheduled.
            if (exact && each.state() == Coroutine.State.SUSPENDED) {
                throw new AssertionError(Coroutine.self() + " was served before " + each
                        + ", who asked before");
            }
        }
        gaveUp();
    }
}
