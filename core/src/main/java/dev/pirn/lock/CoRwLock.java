package dev.pirn.lock;

import dev.pirn.Completion;
import dev.pirn.Coroutine;
import dev.pirn.CoroutineFn;
import dev.pirn.HeldBy;
import dev.pirn.Hold;
import dev.pirn.Points;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * A lock that many coroutines have for reading, or one for writing; of one loop or many (QEMU's CoRwlock).
 *
 * <pre>
 *   free ──readLock──▶ n readers ──upgrade, the only one──▶ writer
 *     │                    ▲ ──────── downgrade ──────────────┘ ▲
 *     └──────────────────writeLock──────────────────────────────┘
 * </pre>
 *
 * <p>Fair: served in the order of asking, so that readers who come after a waiting writer wait behind it,
 * and readers in line go in together. Nobody gets in between a hand-over.
 *
 * <p>Whoever has it must unlock it, once, before it ends. All methods are for coroutines; one that has to
 * wait must run in a loop.
 */
public final class CoRwLock implements HeldBy {
    private record Ticket(Coroutine who, boolean writes, Completion<Void> told) { }

    private static final int WRITER = -1;

    private final String name;

    // Guarded by the monitor, which is held for some instructions; nobody is woken under it.
    private final ArrayDeque<Ticket> line = new ArrayDeque<>();
    private final List<Coroutine> holders = new ArrayList<>();
    /** How many read, or WRITER. Counted by who lets them in, so that nobody gets in before them. */
    private int owners;
    /** How often somebody was let in to write. */
    private long writes;

    /** Makes a free one. */
    public CoRwLock(String name) {
        this.name = Objects.requireNonNull(name, "name");
    }

    /**
     * Takes it for reading ({@code qemu_co_rwlock_rdlock}). Suspends while another writes, or waits to.
     *
     * @throws IllegalStateException if the caller has it already, which could wait for ever; outside of a
     *     coroutine; or if it has to wait and runs in no loop
     * @throws java.util.concurrent.CancellationException if it was cancelled; then it has not got it
     */
    @CoroutineFn
    public void readLock() {
        lock(false);
    }

    /** Takes it for writing ({@code qemu_co_rwlock_wrlock}); else as {@link #readLock}. */
    @CoroutineFn
    public void writeLock() {
        lock(true);
    }

    @CoroutineFn
    private void lock(boolean writes) {
        Coroutine self = requireCoroutine(writes ? "writeLock" : "readLock");
        if (Hold.of(self, this) != null) {
            throw new IllegalStateException(self + " locks " + this + ", which it holds already: it could "
                    + "wait for itself; use upgrade or downgrade");
        }
        Ticket mine = enter(self, writes);
        if (mine != null) await(mine);
        own(self);
    }

    private void own(Coroutine self) {
        new Hold(this).take(self);
        synchronized (this) {
            holders.add(self);
        }
    }

    /** Lets it in, or returns its place in the line. */
    private synchronized Ticket enter(Coroutine self, boolean toWrite) {
        if (line.isEmpty() && mayEnter(toWrite)) {
            count(toWrite);
            return null;
        }
        var mine = new Ticket(self, toWrite, new Completion<>(this));
        line.add(mine);
        return mine;
    }

    private boolean mayEnter(boolean toWrite) {
        return toWrite ? owners == 0 : owners >= 0;
    }

    private void count(boolean toWrite) {
        if (toWrite) writes++;
        owners = toWrite ? WRITER : owners + 1;
    }

    @CoroutineFn
    private void await(Ticket mine) {
        try {
            mine.told.join();
        } catch (RuntimeException e) { // Cancelled, or not suspended at all.
            giveUp(mine);
            throw e;
        }
    }

    private void giveUp(Ticket mine) {
        Points.point("CoRwLock, before giving up");
        List<Ticket> next;
        synchronized (this) {
            // Let in meanwhile: out again. Else those behind it may not have to wait any more.
            if (!line.remove(mine)) owners = mine.writes ? 0 : owners - 1;
            next = admit();
        }
        tell(next);
    }

    /** Lets in whoever may enter from the head of the line; called with the monitor. */
    private List<Ticket> admit() {
        var admitted = new ArrayList<Ticket>();
        while (!line.isEmpty() && mayEnter(line.getFirst().writes)) {
            count(line.getFirst().writes);
            admitted.add(line.poll());
        }
        return admitted;
    }

    private static void tell(List<Ticket> admitted) {
        if (!admitted.isEmpty()) Points.point("CoRwLock, between admit and tell");
        for (Ticket each : admitted) each.told.complete(null);
    }

    /**
     * Gives it back, and lets in who is next in line ({@code qemu_co_rwlock_unlock}).
     *
     * @throws IllegalStateException if the caller does not have it
     */
    public void unlock() {
        Coroutine self = requireCoroutine("unlock");
        Hold mine = requireHold(self, "unlock");
        mine.giveBack(self);
        List<Ticket> next;
        synchronized (this) {
            holders.remove(self);
            owners = owners == WRITER ? 0 : owners - 1;
            next = admit();
        }
        tell(next);
    }

    /**
     * Makes a writer of a reader ({@code qemu_co_rwlock_upgrade}). At once if nobody else reads or waits;
     * else it gives the lock back and gets into the line, suspended, and <em>another may write before</em>:
     * what was read then has to be read again.
     *
     * @return true if nobody wrote in between
     * @throws IllegalStateException if the caller does not read
     * @throws java.util.concurrent.CancellationException if it was cancelled; it reads again then, for which
     *     it may have waited, so that a finally block can unlock
     */
    @CoroutineFn
    public boolean upgrade() {
        Coroutine self = requireCoroutine("upgrade");
        Hold mine = requireHold(self, "upgrade");
        Ticket ticket;
        List<Ticket> next;
        long before;
        synchronized (this) {
            if (owners == WRITER) {
                throw new IllegalStateException("CoRwLock.upgrade of " + this + " by " + self
                        + ", which writes already");
            }
            owners--;
            before = writes;
            ticket = enter(self, true);
            if (ticket == null) return true;
            holders.remove(self);
            next = admit();
        }
        mine.giveBack(self);
        tell(next);
        try {
            await(ticket);
        } catch (RuntimeException e) {
            readAgain(self);
            throw e;
        }
        own(self);
        synchronized (this) {
            return writes == before + 1;
        }
    }

    @CoroutineFn
    private void readAgain(Coroutine self) {
        Ticket mine = enter(self, false);
        try {
            if (mine != null) mine.told.joinUninterruptibly();
        } catch (RuntimeException e) { // Not suspended at all.
            giveUp(mine);
            throw e;
        }
        own(self);
    }

    /**
     * Makes a reader of the writer, and lets in the readers that are next in line
     * ({@code qemu_co_rwlock_downgrade}). Does not suspend.
     *
     * @throws IllegalStateException if the caller does not write
     */
    public void downgrade() {
        Coroutine self = requireCoroutine("downgrade");
        requireHold(self, "downgrade");
        List<Ticket> next;
        synchronized (this) {
            if (owners != WRITER) {
                throw new IllegalStateException("CoRwLock.downgrade of " + this + " by " + self
                        + ", which only reads");
            }
            owners = 1;
            next = admit();
        }
        tell(next);
    }

    /** Those who have it now; one that was let in and has not run since is not among them yet. */
    @Override
    public synchronized List<Coroutine> holders() {
        return List.copyOf(holders);
    }

    private Coroutine requireCoroutine(String method) {
        Coroutine self = Coroutine.self();
        if (self != null) return self;
        throw new IllegalStateException("CoRwLock." + method + " of " + this + " was called outside of any "
                + "coroutine, in " + Thread.currentThread() + "; call it in a coroutine");
    }

    private Hold requireHold(Coroutine self, String method) {
        Hold mine = Hold.of(self, this);
        if (mine != null) return mine;
        throw new IllegalStateException("CoRwLock." + method + " of " + this + " was called by " + self
                + ", which does not hold it: " + (holders().isEmpty() ? "nobody does" : holders() + " do")
                + "; lock it first, in the same coroutine");
    }

    /** Names it for people. */
    @Override
    public String toString() {
        return "rwlock \"" + name + '"';
    }
}
