package dev.pirn.lock;

import dev.pirn.Completion;
import dev.pirn.Coroutine;
import dev.pirn.CoroutineFn;
import dev.pirn.HeldBy;
import dev.pirn.Hold;
import dev.pirn.Home;
import dev.pirn.Points;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.List;
import java.util.Objects;

/**
 * Mutual exclusion between coroutines, of one loop or many: who waits is suspended, and its thread goes on
 * (QEMU's CoMutex). Fair: served in the order of asking, and handed over directly, so that nobody gets in
 * between. May be held across yields, unlike any lock of threads.
 *
 * {@snippet class="dev.pirn.lock.CoMutexTest" region="mutex"}
 *
 * <p>Only the coroutine that holds it may unlock it, and must before it ends. All methods are for coroutines;
 * one that has to wait must run in a loop.
 */
public final class CoMutex implements HeldBy {
    /** What {@link #hold} gives. */
    public final class Guard implements AutoCloseable {
        private Guard() { }

        /** Unlocks the mutex. */
        @Override
        public void close() {
            unlock();
        }
    }

    private static final Object HELD = new Object();
    /** How often who comes looks again for a holder in another loop to unlock it; some 20 µs. */
    private static final int SPINS = Runtime.getRuntime().availableProcessors() > 1 ? 1000 : 0;
    /** Those who gave up are taken out of the line once so many have. */
    private static final int GIVEN_UP_MAX = 16;
    private static final VarHandle STATE;

    static {
        try {
            STATE = MethodHandles.lookup().findVarHandle(CoMutex.class, "state", Object.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private final String name;
    private final Guard guard = new Guard();
    private final Hold hold = new Hold(this);

    /** Null if it is free, HELD, or held and the newest of those who wait. */
    private volatile Object state;
    /** Those who came before them, oldest first. Of the holder alone: it is handed over with the mutex. */
    private Waiter line;
    /** Who has it; a hint for others. */
    private Coroutine holder;
    /** Who was handed it last, and perhaps has not run since; a hint for others. */
    private Coroutine heir;
    private int givenUp;

    /*
     * The state is the lock and the line in one word, so that who finds it held is in line by the same
     * compare-and-set: an unlock never meets somebody who is counted and not yet there, which is what QEMU's
     * hand-off, with its sequence numbers, is for.
     *
     *   null ──lock──▶ HELD ──lock──▶ c ─▶ b ─▶ a            newest first, pushed by anybody
     *    ▲              │ unlock        │ unlock, if line is empty: takes all, and reverses them
     *    └──────────────┘               ▼
     *                                 HELD, line: a ─▶ b ─▶ c  the oldest gets it, and the rest with it
     *
     * Who is cancelled fails its own completion; whoever comes to hand the mutex to it finds that out, by the
     * same compare-and-set that would have handed it over.
     */

    /** Makes a free one. */
    public CoMutex(String name) {
        this.name = Objects.requireNonNull(name, "name");
    }

    /**
     * Takes it ({@code qemu_co_mutex_lock}). Suspends while another has it.
     *
     * @throws IllegalStateException if the caller has it already, which would wait for ever; outside of a
     *     coroutine; or if it has to wait and runs in no loop
     * @throws java.util.concurrent.CancellationException if it was cancelled; then it has not got it
     */
    @CoroutineFn
    public void lock() {
        Coroutine self = requireCoroutine("lock");
        if (!STATE.compareAndSet(this, null, HELD)) lockHeld(self, false);
        own(self);
    }

    /** As {@link #lock}, but a cancellation waits until it has it, and is told at the next yield. */
    @CoroutineFn
    public void lockUninterruptibly() {
        Coroutine self = requireCoroutine("lockUninterruptibly");
        if (!STATE.compareAndSet(this, null, HELD)) lockHeld(self, true);
        own(self);
    }

    /** As {@link #lock}, for a try with resources: its end unlocks. */
    @CoroutineFn
    public Guard hold() {
        lock();
        return guard;
    }

    /** Takes it if it is free; returns whether it was. Does not suspend. */
    public boolean tryLock() {
        Coroutine self = requireCoroutine("tryLock");
        if (!STATE.compareAndSet(this, null, HELD)) return false;
        own(self);
        return true;
    }

    /**
     * Gives it back, to who has waited longest ({@code qemu_co_mutex_unlock}), who goes on in its own loop.
     *
     * @throws IllegalStateException if the caller does not have it
     */
    public void unlock() {
        requireHeld("unlock");
        hold.giveBack(holder);
        holder = null; // Written by who has it alone: so nobody is ever taken for the holder who is not.
        release();
    }

    /**
     * Returns if the caller has it ({@code qemu_co_mutex_assert_locked}).
     *
     * @throws IllegalStateException if it does not; names who does
     */
    public void requireHeld() {
        requireHeld("requireHeld");
    }

    /** True if the caller has it. */
    public boolean isHeldByCaller() {
        Coroutine self = Coroutine.self();
        return self != null && holder == self;
    }

    /** True if somebody has it, at this moment. */
    public boolean isLocked() {
        return state != null;
    }

    @Override
    public List<Coroutine> holders() {
        Coroutine now = holder;
        return now == null ? List.of() : List.of(now);
    }

    private Coroutine requireCoroutine(String method) {
        Coroutine self = Coroutine.self();
        if (self != null) return self;
        throw new IllegalStateException("CoMutex." + method + " of " + this + " was called outside of any "
                + "coroutine, in " + Thread.currentThread() + "; call it in a coroutine");
    }

    private void requireHeld(String method) {
        Coroutine self = requireCoroutine(method);
        Coroutine now = holder;
        if (now == self) return;
        throw new IllegalStateException("CoMutex." + method + " of " + this + " was called by " + self
                + ", which does not hold it: " + (now == null ? "nobody does" : now + " does")
                + "; lock it first, in the same coroutine");
    }

    /** The caller has it, and says so. */
    void own(Coroutine self) {
        holder = self;
        hold.take(self);
    }

    @CoroutineFn
    private void lockHeld(Coroutine self, boolean shielded) {
        if (holder == self) {
            throw new IllegalStateException(self + " locks " + this + ", which it holds already: it would "
                    + "wait for itself");
        }
        if (spin(self)) return;
        var mine = new Waiter(self, new Completion<>(this));
        if (push(mine)) await(mine, shielded);
    }

    /** Takes it if whoever has it in another loop gives it back soon, and nobody waits. */
    private boolean spin(Coroutine self) {
        Home own = self.home();
        for (int i = 0; i < SPINS; i++) {
            Object now = state;
            if (now == null) {
                if (STATE.compareAndSet(this, null, HELD)) return true;
                continue;
            }
            if (now != HELD || isStuckBehind(own)) return false;
            Thread.onSpinWait();
        }
        return false;
    }

    /**
     * True if one of our own loop has it, who cannot unlock it before we yield. Not if nobody says so, as for
     * an instant at each lock: who waited for that had two loops wake each other ever after, at 18.7 µs
     * instead of 0.3.
     */
    private boolean isStuckBehind(Home own) {
        Coroutine other = holder;
        if (other == null) other = heir;
        return other != null && other.home() == own;
    }

    /** Puts it into the line; or returns false, and the mutex is taken for it. */
    private boolean push(Waiter newest) {
        while (true) {
            Object now = state;
            Points.point("CoMutex, between look and push");
            if (now == null) {
                if (STATE.compareAndSet(this, null, HELD)) return false;
            } else {
                newest.next = now instanceof Waiter before ? before : null;
                if (STATE.compareAndSet(this, now, newest)) return true;
            }
        }
    }

    @CoroutineFn
    private void await(Waiter mine, boolean shielded) {
        try {
            if (shielded) mine.told.joinUninterruptibly(); else mine.told.join();
        } catch (RuntimeException e) { // Cancelled, or not suspended at all.
            giveUp(mine, e);
            throw e;
        }
    }

    /** Takes it out of the line; if it was handed the mutex meanwhile, the next gets that. */
    private void giveUp(Waiter mine, RuntimeException why) {
        Points.point("CoMutex, before giving up");
        if (!mine.told.tryFail(why)) release(); else if (++givenUp % GIVEN_UP_MAX == 0) sweep();
    }

    /** How many stand in the state, also who gave up. */
    int length() {
        int length = 0;
        for (Waiter each = state instanceof Waiter top ? top : null; each != null; each = each.next) length++;
        return length;
    }

    /**
     * Takes those out of the line who gave up, for the mutex may be held for ever. Copies them: their links
     * are the holder's from when it takes the line, and then this comes to nothing.
     */
    private void sweep() {
        if (!(state instanceof Waiter top)) return;
        Waiter newest = Waiter.waiting(top);
        STATE.compareAndSet(this, top, newest == null ? HELD : newest);
    }

    /** Hands it to who has waited longest; by whoever has it. */
    private void release() {
        while (true) {
            Waiter first = line;
            heir = first == null ? null : first.who;
            if (first == null) {
                if (STATE.compareAndSet(this, HELD, null)) return;
                Points.point("CoMutex, between look and take");
                line = Waiter.oldestFirst((Waiter) STATE.getAndSet(this, HELD));
                continue;
            }
            line = first.next;
            Points.point("CoMutex, before handing over");
            if (first.told.tryComplete(null)) return;
        }
    }

    /** Has {@code waiter}, who waits for something else so far, wait for this; tells it if it has it. */
    void admit(Waiter waiter) {
        if (!push(waiter) && !waiter.told.tryComplete(null)) release();
    }

    /** Names it for people. */
    @Override
    public String toString() {
        return "mutex \"" + name + '"';
    }
}
