package dev.pirn.sim;

import dev.pirn.NoCoroutineFn;
import dev.pirn.aio.World;
import java.nio.channels.spi.SelectorProvider;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.function.BooleanSupplier;

/**
 * Decides who runs next: whoever has the baton asks, at a point, in a selector, or at its end.
 *
 * <pre>
 *   someone can run, or something is due ──▶ one of them, by the seed
 *   nobody, but there is a deadline      ──▶ time jumps to it
 *   nobody, ever                         ──▶ quiet: whoever called Sim.run goes on
 * </pre>
 */
final class SimWorld extends World {
    private static final long STEP_NANOS_MAX = 1_000;

    final SimOptions options;
    final Seeded random;
    final Agenda agenda = new Agenda();
    final Network network = new Network();
    /** The thread that made the world. */
    final Actor caller = new Actor("caller", 0);

    private final SelectorProvider channels = new SimSelectorProvider(this);
    private final List<Actor> actors = new ArrayList<>();
    private final List<Actor> able = new ArrayList<>();
    private final Actor pool;
    /** Of how many points one is a place to switch at; differs by seed: some errors need few switches. */
    private final int pointsPerSwitch;
    private Actor running = caller;
    private long nowNanos;
    private long steps;
    private long trace;
    /** Why the run ended before its time; null while it goes on. */
    private Throwable failure;
    private boolean ended;
    private BooleanSupplier goal = () -> false;

    SimWorld(long seed, SimOptions options) {
        this.options = options;
        this.random = new Seeded(seed);
        this.pointsPerSwitch = 1 << random.below(5);
        this.caller.state = Actor.State.RUNNABLE;
        this.pool = Actor.threaded("pool", 1);
        actors.add(caller);
        actors.add(pool);
    }

    @Override
    public long nanoTime() {
        return nowNanos;
    }

    @Override
    public SelectorProvider channels() {
        return channels;
    }

    @Override
    public void work(Executor threads, Runnable work) {
        agenda.add(nowNanos + random.upTo(options.workNanosMax()), true, work);
    }

    @Override
    @NoCoroutineFn
    public void point(String place) {
        if (ended && running != caller) throw new Abandoned();
        if (!ended && random.below(pointsPerSwitch) == 0) {
            note(place.hashCode());
            giveWay();
        }
    }

    /** Makes an actor that runs {@code code} from the next {@link #run} on. */
    Actor begin(String name, Runnable code) {
        Actor actor = Actor.threaded(name, actors.size());
        actors.add(actor);
        begin(actor, code);
        return actor;
    }

    private void begin(Actor actor, Runnable code) {
        actor.begin(() -> guard(code), () -> end(actor));
    }

    private void guard(Runnable code) {
        try {
            code.run();
        } catch (Abandoned e) {
            // As it was asked to.
        } catch (Throwable e) {
            fail(e);
        }
    }

    private void end(Actor actor) {
        actor.state = Actor.State.IDLE;
        running = pick();
        running.go();
    }

    /** Ends the run as soon as somebody gives way; the first reason counts. */
    void fail(Throwable cause) {
        if (failure == null && !ended) failure = cause;
    }

    Throwable failure() {
        return failure;
    }

    /** Folds {@code what} into the hash of the run. */
    void note(long what) {
        trace = Seeded.mix(trace * 31 + what) + nowNanos;
    }

    long trace() {
        return trace;
    }

    long steps() {
        return steps;
    }

    /** Lets the others run until {@code goal}, until nothing can happen any more, or something failed. */
    void run(BooleanSupplier until) {
        goal = until;
        caller.state = Actor.State.IDLE;
        try {
            hand(pick());
        } finally {
            goal = () -> false;
            caller.state = Actor.State.RUNNABLE;
        }
    }

    /** Waits in a selector until it is ready, woken, or {@code nanos} have passed. */
    void select(SimSelector selector, long nanos) {
        Actor me = running;
        if (ended) {
            if (me != caller) throw new Abandoned();
            nowNanos += Math.min(nanos, options.timeNanosMax()); // Of a loop that is closed.
            return;
        }
        me.selector = selector;
        me.deadlineNanos = nanos > Long.MAX_VALUE - nowNanos ? Long.MAX_VALUE : nowNanos + nanos;
        me.state = Actor.State.SELECTING;
        try {
            giveWay();
        } finally {
            me.state = Actor.State.RUNNABLE;
            me.selector = null;
        }
    }

    /** Lets others come first, if the seed says so. */
    void pass() {
        if (ended && running != caller) throw new Abandoned();
        if (!ended) giveWay();
    }

    private void giveWay() {
        Actor me = running;
        hand(pick());
        if (ended) throw new Abandoned();
        if (me == caller && failure != null) throw new IllegalStateException("the run failed", failure);
    }

    /** Gives the baton to {@code next} and waits until it comes back. */
    private void hand(Actor next) {
        Actor me = running;
        if (next == me) return;
        running = next;
        next.go();
        me.await();
    }

    private Actor pick() {
        while (failure == null && !ended && !goal.getAsBoolean()) {
            if (++steps > options.stepsMax()) {
                fail(new Limit("not ended after " + options.stepsMax() + " steps"));
                break;
            }
            nowNanos += 1 + random.upTo(STEP_NANOS_MAX);
            Actor next = choose();
            if (next != null) {
                note(next.number);
                return next;
            }
            if (agenda.nextNanos() <= nowNanos) continue;
            long laterNanos = nextNanos();
            if (laterNanos == Long.MAX_VALUE) return quiet();
            if (laterNanos > options.timeNanosMax()) {
                fail(new Limit("not ended after %d s of virtual time"
                        .formatted(options.timeNanosMax() / 1_000_000_000)));
                break;
            }
            nowNanos = Math.max(nowNanos, laterNanos);
        }
        return caller;
    }

    /** Nobody will ever run: the caller's turn, unless it waits in a selector itself. */
    private Actor quiet() {
        if (caller.state == Actor.State.SELECTING) {
            fail(new IllegalStateException("nothing can happen any more"));
        }
        return caller;
    }

    /** One that can run; null if there is none, or something that was due has happened instead. */
    private Actor choose() {
        able.clear();
        for (Actor each : actors) if (isAble(each)) able.add(each);
        boolean due = agenda.nextNanos() <= nowNanos && pool.state == Actor.State.IDLE;
        int count = able.size() + (due ? 1 : 0);
        if (count == 0) return null;
        int chosen = random.below(count);
        return chosen < able.size() ? able.get(chosen) : happen(agenda.take());
    }

    private Actor happen(Agenda.Item item) {
        note(-1);
        if (item.inPool()) {
            begin(pool, item.action());
            return pool;
        }
        item.action().run();
        return choose();
    }

    private boolean isAble(Actor each) {
        return switch (each.state) {
            case IDLE -> false;
            case RUNNABLE -> true;
            case SELECTING -> each.deadlineNanos <= nowNanos || each.selector.isReady();
        };
    }

    private long nextNanos() {
        long next = agenda.nextNanos();
        for (Actor each : actors) {
            if (each.state == Actor.State.SELECTING) next = Math.min(next, each.deadlineNanos);
        }
        return next;
    }

    /** Has all who still run unwind, one after the other; by the caller. */
    void end() {
        ended = true;
        agenda.clear();
        for (Actor each : actors) {
            while (each != caller && each.state != Actor.State.IDLE) hand(each);
            each.release();
        }
    }

    boolean isEnded() {
        return ended;
    }

    @Override
    public String toString() {
        return "a simulated world";
    }
}
