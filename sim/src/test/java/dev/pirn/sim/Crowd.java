package dev.pirn.sim;

import dev.pirn.Coroutine;
import dev.pirn.CoroutineEntry;
import dev.pirn.CoroutineFn;
import dev.pirn.aio.EventLoop;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;

/** Coroutines of one to four loops, that pause, move and are cancelled, as a seed has it. */
final class Crowd {
    private static final int PAUSE_NANOS_MAX = 3_000;

    private final Sim sim;
    private final List<EventLoop> loops = new ArrayList<>();
    private final List<Coroutine> members = new ArrayList<>();

    Crowd(Sim sim) {
        this.sim = sim;
        int count = 1 + below(4);
        for (int i = 0; i < count; i++) loops.add(sim.loop("loop " + i));
    }

    int below(int bound) {
        return sim.random().nextInt(bound);
    }

    boolean chance(int oneOf) {
        return below(oneOf) == 0;
    }

    boolean isOfOneLoop() {
        return loops.size() == 1;
    }

    EventLoop anyLoop() {
        return loops.get(below(loops.size()));
    }

    /** Starts one in any loop; that it is cancelled is no failure. */
    Coroutine start(String name, CoroutineEntry entry) {
        Coroutine member = anyLoop().start(name, () -> {
            try {
                entry.run();
            } catch (CancellationException e) {
                sim.trace(name + " cancelled");
            }
        });
        members.add(member);
        return member;
    }

    /** Does nothing, for a turn, or for a while, or moves to another loop. */
    @CoroutineFn
    void pause() {
        switch (below(6)) {
            case 0 -> EventLoop.yieldTurn();
            case 1, 2 -> EventLoop.sleep(Duration.ofNanos(below(PAUSE_NANOS_MAX)));
            case 3 -> EventLoop.rescheduleSelf(anyLoop());
            default -> { }
        }
    }

    /** Waits until all whose name begins so have ended, or nobody is left who could let them. */
    @CoroutineFn
    void awaitEnded(String prefix) {
        while (members.stream().anyMatch(each -> each.name().startsWith(prefix) && isLive(each))
                && members.stream().anyMatch(each -> !each.name().startsWith(prefix) && isLive(each)
                && each != Coroutine.self())) {
            EventLoop.sleep(Duration.ofNanos(PAUSE_NANOS_MAX));
        }
    }

    private static boolean isLive(Coroutine each) {
        return each.state() != Coroutine.State.DONE;
    }

    /** Has some of those who were started cancelled, some time, in half of all runs. */
    void cancelSome() {
        if (chance(2)) return;
        List<Coroutine> victims = List.copyOf(members);
        int count = 1 + below(victims.size());
        anyLoop().start("canceller", () -> {
            for (int i = 0; i < count; i++) {
                EventLoop.sleep(Duration.ofNanos(below(PAUSE_NANOS_MAX)));
                victims.get(below(victims.size())).cancel();
            }
        });
    }
}
