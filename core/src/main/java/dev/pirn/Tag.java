package dev.pirn;

import java.lang.ref.WeakReference;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.concurrent.atomic.AtomicLong;

/**
 * What a coroutine is to those who watch it, besides its name: stands in the place of the name from when one
 * of them first asks, so that a coroutine which nobody watches is no larger for it.
 *
 * <p>Does not keep the coroutine alive: what the registry still knows of it when it is gone stands here.
 * Written by whoever runs the coroutine, read by anyone.
 */
final class Tag extends WeakReference<Coroutine> {
    private static final AtomicLong IDS = new AtomicLong();

    final long id = IDS.incrementAndGet();
    final String name;
    final Backend backend;

    // From here on for the registry alone.

    final long createdNanos = System.nanoTime();
    final Throwable createdAt; // Null unless places are tracked.
    Tag before; // In the list of Registry, guarded by its monitor.
    Tag after;
    boolean listed;

    private volatile long sinceNanos = createdNanos;
    private volatile Thread runner;  // In whose frames it runs; null while it does not.
    private volatile Object waitsFor; // A text, or a reference to what gives one.
    private volatile String home;
    private volatile boolean entered;

    Tag(Coroutine co, String name, Backend backend) {
        super(co, Registry.COLLECTED);
        this.name = name;
        this.backend = backend;
        this.createdAt = Registry.places ? new Throwable() : null;
    }

    void entering(Home here) {
        waitsFor = null;
        home = here == null ? null : here.name();
        runner = ThreadStackWorker.thisThread();
        entered = true;
        sinceNanos = System.nanoTime();
    }

    void left() {
        runner = null;
        sinceNanos = System.nanoTime();
    }

    /** Notes what it is about to wait for. Weakly: that may know the coroutine, which would never be lost. */
    void waiting(Object subject) {
        waitsFor = subject instanceof String ? subject : new WeakReference<>(subject);
    }

    /** What it waits for, or null. */
    Object subject() {
        Object now = waitsFor;
        return now instanceof WeakReference<?> reference ? reference.get() : now;
    }

    /** That in words, or null; and who has it, if that is known. */
    String waitsFor() {
        Object now = subject();
        if (now == null) return null;
        try {
            return now instanceof HeldBy lock ? now + heldBy(lock) : now.toString();
        } catch (RuntimeException e) { // A user's, in another thread than it was written for.
            return now.getClass().getName();
        }
    }

    private static String heldBy(HeldBy lock) {
        List<Coroutine> holders = lock.holders();
        if (holders.isEmpty()) return "";
        Stream<String> names = holders.stream().map(each -> Watchers.tag(each).who());
        return ", held by " + names.collect(Collectors.joining(", "));
    }

    /** When it came into the state that it is in, on the clock of System.nanoTime. */
    long sinceNanos() {
        return sinceNanos;
    }

    Thread runner() {
        return runner;
    }

    String home() {
        return home;
    }

    boolean wasEntered() {
        return entered;
    }

    /** {@code "reader"}, or {@code #12} without a name. */
    String who() {
        return name != null ? '"' + name + '"' : "#" + id;
    }
}
