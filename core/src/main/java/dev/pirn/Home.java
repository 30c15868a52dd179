package dev.pirn;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ConcurrentLinkedQueue;

/**
 * Where coroutines go on when they are woken: one thread at a time, and a list of those that are scheduled.
 *
 * <p>The event loop of {@code dev.pirn.aio} is one. Extend it to wake coroutines from a loop of your own, a
 * game's or a window system's: have {@link #signal} make your thread call {@link #runScheduled},
 * {@linkplain #bind bound}.
 *
 * <pre>
 *   any thread                        the home's thread
 *   schedule ──▶ scheduled list ──▶ signal ··▶ runScheduled ──▶ enter, first come first served
 * </pre>
 */
public abstract class Home {
    private static final VarHandle SCHEDULED =
            Handles.of(MethodHandles.lookup(), "scheduled", Coroutine.class);

    /** False while no home was ever made: then nobody need look for one in the thread, 3 ns an enter. */
    private static boolean used;

    final Residents residents = new Residents();

    private final String name;
    /** The newest of those scheduled; each links to the one before. Taken whole, so that there is no ABA. */
    private volatile Coroutine scheduled;
    private final ConcurrentLinkedQueue<Coroutine> cancellations = new ConcurrentLinkedQueue<>();

    /** Makes one with a name for errors and dumps. */
    protected Home(String name) {
        used = true;
        this.name = Objects.requireNonNull(name, "name");
    }

    /**
     * The home of the calling coroutine or, outside of any, the one that this thread is bound to; null if
     * neither.
     */
    public static Home current() {
        return current(Stack.current());
    }

    /** As {@link #current(Coroutine)}, where the calling thread's strand is known. */
    static Home current(Coroutine self, Strand here) {
        return self != null ? self.home() : here.bound;
    }

    static Home current(Coroutine self) {
        // Inside a coroutine never ask the thread: compiled code may still hold the one that it was suspended
        // in.
        if (self != null) return self.home();
        return used ? Strand.here().bound : null;
    }

    /** Its name. */
    public final String name() {
        return name;
    }

    /**
     * Has {@code co} entered by this home's thread, soon; returns at once. From any thread
     * ({@code aio_co_schedule}). A coroutine that still runs may be scheduled only in its own home: there it
     * has yielded before its turn comes.
     *
     * @throws IllegalStateException if it is done, or was scheduled before; the message names both
     *     schedulers; or if nobody will ever run this home again
     */
    public final void schedule(Coroutine co) {
        schedule("Home.schedule", co);
    }

    /**
     * Has {@code co} entered here, whatever its home was: at once if the caller runs here outside of any
     * coroutine, when the calling coroutine yields or ends if that one runs here, and by way of
     * {@link #schedule} from any other thread ({@code aio_co_enter}). Never runs it on top of another.
     *
     * @throws IllegalStateException if it is the caller itself, is done, or was scheduled before
     */
    public final void enter(Coroutine co) {
        co.wakeIn(this, "Home.enter");
    }

    final void schedule(String function, Coroutine co) {
        if (isClosed()) throw Misuse.closed(this, co, function);
        co.claim(function, this);
        Coroutine top;
        do {
            top = scheduled;
            co.next = top;
        } while (!SCHEDULED.compareAndSet(this, top, co));
        // Whoever finds the list empty signals; the others know that somebody has: one signal for a burst.
        if (top != null) return;
        Points.point("Home, between schedule and signal");
        signal();
    }

    /** Has {@code co}, which is to be cancelled and runs here, told of it by this home's thread. */
    final void cancelLater(Coroutine co) {
        cancellations.add(co);
        signal();
    }

    private int tellCancelled() {
        int told = 0;
        for (Coroutine co = cancellations.poll(); co != null; co = cancellations.poll()) {
            Throwable thrown = co.cancelNow(null, this);
            if (thrown != null) uncaught(co, thrown);
            told++;
        }
        return told;
    }

    /**
     * Enters all that were scheduled before this call, in the order they were scheduled, each followed by
     * those that it woke. To be called by the bound thread, outside of any coroutine.
     *
     * @return how many were entered
     */
    @NoCoroutineFn
    protected final int runScheduled() {
        int told = cancellations.isEmpty() ? 0 : tellCancelled();
        if (scheduled == null) return told;
        var batch = new WakeList();
        for (Coroutine co = (Coroutine) SCHEDULED.getAndSet(this, null); co != null; ) {
            Coroutine earlier = co.next;
            batch.addFirst(co);
            co = earlier;
        }
        return told + batch.enterAll(null, this);
    }

    /**
     * Suspends the calling coroutine until its home has entered all others that are scheduled there: for a
     * turn, where the home is an event loop.
     *
     * @throws IllegalStateException outside of a coroutine that runs in a home
     * @throws java.util.concurrent.CancellationException if it was cancelled
     */
    @CoroutineFn
    public static void yieldTurn() {
        Coroutine self = Coroutine.self();
        Home home = self == null ? null : self.home();
        if (home == null) throw Misuse.outside("Home.yieldTurn", self);
        Watchers.waiting(self, "its next turn");
        home.schedule("Home.yieldTurn", self);
        try {
            CoWait.await(self, false);
        } catch (RuntimeException e) { // Cancelled, or below a frame that cannot be suspended.
            CoWait.absorb(self);
            throw e;
        }
    }

    /** True if a coroutine waits for {@link #runScheduled}. */
    protected final boolean hasScheduled() {
        return scheduled != null || !cancellations.isEmpty();
    }

    /** {@code co} is about to run in another home than it ran in last; returns that. */
    static Home move(Coroutine co, Home from, Home to) {
        if (from != null) from.residents.left();
        if (to != null) to.residents.joined(co, to);
        return to;
    }

    /**
     * Returns the coroutines that ran here last and have not ended, oldest first: those that wait, and those
     * that run. In the home's thread exact; from another a glance.
     */
    public final List<Coroutine> residents() {
        return residents.all(this);
    }

    /** Returns how many {@link #residents} there are, and were lost since; costs nothing. From any thread. */
    protected final long residentCount() {
        return residents.count();
    }

    /**
     * Takes out all that are scheduled and have not been entered, oldest first, as if nobody had scheduled
     * them: for a home that closes. In the home's thread.
     */
    protected final List<Coroutine> dropScheduled() {
        var dropped = new ArrayList<Coroutine>();
        for (Coroutine co = (Coroutine) SCHEDULED.getAndSet(this, null); co != null; ) {
            Coroutine earlier = co.next;
            co.next = null;
            co.unclaim();
            dropped.addFirst(co);
            co = earlier;
        }
        return dropped;
    }

    /**
     * Says what {@code co} waits for, in words: what its {@link Completion} was made with, if coroutines are
     * {@linkplain Coroutines tracked}; else the place where it yielded.
     */
    protected static String waitsFor(Coroutine co) {
        String subject = Watchers.waitsFor(co);
        if (subject != null) return subject;
        List<StackTraceElement> frames = Frames.ofSuspended(co.frames());
        return frames.isEmpty() ? "its first turn" : "a wake at " + Frames.text(frames.getFirst());
    }

    /**
     * True from when this home will never call {@link #runScheduled} again: then nothing can be scheduled,
     * and whoever cancels one of its coroutines runs what that does about it. From any thread.
     */
    protected boolean isClosed() {
        return false;
    }

    /**
     * Makes this the home of the calling thread while {@code turn} runs. A thread may be bound to one inside
     * another; the inner one counts.
     *
     * @throws IllegalStateException inside a coroutine: a thread is bound, not a coroutine
     */
    @NoCoroutineFn
    protected final void bind(Runnable turn) {
        Coroutine self = Stack.current();
        if (self != null) throw Misuse.loopInside(self, this);
        Strand strand = Strand.here();
        Home outer = strand.bound;
        strand.bound = this;
        try {
            turn.run();
        } finally {
            strand.bound = outer;
        }
    }

    /**
     * Makes the home's thread call {@link #runScheduled} soon. Called from any thread, once for a burst; must
     * not block or throw.
     */
    protected abstract void signal();

    /**
     * Takes what a scheduled or woken coroutine of this home threw: nobody stands in an {@code enter} who
     * could. Called in the home's thread; must not throw.
     */
    protected abstract void uncaught(Coroutine co, Throwable failure);

    /** A coroutine of this home, or its thread, stands at {@code place}; see {@link Points}. */
    protected void point(String place) { }

    /** Names it for people. */
    @Override
    public String toString() {
        return getClass().getSimpleName() + " \"" + name + '"';
    }
}
