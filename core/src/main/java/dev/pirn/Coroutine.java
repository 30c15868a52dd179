package dev.pirn;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Locale;
import java.util.Objects;
import java.util.concurrent.CancellationException;

/**
 * Code with a stack of its own, that stops where it says and goes on when it is told.
 *
 * <p>{@link #enter()} runs it until it {@linkplain #yield() yields} to whoever entered it last, or ends. It
 * may yield below any number of ordinary calls, may enter other coroutines, and may go on in another thread
 * than it stopped in. At no time does it run by itself: there is no scheduler behind it but the one that you
 * write, or an event loop that you own ({@link Home}).
 *
 * {@snippet class="dev.pirn.SnippetsTest" region="coroutine"}
 *
 * <p>Any thread may call any method, virtual threads included; a coroutine runs in one at a time. What
 * happens before an {@code enter} or {@link #wake} is seen by the coroutine when it goes on.
 *
 * <p>Across a yield hold no monitor and no lock that belongs to a thread: what happens then is said at each
 * {@link Backend}, and {@code -Dpirn.checks=true} finds it.
 */
public final class Coroutine extends Shuttle {
    /** What a coroutine is doing. */
    public enum State {
        /** Made, never entered. */
        NEW,
        /** Its code runs now, in some thread. */
        RUNNING,
        /** It entered another coroutine, which has not come back yet. */
        ENTERED_ANOTHER,
        /** It yielded, and nobody has promised to enter it. */
        SUSPENDED,
        /** It will be entered: by its home, or when the coroutine that woke it yields. */
        SCHEDULED,
        /** Its entry returned or threw. */
        DONE
    }

    /*
     *            enter                     yield
     *   IDLE ───────────────▶ ACTIVE ─────────────────▶ IDLE (started)
     *   (new)                  │  entered another: callee
     *                          ▼ entry ends
     *                         DONE
     *
     * Whoever moves IDLE to ACTIVE owns the fields until it moves on to IDLE or DONE, which publishes them.
     * SCHEDULED is no phase but a claim on the next enter (field scheduler): a completion faster than the
     * yield makes it too early.
     */
    private static final byte IDLE = 0;
    private static final byte ACTIVE = 1;
    private static final byte DONE = 2;
    private static final byte INSPECTED = 3; // As IDLE, but somebody walks its frames: who enters waits.

    private static final VarHandle PHASE = Handles.of(MethodHandles.lookup(), "phase", byte.class);
    private static final VarHandle SCHEDULER =
            Handles.of(MethodHandles.lookup(), "scheduler", String.class);

    Object name; // A String or null; its Tag from when somebody watches.
    private Stack stack; // Null from the end on. Of a pure one, the strand on which it ran last.
    private volatile byte phase;
    private volatile String scheduler; // Who promised to enter it, by function. Whoever sets it owns next.

    /**
     * What to run; once it takes a lock, the last Hold that it has, or null; at the end what it threw, on its
     * way out of enter; then null: it keeps nothing alive. (Each in a field of its own would be 80 bytes.)
     */
    Object entry;
    private boolean started;
    private boolean ended;
    private volatile boolean cancelRequested; // Thrown at the next return from a yield.
    byte cancel;                  // Bits of CoWait, of whoever runs it.
    private Coroutine caller;     // Null when entered from outside any coroutine.
    private boolean callee;       // It has entered another, which has not come back.
    private volatile Home home;   // Where it last ran.
    private WakeList woken;       // Whom it woke in its own home: entered once it has yielded or ended.

    Coroutine next; // Link of the one list that it is scheduled in: its home's, or its waker's.

    private Coroutine(Backend backend, String name, CoroutineEntry entry) {
        this.entry = Objects.requireNonNull(entry, "entry");
        this.stack = Stack.of(backend, this);
        this.name = Watchers.created(this, name, backend);
    }

    /** Makes one without a name; see {@link #create(Backend, String, CoroutineEntry)}. */
    public static Coroutine create(CoroutineEntry entry) {
        return new Coroutine(Backends.chosenFor(entry), null, entry);
    }

    /** Makes one on the {@linkplain #backend() default backend}; see the other form. */
    public static Coroutine create(String name, CoroutineEntry entry) {
        return new Coroutine(Backends.chosenFor(entry), Objects.requireNonNull(name, "name"), entry);
    }

    /**
     * Makes a coroutine that will run {@code entry} when it is first entered. Nothing runs before.
     *
     * @param name what errors and dumps call it; need not be unique
     * @throws IllegalStateException if {@code backend} does not work in this JVM; the message names the cure
     */
    public static Coroutine create(Backend backend, String name, CoroutineEntry entry) {
        return new Coroutine(backend, Objects.requireNonNull(name, "name"), entry);
    }

    /**
     * The backend of those made without naming one: the best that works, or what {@code -Dpirn.backend} says.
     * Where that is not set, an entry that is {@link Woven} gets {@link Backend#HYBRID} if it works, else
     * {@link Backend#PURE}.
     */
    public static Backend backend() {
        return Backends.chosen();
    }

    /** The coroutine that calls this, or null outside of any ({@code qemu_coroutine_self}). */
    public static Coroutine self() {
        return Stack.current();
    }

    /** True inside a coroutine ({@code qemu_in_coroutine}). */
    public static boolean inCoroutine() {
        return Stack.current() != null;
    }

    /**
     * Runs this coroutine until it yields or ends, then runs those that it woke meanwhile, and returns.
     *
     * <p>Its home is from now on the {@linkplain Home#current() caller's}. What its entry throws comes out of
     * here: unchecked as it is, checked as the cause of a {@link CoroutineException}; it is done then. What
     * those that it woke throw goes to {@link Home#uncaught}.
     *
     * @throws IllegalStateException if it is done, runs already, or was scheduled: then nothing has changed
     */
    public void enter() {
        String claim = scheduler;
        if (claim != null) throw Misuse.scheduled(this, claim, "Coroutine.enter");
        Coroutine from;
        Home here;
        Strand strand = null;
        if (stack instanceof Strand last) {
            strand = last.own();
            from = strand.current();
            here = Home.current(from, strand);
        } else {
            from = Stack.current();
            here = Home.current(from);
        }
        begin(from);
        if (strand != null && stack != strand) stack = strand;
        Throwable thrown = run(from, here, null);
        if (thrown != null) throw CoroutineException.of(this, thrown);
    }

    /**
     * Enters this coroutine unless it runs already, that is, unless the caller is this coroutine or was
     * entered, directly or not, from it ({@code qemu_coroutine_enter_if_inactive}).
     *
     * @return whether it was entered
     * @throws IllegalStateException as {@link #enter()}, also if it runs in <em>another</em> thread
     */
    public boolean enterIfInactive() {
        if (isCalling(Stack.current())) return false;
        enter();
        return true;
    }

    /**
     * Suspends the coroutine that calls this; returns when it is next entered, perhaps in another thread.
     *
     * @throws CancellationException if it was {@linkplain #cancel() cancelled}: let it pass
     * @throws IllegalStateException outside of a coroutine, or below a frame that the backend cannot suspend
     */
    @CoroutineFn
    public static void yield() {
        Coroutine self = Stack.current();
        if (self == null) throw Misuse.yieldsToNoOne();
        if (self.cancelRequested) throw self.cancelled();
        self.stack.yield(self);
        if (self.cancelRequested) throw self.cancelled();
    }

    /**
     * What {@link #yield} is in woven code.
     *
     * @hidden
     */
    public static void yield$co(Coroutine self) {
        if (self.cancelRequested) throw self.cancelled();
        self.suspend();
        if (self.cancelRequested && !self.suspended) throw self.cancelled();
    }

    /**
     * Has this coroutine entered in its home: at once if the caller runs there outside of any coroutine, when
     * the calling coroutine yields or ends if that one runs there, and by way of {@link Home#schedule} from
     * elsewhere ({@code aio_co_wake}). Never runs it on top of another, however long the chain. Pair each
     * wake with one yield.
     *
     * @throws IllegalStateException if it has no home, is the caller itself, is done, or was scheduled before
     */
    public void wake() {
        if (home == null) throw Misuse.homeless(this);
        wakeIn(home, "Coroutine.wake");
    }

    void wakeIn(Home to, String function) {
        Coroutine self = Stack.current();
        if (self == this) throw Misuse.wakesItself(this);
        if (Home.current(self) != to) {
            to.schedule(function, this);
        } else if (self == null) {
            claim(function, to);
            enterScheduled(null, to, null);
        } else {
            claim(function, to);
            (self.woken == null ? self.woken = new WakeList() : self.woken).add(this);
        }
    }

    /**
     * Ends this coroutine from outside: the yield in which it is suspended throws a
     * {@link CancellationException}, which its finally blocks see. That exception, when it leaves the entry,
     * ends the coroutine and goes no further.
     *
     * <p>One that is new ends without having run; one that is done stays so; one that runs, or is scheduled,
     * is told at its next return from a yield; one that waits for what must not be left half done, when that
     * is over. If its home is not the caller's it is told there, soon. Else it has ended when this returns.
     *
     * @throws IllegalStateException if it yielded again instead of ending, and not to wait for what it must
     *     ({@link Completion#joinUninterruptibly}); it is suspended there, and told no more
     * @throws CoroutineException as {@link #enter()}, for what its finally blocks threw instead
     */
    public void cancel() {
        if (phase == DONE) return;
        cancelRequested = true;
        Coroutine from = Stack.current();
        Home here = Home.current(from);
        Home to = home;
        if (to != null && to != here && !to.isClosed()) {
            to.cancelLater(this);
        } else {
            Throwable thrown = cancelNow(from, here);
            if (thrown != null) throw CoroutineException.of(this, thrown);
        }
    }

    /** True from an enter until it comes back by a yield or the end ({@code qemu_coroutine_entered}). */
    public boolean entered() {
        return phase == ACTIVE;
    }

    /** What it does now. From another thread than its own this is a snapshot that may be old already. */
    public State state() {
        return switch (phase) {
            case DONE -> State.DONE;
            case ACTIVE -> callee ? State.ENTERED_ANOTHER : State.RUNNING;
            default -> scheduler != null ? State.SCHEDULED : started ? State.SUSPENDED : State.NEW;
        };
    }

    /**
     * The coroutine that entered this one and waits for it; null if it rests, or was entered from outside.
     */
    public Coroutine caller() {
        return caller;
    }

    /** Where it last ran, or runs; null if it has run in no home ({@code qemu_coroutine_get_aio_context}). */
    public Home home() {
        return home;
    }

    /** Its name, or null if it was made without one. */
    public String name() {
        return name instanceof Tag tag ? tag.name : (String) name;
    }

    /** Names it for people: {@code coroutine "reader" (suspended)}. */
    @Override
    public String toString() {
        String who = name() != null ? '"' + name() + '"' : '#' + Integer.toHexString(hashCode());
        return "coroutine " + who + " (" + state().name().toLowerCase(Locale.ROOT).replace('_', ' ') + ")";
    }

    /** Takes the right to enter it next for {@code function}; {@link #enterScheduled} uses it. */
    void claim(String function, Home to) {
        if (phase == DONE) throw Misuse.scheduledAfterEnd(this, function);
        String earlier = (String) SCHEDULER.compareAndExchange(this, null, function);
        if (earlier != null) throw Misuse.scheduled(this, earlier, function);
        Watchers.scheduled(this, function, to);
    }

    void unclaim() {
        SCHEDULER.setRelease(this, null);
    }

    /** Enters it to be told, unless somebody else is about to or has; returns what it threw, or null. */
    Throwable cancelNow(Coroutine from, Home here) {
        if (!cancelRequested || scheduler != null || (cancel & CoWait.SHIELDED) != 0) return null;
        if (activate() != IDLE) return null;
        if (!started) {
            Throwable dropped = CoWait.drop((CoroutineEntry) entry);
            end(null);
            Watchers.left(this, true, dropped, true);
            PHASE.setRelease(this, DONE);
            return dropped;
        }
        moveHere();
        Throwable thrown = run(from, here, null);
        boolean excused = (cancel & (CoWait.ABSORBING | CoWait.SHIELDED)) != 0; // It ends when that is over.
        return thrown == null && phase != DONE && !excused ? Misuse.swallowed(this) : thrown;
    }

    /** Has its woven frames unwind, unless the JVM suspended them; then it has gone on when this returns. */
    void suspend() {
        if (stack instanceof HybridStack hybrid && !hybrid.unwinds(this)) return;
        if (Checks.ON) Checks.beforeYield(this, true);
        unwind();
    }

    /** Has a pure one run on the strand of the calling thread. */
    private void moveHere() {
        if (!(stack instanceof Strand last)) return;
        Strand own = last.own();
        if (own != last) stack = own;
    }

    /** What the yield throws into it. */
    CancellationException cancelled() {
        cancelRequested = false;
        cancel |= CoWait.THROWN;
        return new CancellationException(this + " was cancelled");
    }

    /** What {@link CoWait} suspends it by, in code that is not woven: no cancellation comes out of it. */
    void suspendShielded() {
        stack.yield(this);
    }

    /** Enters it on the claim of whoever scheduled it. Whom it wakes goes to the head of {@code line}. */
    void enterScheduled(Coroutine from, Home here, WakeList line) {
        Throwable thrown;
        try {
            if (phase == DONE && cancelRequested) return; // It was cancelled before its turn came.
            begin(from);
            moveHere();
            unclaim(); // Not before: until it runs, nobody may schedule it again.
            cancel &= ~CoWait.UNWOKEN;
            thrown = run(from, here, line);
        } catch (Throwable e) {
            unclaim();
            thrown = e;
        }
        if (thrown != null) here.uncaught(this, thrown);
    }

    /**
     * Moves it from idle to active, or says why not. The compare-and-set lets exactly one of two threads in.
     */
    private void begin(Coroutine from) {
        int before = activate();
        if (before == IDLE) return;
        if (before == DONE) throw Misuse.ended(this, from);
        throw isCalling(from) ? Misuse.recursive(this, from) : Misuse.runsElsewhere(this, from);
    }

    /** Moves it from idle to active, once nobody walks its frames; returns what it was. */
    private int activate() {
        int before;
        while ((before = (byte) PHASE.compareAndExchange(this, IDLE, ACTIVE)) == INSPECTED) Thread.yield();
        return before;
    }

    /** True once its entry has begun to run. */
    boolean hasStarted() {
        return started;
    }

    boolean isDone() {
        return phase == DONE;
    }

    boolean hasEnded() {
        return ended;
    }

    Backend ownBackend() {
        return switch (stack) {
            case ThreadStack thread -> Backend.THREAD;
            case Strand strand -> Backend.PURE;
            case HybridStack hybrid -> Backend.HYBRID;
            case null, default -> Backend.CONTINUATION;
        };
    }

    /** Its frames, switching included, if it is suspended, or has a thread of its own; else none. */
    StackTraceElement[] frames() {
        boolean idle = PHASE.compareAndSet(this, IDLE, INSPECTED);
        try {
            Stack own = stack;
            boolean readable = own != null && started && (idle || own instanceof ThreadStack);
            return readable ? own.getStackTrace(this) : new StackTraceElement[0];
        } finally {
            if (idle) PHASE.setRelease(this, IDLE);
        }
    }

    /** True if {@code running} is this coroutine, or was entered from it. */
    private boolean isCalling(Coroutine running) {
        for (Coroutine co = running; co != null; co = co.caller) {
            if (co == this) return true;
        }
        return false;
    }

    /**
     * Runs it, already active, to its next yield or end, then whom it woke; returns what its entry threw, or
     * null.
     */
    private Throwable run(Coroutine from, Home here, WakeList line) {
        WakeList pending;
        Throwable thrown = null;
        if (home != here) home = Home.move(this, home, here);
        if (from != null) {
            caller = from;
            from.callee = true;
        }
        Watchers.entering(this, from, here);
        try {
            if (stack instanceof Strand strand) strand.enter(this); else stack.enter(this);
            if (ended) thrown = (Throwable) entry;
        } finally {
            // Also if the stack could not be made (no more threads): then it is as it was, and may be tried
            // again.
            if (from != null) {
                from.callee = false;
                caller = null;
            }
            pending = woken;
            if (pending != null) woken = null;
            if (ended) {
                if (thrown != null) entry = null;
                stack = null;
                if (here != null) here.residents.ended();
            }
            Watchers.left(this, ended, thrown, (cancel & CoWait.THROWN) != 0);
            PHASE.setRelease(this, ended ? DONE : IDLE); // Another thread may enter it from here on.
        }
        if (pending != null) {
            if (line != null) line.prepend(pending); else pending.enterAll(from, here);
        }
        return thrown;
    }

    /** What the stack runs: the entry, whose exception is kept for the enterer. */
    @MixedFn // No coroutine function: it is what makes the inside.
    void body() {
        started = true;
        Throwable thrown = null;
        try {
            if (cancelRequested) throw CoWait.neverRun(this);
            ((CoroutineEntry) entry).run();
        } catch (Throwable e) {
            thrown = e;
        } finally {
            ended(thrown);
        }
    }

    /** The first part of its body, woven: it returns when that ends or is suspended. */
    void wovenBody() throws Exception {
        started = true;
        if (cancelRequested) throw CoWait.neverRun(this);
        ((CoroutineEntry) entry).run$co(this);
    }

    /** Has the frame that is resumed next throw what a cancellation throws, if there was one. */
    void tellCancelled() {
        if (cancelRequested && (cancel & (CoWait.SHIELDED | CoWait.ABSORBING)) == 0) fail(cancelled());
    }

    /** Its entry returned, or threw what is not null. */
    void ended(Throwable thrown) {
        boolean told = thrown instanceof CancellationException && (cancel & CoWait.THROWN) != 0;
        end(told ? null : thrown); // It did as it was told.
    }

    private void end(Throwable thrown) {
        entry = entry instanceof Hold hold ? Misuse.endedHolding(this, hold, thrown) : thrown;
        ended = true;
        clearFrames();
    }
}
