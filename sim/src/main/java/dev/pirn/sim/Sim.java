package dev.pirn.sim;

import dev.pirn.CoroutineEntry;
import dev.pirn.Coroutines;
import dev.pirn.Points;
import dev.pirn.aio.EventLoop;
import dev.pirn.aio.World;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.random.RandomGenerator;

/**
 * One run of a simulated world: loops whose time is virtual, and whose every order that nobody promised comes
 * from a seed. The same seed gives the same run, in every JVM.
 *
 * <pre>
 *   try (var sim = Sim.of(seed)) {
 *       EventLoop a = sim.loop("a");
 *       a.start("one", () -&gt; EventLoop.sleep(Duration.ofHours(1)));
 *       sim.run();
 *   }
 * </pre>
 *
 * <p>All methods are for the thread that made it, and {@link #trace} and {@link #random} for whatever runs in
 * its loops. Threads other than these must not touch the loops: what they do comes from no seed.
 */
public final class Sim implements AutoCloseable {
    private static final int TURNS_MAX = 100;

    private final long seed;
    private final SimWorld world;
    private final SimDisk disk;
    private final List<EventLoop> loops = new ArrayList<>();
    private final List<String> trace = new ArrayList<>();
    private int started;

    static {
        Points.watch();
        Coroutines.track(true); // Who is stuck is told with what it waits for.
    }

    private Sim(long seed, SimOptions options) {
        this.seed = seed;
        this.world = new SimWorld(Seeded.mix(seed), options);
        this.disk = new SimDisk(world);
    }

    /** Makes a world in which nothing fails. */
    public static Sim of(long seed) {
        return of(seed, SimOptions.DEFAULT);
    }

    /** Makes a world in which {@code options} say what goes wrong. */
    public static Sim of(long seed, SimOptions options) {
        return new Sim(seed, options);
    }

    /** What decided. */
    public long seed() {
        return seed;
    }

    /** For {@link EventLoop#open(String, World)}; loops that are opened so are run by who opens them. */
    public World world() {
        return world;
    }

    /** Makes a loop, which {@link #run()} runs, each in a thread of its own, one at a time. */
    public EventLoop loop(String name) {
        try {
            EventLoop loop = EventLoop.open(name, world);
            loop.onUncaught((who, failure) -> world.fail(failure));
            loops.add(loop);
            return loop;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Its files, of which there is none at first. */
    public SimDisk disk() {
        return disk;
    }

    /** Chance for the test's own choices, of the same seed. */
    public RandomGenerator random() {
        return world.random;
    }

    /** Time since the world began. */
    public Duration now() {
        return Duration.ofNanos(world.nanoTime());
    }

    /** Adds to what {@link #trace()} returns. */
    public void trace(Object event) {
        trace.add(event.toString());
        world.note(trace.getLast().hashCode());
    }

    /** What was {@linkplain #trace(Object) noted} so far, in order. */
    public List<String> trace() {
        return List.copyOf(trace);
    }

    /** A number that differs if anything of the run was different: who ran when, and all that was noted. */
    public long fingerprint() {
        return world.trace();
    }

    /** How often was chosen so far. */
    public long steps() {
        return world.steps();
    }

    /**
     * Runs all loops until nothing can happen any more, and all coroutines have ended. May be called again.
     *
     * @throws IllegalStateException if coroutines wait and nothing will wake them, or if it does not end
     *     within the limits of {@link SimOptions}; the message says what each waits for. What a coroutine or
     *     handler throws ends the run, and comes out as it is.
     */
    public void run() {
        go(() -> false);
        for (EventLoop each : loops) {
            if (!each.residents().isEmpty()) throw stuck("nothing can happen any more, but");
        }
    }

    /**
     * As {@link #run()}, but only until {@code body}, in a coroutine of {@code loop}, has ended: for what has
     * servers that wait for ever.
     */
    public void run(EventLoop loop, String name, CoroutineEntry body) {
        boolean[] done = {false};
        loop.start(name, () -> {
            body.run();
            done[0] = true;
        });
        go(() -> done[0]);
        if (!done[0]) throw stuck("\"" + name + "\" will never end:");
    }

    private void go(BooleanSupplier until) {
        for (; started < loops.size(); started++) {
            EventLoop loop = loops.get(started);
            world.begin(loop.name(), loop::run);
        }
        world.run(until);
        if (world.failure() instanceof Limit limit) throw stuck(limit.getMessage() + ":");
        if (world.failure() != null) Sim.<RuntimeException>rethrow(world.failure());
    }

    @SuppressWarnings("unchecked")
    private static <X extends Throwable> void rethrow(Throwable failure) throws X {
        throw (X) failure;
    }

    private IllegalStateException stuck(String what) {
        var text = new StringBuilder(this + ": " + what + Words.of(loops));
        for (String each : Coroutines.deadlocks()) text.append("\n  deadlock: ").append(each);
        return new IllegalStateException(text.toString());
    }

    /** Ends all that runs, and cancels the coroutines that are left. */
    @Override
    public void close() {
        if (world.isEnded()) return;
        world.end();
        for (EventLoop each : loops) {
            try {
                each.shutdown(TURNS_MAX);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    /** Names it for people, with its seed. */
    @Override
    public String toString() {
        return "sim of seed " + seed + " at " + now();
    }
}
