package dev.pirn.aio;

import dev.pirn.Coroutine;
import dev.pirn.NoCoroutineFn;
import dev.pirn.aio.ShutdownReport.Leftover;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;

/**
 * Ends what is left in a loop, in its thread.
 * <pre>
 *   run what is due ──▶ cancel each coroutine ──▶ turns, until all have ended ──▶ drop the rest
 *                              ▲                      │ a finally block started another
 *                              └──────────────────────┘
 * </pre>
 *
 * <p>Each arrow is bounded in turns. While it waits for those that cannot be told at once, as they wait for
 * work of a thread, a turn lasts for {@link #TICK_NANOS} at most.
 */
final class Shutdown {
    /** With the tick, a second for those who wait for what must not be left. */
    static final int TURNS_MAX_DEFAULT = 1_000;
    private static final long TICK_NANOS = 1_000_000;

    private final EventLoop loop;
    private final Turn turn;
    private final Uncaught uncaught;
    private final Runnable refuse;
    private final int turnsMax;
    private final Set<Coroutine> seen = Collections.newSetFromMap(new IdentityHashMap<>());
    private final List<Coroutine> left = new ArrayList<>();
    private final List<Leftover> leftovers = new ArrayList<>(); // What each of those waited for.
    private int told; // So many of them were cancelled.

    /** One that calls {@code refuse} when it is time that nobody may ask for more. */
    Shutdown(EventLoop loop, Turn turn, Uncaught uncaught, int turnsMax, Runnable refuse) {
        this.loop = loop;
        this.turn = turn;
        this.uncaught = uncaught;
        this.turnsMax = turnsMax;
        this.refuse = refuse;
    }

    @NoCoroutineFn
    ShutdownReport run() {
        int turns = 0;
        while (turns < turnsMax && loop.turnOfShutdown(false)) turns++;
        note(loop.residents());
        refuse.run();
        Timer tick = loop.timer("tick of the shutdown", () -> { });
        for (turns = 0; turns < turnsMax && cancelAll(); turns++) {
            tick.arm(TICK_NANOS);
            loop.turnOfShutdown(true);
        }
        tick.cancel();
        note(loop.dropNew());
        tellAll();
        turn.pollers.close(); // Before what is watched is listed: they take back what they watch.
        return report();
    }

    private void note(List<Coroutine> some) {
        for (Coroutine co : some) {
            if (!seen.add(co)) continue;
            left.add(co);
            leftovers.add(new Leftover(name(co), loop.waits(co)));
        }
    }

    /** Tells those that were not told; returns whether any has not ended or begun. */
    private boolean cancelAll() {
        note(loop.residents());
        tellAll();
        return !loop.residents().isEmpty() || loop.isSoon();
    }

    private void tellAll() {
        while (told < left.size()) {
            Coroutine co = left.get(told++);
            try {
                co.cancel();
            } catch (RuntimeException e) { // What it threw instead, or that it yielded again.
                uncaught.report(co, e);
            }
        }
    }

    private ShutdownReport report() {
        var cancelled = new ArrayList<Leftover>();
        var refused = new ArrayList<Leftover>();
        for (int i = 0; i < left.size(); i++) {
            Coroutine co = left.get(i);
            if (co.state() == Coroutine.State.DONE) {
                cancelled.add(leftovers.get(i));
            } else {
                refused.add(new Leftover(name(co), loop.waits(co)));
            }
        }
        var bottomHalves = new ArrayList<String>();
        for (BottomHalf each : loop.bottomHalves.drop()) bottomHalves.add(each.toString());
        for (BottomHalf each : loop.notifiers.drop()) bottomHalves.add(each.toString());
        return new ShutdownReport(List.copyOf(cancelled), List.copyOf(refused), loop.timers.drop(),
                List.copyOf(bottomHalves), turn.watched());
    }

    private static String name(Coroutine co) {
        return co.name() != null ? co.name() : co.toString();
    }
}
