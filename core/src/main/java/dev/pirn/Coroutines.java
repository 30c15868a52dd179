package dev.pirn;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;

/**
 * The coroutines there are: a list, a dump as of threads, and those that were lost. All methods from any
 * thread.
 *
 * <p>Tracked only when asked: {@code -Dpirn.track=true}, {@code -Dpirn.track=places} to have also the places
 * where coroutines are made, or {@link #track} at any time. While tracking is on and {@code java.management}
 * is there, {@code dev.pirn:type=Coroutines} is a bean that any JMX client can ask, from soon after the start
 * of tracking: {@link CoroutinesMXBean}.
 *
 * <p>A coroutine is <em>lost</em> if it is suspended, and nothing can reach it any more that could enter it:
 * usually a wake that was forgotten. The garbage collector finds it; it is then reported, once, by a warning
 * of the system logger {@code dev.pirn}, and stands in the dump. On {@link Backend#THREAD} it is never found,
 * for its own thread keeps it: it stands in the dump as suspended, with its age.
 *
 * <p>Off, it costs nothing that we could measure. On, a coroutine costs 0.13 µs and some 100 bytes more until
 * it ends, and each enter with its yield 0.07 µs; with places 0.5 µs and some 800 bytes. A list or a dump
 * takes some 15 µs a coroutine.
 */
public final class Coroutines {
    private Coroutines() { }

    /**
     * Begins or ends tracking. Coroutines that were made before are seen from their next enter on; when
     * tracking ends, all are forgotten but the lost.
     */
    public static void track(boolean wanted) {
        Registry.track(wanted);
    }

    /** True while coroutines are tracked. */
    public static boolean isTracking() {
        return Registry.tracking;
    }

    /** Returns those that are tracked and have not ended, oldest first. They go on meanwhile. */
    public static List<CoroutineInfo> live() {
        var snapshot = new Snapshot(Registry.tags());
        return snapshot.all();
    }

    /** Returns the last that were lost, at most 100, oldest first; their frames are gone with them. */
    public static List<CoroutineInfo> lost() {
        return Registry.lastLost().stream().map(each -> ofLost(each.tag(), each.atNanos())).toList();
    }

    /** Returns how many were lost since the JVM started. */
    public static long lostCount() {
        return Registry.lost();
    }

    /**
     * Returns, for each circle of coroutines that wait for locks which the next of them holds, a sentence
     * that says so; of those that are tracked. Usually there is none.
     */
    public static List<String> deadlocks() {
        return Deadlocks.among(Registry.tags());
    }

    /**
     * Writes what a person wants to read when something hangs: the lost, those that run, and those that wait,
     * longest first, each with its frames; equal stacks once.
     *
     * @throws IOException what {@code to} throws
     */
    public static void dump(Appendable to) throws IOException {
        to.append(Dump.text(Sighting.now()));
    }

    /**
     * Writes the same as one JSON object: {@code tracking}, {@code lostCount}, the sentences
     * {@code deadlocks}, and the lists {@code lost} and
     * {@code live} of objects with the components of {@link CoroutineInfo}; durations are {@code ageNanos}
     * and {@code sinceNanos}, frames are text.
     *
     * @throws IOException what {@code to} throws
     */
    public static void dumpJson(Appendable to) throws IOException {
        to.append(Json.dump(Sighting.now()));
    }

    private static CoroutineInfo ofLost(Tag tag, long atNanos) {
        return new CoroutineInfo(tag.id, tag.name, Coroutine.State.SUSPENDED, tag.backend, tag.home(), null,
                tag.waitsFor(), null, Duration.ofNanos(atNanos - tag.createdNanos),
                Duration.ofNanos(atNanos - tag.sinceNanos()), List.of(), Frames.ofCreation(tag.createdAt));
    }

    /** Looks at all at nearly one time: who is on top of whom in a thread says which frames are whose. */
    private static final class Snapshot {
        private final List<Tag> tags;
        private final Map<Coroutine, Integer> innerCount = new IdentityHashMap<>();
        private final Map<Thread, StackTraceElement[]> threads = new HashMap<>();

        Snapshot(List<Tag> tags) {
            this.tags = tags;
            for (Tag tag : tags) countOn(tag);
        }

        /** Counts {@code tag} for each that it runs on top of in the same thread. */
        private void countOn(Tag tag) {
            Coroutine co = tag.get();
            Thread thread = tag.runner();
            if (co == null || thread == null || tag.backend == Backend.THREAD) return;
            for (Coroutine on = co.caller(); on != null; on = on.caller()) {
                Tag below = Watchers.tag(on);
                if (below.runner() != thread || below.backend == Backend.THREAD) return;
                innerCount.merge(on, 1, Integer::sum);
            }
        }

        List<CoroutineInfo> all() {
            var all = new ArrayList<CoroutineInfo>(tags.size());
            for (Tag tag : tags) {
                Coroutine co = tag.get();
                if (co == null) continue; // Lost, or dropped before it ran: found out soon.
                Coroutine.State state = co.state();
                if (state != Coroutine.State.DONE) all.add(info(tag, co, state));
            }
            return all;
        }

        private CoroutineInfo info(Tag tag, Coroutine co, Coroutine.State state) {
            long now = System.nanoTime();
            boolean entered = state == Coroutine.State.RUNNING || state == Coroutine.State.ENTERED_ANOTHER;
            Thread thread = entered ? tag.runner() : null;
            Coroutine caller = entered ? co.caller() : null;
            return new CoroutineInfo(tag.id, tag.name, state, tag.backend, tag.home(),
                    caller == null ? null : Watchers.tag(caller).who(), entered ? null : tag.waitsFor(),
                    thread == null ? null : thread.getName(), Duration.ofNanos(now - tag.createdNanos),
                    Duration.ofNanos(now - tag.sinceNanos()), frames(tag, co, thread),
                    Frames.ofCreation(tag.createdAt));
        }

        private List<StackTraceElement> frames(Tag tag, Coroutine co, Thread thread) {
            if (thread == null || tag.backend == Backend.THREAD) return Frames.ofSuspended(co.frames());
            StackTraceElement[] stack = threads.get(thread);
            if (stack == null) threads.put(thread, stack = thread.getStackTrace());
            return Frames.section(stack, innerCount.getOrDefault(co, 0));
        }
    }
}
