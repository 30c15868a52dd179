package dev.pirn;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.PriorityQueue;

/**
 * Coroutines by number, resumed by hand: cloudwu's {@code coroutine} library for C, function by function.
 *
 * {@snippet class="dev.pirn.SchedulerTest" region="scheduler"}
 *
 * <table>
 * <caption>Where it differs</caption>
 * <tr><th>cloudwu</th><th>here</th></tr>
 * <tr><td>{@code coroutine_resume} inside a coroutine is refused by an assertion</td>
 *     <td>allowed: a yield returns to the one that resumed</td></tr>
 * <tr><td>… of a dead one does nothing</td><td>{@link #resume} throws</td></tr>
 * <tr><td>{@code coroutine_close} frees the stacks</td>
 *     <td>{@link #close} cancels, so that finally blocks run</td></tr>
 * <tr><td>a new one takes some free number</td><td>{@link #create} takes the lowest</td></tr>
 * </table>
 *
 * <p>Not for several threads at the same time; one after the other may use it. Nothing runs by itself: for
 * that there is {@code dev.pirn.aio.EventLoop}.
 */
public final class Scheduler implements AutoCloseable {
    /** What one of a scheduler's coroutines is doing. */
    public enum Status {
        /** Its entry returned or threw, or the scheduler is closed. Its number may be given away again. */
        DEAD,
        /** Made, never resumed. */
        READY,
        /** Resumed and not back yet, also while it has resumed another. */
        RUNNING,
        /** It yielded. */
        SUSPENDED
    }

    private static final int NONE = -1;

    private final Backend backend;
    private final List<Coroutine> coroutines = new ArrayList<>(); // By number; null where one has ended.
    private final PriorityQueue<Integer> free = new PriorityQueue<>();
    private int running = NONE;
    private boolean closed;

    private Scheduler(Backend backend) {
        this.backend = backend;
    }

    /** Makes one without coroutines ({@code coroutine_open}). */
    public static Scheduler open() {
        return open(Coroutine.backend());
    }

    static Scheduler open(Backend backend) {
        return new Scheduler(backend);
    }

    /**
     * Makes a coroutine that will run {@code entry} when it is first resumed ({@code coroutine_new}).
     *
     * @return its number: the lowest, from 0 on, that no living one has. So a number kept beyond the end of
     *     its coroutine may mean another one later
     * @throws IllegalStateException if this is closed
     */
    public int create(CoroutineEntry entry) {
        Objects.requireNonNull(entry, "entry");
        if (closed) {
            throw new IllegalStateException("a coroutine was made in a closed scheduler; open another");
        }
        int id = free.isEmpty() ? coroutines.size() : free.peek();
        var co = Coroutine.create(backend, "id " + id, entry);
        if (free.poll() == null) coroutines.add(co); else coroutines.set(id, co);
        return id;
    }

    /**
     * Runs coroutine {@code id} until it yields or ends ({@code coroutine_resume}). What its entry throws
     * comes out as it does of {@link Coroutine#enter}; the number is free then.
     *
     * @throws IllegalArgumentException if no coroutine ever had this number
     * @throws IllegalStateException if it is dead, or runs already: the caller itself, or one that waits for
     *     the caller
     */
    public void resume(int id) {
        Coroutine co = find(id);
        if (co == null) {
            throw new IllegalStateException("coroutine id " + id + " was resumed after its end, or after its "
                    + "scheduler was closed; ask Scheduler.status first");
        }
        int outer = running;
        running = id;
        try {
            co.enter();
        } finally {
            running = outer;
            if (co.state() == Coroutine.State.DONE) {
                coroutines.set(id, null);
                free.add(id);
            }
        }
    }

    /**
     * Suspends the coroutine that calls this, one of this scheduler; its {@link #resume} returns
     * ({@code coroutine_yield}).
     *
     * @throws java.util.concurrent.CancellationException if the scheduler was closed: let it pass
     * @throws IllegalStateException outside of this scheduler's coroutines, or in another that one entered
     */
    @CoroutineFn
    public void yield() {
        if (running == NONE) {
            Coroutine self = Coroutine.self();
            throw new IllegalStateException("Scheduler.yield was called by "
                    + (self != null ? self : "code outside of any coroutine, in " + Thread.currentThread())
                    + " while the scheduler runs nothing; call it in a coroutine that it resumed");
        }
        Inside.require(coroutines.get(running), "Scheduler.yield");
        Coroutine.yield();
    }

    /**
     * What coroutine {@code id} does ({@code coroutine_status}).
     *
     * @throws IllegalArgumentException if no coroutine ever had this number
     */
    public Status status(int id) {
        Coroutine co = find(id);
        if (co == null) return Status.DEAD;
        return switch (co.state()) {
            case NEW -> Status.READY;
            case RUNNING, ENTERED_ANOTHER -> Status.RUNNING;
            case SUSPENDED, SCHEDULED -> Status.SUSPENDED;
            case DONE -> Status.DEAD;
        };
    }

    /**
     * The number of the coroutine that was resumed last and is not back yet, or -1
     * ({@code coroutine_running}).
     */
    public int running() {
        return running;
    }

    /**
     * Cancels those that have not ended, in the order of their numbers: their finally blocks run
     * ({@code coroutine_close}). Does nothing the second time.
     *
     * <p>What they throw comes out when all have been told: the first, with the others suppressed in it.
     *
     * @throws IllegalStateException inside one of its coroutines: then nothing has changed
     */
    @Override
    public void close() {
        if (running != NONE) {
            throw new IllegalStateException("a scheduler was closed while " + coroutines.get(running)
                    + " runs in it; let that yield or end first");
        }
        closed = true;
        Throwable first = null;
        for (int id = 0; id < coroutines.size(); id++) {
            Coroutine co = coroutines.set(id, null);
            if (co == null) continue;
            try {
                co.cancel();
            } catch (RuntimeException | Error e) {
                if (first == null) first = e; else first.addSuppressed(e);
            }
        }
        if (first instanceof Error error) throw error;
        if (first != null) throw (RuntimeException) first;
    }

    private Coroutine find(int id) {
        if (id >= 0 && id < coroutines.size()) return coroutines.get(id);
        throw new IllegalArgumentException("coroutine id " + id + " was never made in this scheduler, which "
                + "has made " + (coroutines.isEmpty() ? "none" : "0 to " + (coroutines.size() - 1)));
    }
}
