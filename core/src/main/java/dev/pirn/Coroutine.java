package dev.pirn;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Objects;

/**
 * Code with a stack of its own, that stops where it says and goes on when it is told.
 *
 * <p>{@link #enter()} runs it until it {@linkplain #yield() yields} to whoever entered it last, or ends. It may yield
 * below any number of ordinary calls, may enter other coroutines, and may go on in another thread than it
 * stopped in. At no time does it run by itself: there is no scheduler behind it but the one that you write, or an
 * event loop that you own ({@link Home}).
 *
 * {@snippet class="dev.pirn.SnippetsTest" region="coroutine"}
 *
 * <p>Any thread may call any method, virtual threads included; a coroutine runs in one thread at a time, and
 * what happens before an {@code enter} or {@link #wake} is seen by the coroutine when it goes on.
 *
 * <p>Across a yield hold no monitor and no lock that belongs to a thread: see {@link Backend#CONTINUATION}.
 *
 * @see Backend
 */
public final class Coroutine {
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
     *   (new)                  │  ▲
     *                          │  └── entered another: inner != null
     *                          ▼ entry ends
     *                         DONE
     *
     * Only whoever moved IDLE to ACTIVE touches the fields below it, until it moves ACTIVE to IDLE or DONE; the
     * moves publish them. SCHEDULED is not a phase but a claim on the next enter (field scheduler), because it
     * may be made while the coroutine still runs: by a completion that is faster than the yield.
     */
    private static final int IDLE = 0;
    private static final int ACTIVE = 1;
    private static final int DONE = 2;

    private static final VarHandle PHASE;
    private static final VarHandle SCHEDULER;

    static {
        try {
            var lookup = MethodHandles.lookup();
            PHASE = lookup.findVarHandle(Coroutine.class, "phase", int.class);
            SCHEDULER = lookup.findVarHandle(Coroutine.class, "scheduler", String.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private final String name;
    private final Stack stack;
    private volatile int phase;
    /** Who promised to enter it, by function; null if nobody did. Whoever sets it owns {@link #next}. */
    private volatile String scheduler;

    private CoroutineEntry entry; // Null from the end on: a finished coroutine keeps nothing alive.
    private boolean started;
    private Coroutine caller;     // Null when entered from outside any coroutine.
    private Coroutine inner;      // Whom it entered, until that one comes back.
    private Throwable failure;    // What the entry threw, on its way out of enter.
    private volatile Home home;   // Where it last ran.
    private WakeList woken;       // Whom it woke in its own home: entered once it has yielded or ended.

    /** Link of the one list that it is scheduled in: its home's, or its waker's. */
    Coroutine next;

    private Coroutine(Backend backend, String name, CoroutineEntry entry) {
        this.name = name;
        this.entry = Objects.requireNonNull(entry, "entry");
        this.stack = Stack.of(backend, this);
    }

    /** Makes a coroutine without a name; see {@link #create(Backend, String, CoroutineEntry)}. */
    public static Coroutine create(CoroutineEntry entry) {
        return new Coroutine(Backends.DEFAULT, null, entry);
    }

    /** Makes a coroutine on the {@linkplain #backend() default backend}; see the other form. */
    public static Coroutine create(String name, CoroutineEntry entry) {
        return new Coroutine(Backends.DEFAULT, Objects.requireNonNull(name, "name"), entry);
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

    /** The backend of coroutines that are made without naming one. Chosen when first asked; never changes. */
    public static Backend backend() {
        return Backends.DEFAULT;
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
     * <p>Its home is from now on the {@linkplain Home#current() caller's}. What its entry throws comes out of here:
     * unchecked as it is, checked as the cause of a {@link CoroutineException}; it is done then. What those that it
     * woke throw goes to {@link Home#uncaught}.
     *
     * @throws IllegalStateException if it is done, runs already (in this thread or another), or was scheduled: then
     *     nothing has changed
     */
    public void enter() {
        String claim = scheduler;
        if (claim != null) throw scheduled("Coroutine.enter", claim);
        Coroutine from = Stack.current();
        begin(from);
        Throwable thrown = run(from, Home.current(from), null);
        if (thrown != null) throw rethrow(thrown);
    }

    /**
     * Enters this coroutine unless it runs already, that is, unless the caller is this coroutine or was entered,
     * directly or not, from it ({@code qemu_coroutine_enter_if_inactive}).
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
     * @throws IllegalStateException outside of a coroutine, or below a frame that the backend cannot suspend; the
     *     coroutine then goes on
     */
    public static void yield() {
        Coroutine self = Stack.current();
        if (self == null) {
            throw new IllegalStateException("Co-routine is yielding to no one: " + Thread.currentThread()
                    + " is in no coroutine; yield only inside one, that somebody entered");
        }
        self.stack.yield();
    }

    /**
     * Has this coroutine entered in its home: at once if the caller runs there outside of any coroutine, when the
     * calling coroutine yields or ends if that one runs there, and by way of {@link Home#schedule} from elsewhere
     * ({@code aio_co_wake}). Never runs it on top of another coroutine, however long the chain of wake-ups.
     *
     * <p>Pair each wake with one yield.
     *
     * @throws IllegalStateException if it has no home, is the caller itself, is done, or was scheduled before
     */
    public void wake() {
        Home to = home;
        if (to == null) {
            throw new IllegalStateException(this + " has no home to be woken in: it has never run in one. "
                    + "Schedule it in a Home, or enter it yourself");
        }
        Coroutine self = Stack.current();
        if (self == this) throw new IllegalStateException(this + " wakes itself; yield would never be reached");
        if (Home.current(self) != to) {
            to.schedule("Coroutine.wake", this);
        } else if (self == null) {
            enter();
        } else {
            claim("Coroutine.wake");
            if (self.woken == null) self.woken = new WakeList();
            self.woken.add(this);
        }
    }

    /** True from an enter until the yield or end that comes back from it ({@code qemu_coroutine_entered}). */
    public boolean entered() {
        return phase == ACTIVE;
    }

    /** What it does now. From another thread than its own this is a snapshot that may be old already. */
    public State state() {
        return switch (phase) {
            case DONE -> State.DONE;
            case ACTIVE -> inner == null ? State.RUNNING : State.ENTERED_ANOTHER;
            default -> scheduler != null ? State.SCHEDULED : started ? State.SUSPENDED : State.NEW;
        };
    }

    /** The coroutine that entered this one and waits for it; null if it does not run, or was entered from outside. */
    public Coroutine caller() {
        return caller;
    }

    /** Where it last ran, or runs; null if it has run in no home ({@code qemu_coroutine_get_aio_context}). */
    public Home home() {
        return home;
    }

    /** Its name, or null if it was made without one. */
    public String name() {
        return name;
    }

    /** Names it for people: {@code coroutine "reader" (suspended)}. */
    @Override
    public String toString() {
        String what = name != null ? '"' + name + '"' : "#" + Integer.toHexString(System.identityHashCode(this));
        return "coroutine " + what + " (" + state().name().toLowerCase(java.util.Locale.ROOT).replace('_', ' ') + ")";
    }

    /** Takes the right to enter it next for {@code function}; {@link #enterScheduled} uses it. */
    void claim(String function) {
        if (phase == DONE) throw new IllegalStateException(this + " was scheduled by '" + function + "' after its end");
        String earlier = (String) SCHEDULER.compareAndExchange(this, null, function);
        if (earlier != null) throw scheduled(function, earlier);
    }

    private IllegalStateException scheduled(String function, String earlier) {
        return new IllegalStateException("Co-routine was already scheduled in '" + earlier + "': " + this
                + ", now by '" + function + "'; pair each wake with one yield");
    }

    /** Enters it on the claim of whoever scheduled it. Whom it wakes goes to the head of {@code line}. */
    void enterScheduled(Coroutine from, Home here, WakeList line) {
        Throwable thrown;
        try {
            begin(from);
            // Not before: until it runs, nobody may schedule it again.
            SCHEDULER.setRelease(this, null);
            thrown = run(from, here, line);
        } catch (Throwable e) {
            SCHEDULER.setRelease(this, null);
            thrown = e;
        }
        if (thrown != null) here.uncaught(this, thrown);
    }

    /** Moves it from idle to active, or says why not. The compare-and-set lets exactly one of two threads in. */
    private void begin(Coroutine from) {
        int before = (int) PHASE.compareAndExchange(this, IDLE, ACTIVE);
        if (before == IDLE) return;
        String by = from != null ? from.toString() : "code outside of any coroutine, in " + Thread.currentThread();
        if (before == DONE) {
            throw new IllegalStateException(this + " has ended and cannot be entered again, by " + by
                    + "; make a new one");
        }
        if (isCalling(from)) {
            throw new IllegalStateException("Co-routine re-entered recursively: " + this + ", by " + by
                    + ", which it entered itself or is; yield instead, or use enterIfInactive");
        }
        throw new IllegalStateException("Co-routine re-entered recursively: " + this + " runs in another thread, "
                + (home != null ? "home " + home.name() : "outside of any home") + ", entered meanwhile by " + by
                + "; let it yield first, or schedule it in its home");
    }

    /** True if {@code running} is this coroutine, or was entered from it. */
    private boolean isCalling(Coroutine running) {
        for (Coroutine co = running; co != null; co = co.caller) {
            if (co == this) return true;
        }
        return false;
    }

    /** Runs it, already active, to its next yield or end, then whom it woke; returns what its entry threw, or null. */
    private Throwable run(Coroutine from, Home here, WakeList line) {
        WakeList pending;
        Throwable thrown = null;
        caller = from;
        if (home != here) home = here;
        if (from != null) from.inner = this;
        try {
            stack.enter();
            thrown = failure;
        } finally {
            // Also when the stack could not be made (no more threads): then it is as it was, and may be tried again.
            if (from != null) from.inner = null;
            caller = null;
            pending = woken;
            woken = null;
            failure = null;
            PHASE.setRelease(this, entry == null ? DONE : IDLE); // Another thread may enter it from here on.
        }
        if (pending != null) {
            if (line != null) line.prepend(pending); else pending.enterAll(from, here);
        }
        return thrown;
    }

    private RuntimeException rethrow(Throwable thrown) {
        return switch (thrown) {
            case RuntimeException e -> throw e;
            case Error e -> throw e;
            case Exception e -> new CoroutineException(this + " ended by " + e, e);
            default -> new java.lang.reflect.UndeclaredThrowableException(thrown);
        };
    }

    /** What the stack runs: the entry, whose exception is kept for the enterer. */
    void body() {
        started = true;
        try {
            entry.run();
        } catch (Throwable e) {
            failure = e;
        } finally {
            entry = null;
        }
    }
}
