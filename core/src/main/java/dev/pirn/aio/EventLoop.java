package dev.pirn.aio;

import dev.pirn.Completion;
import dev.pirn.Coroutine;
import dev.pirn.CoroutineEntry;
import dev.pirn.CoroutineFn;
import dev.pirn.Home;
import dev.pirn.NoCoroutineFn;
import dev.pirn.Task;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.SelectableChannel;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BiConsumer;
import java.util.function.IntConsumer;

/**
 * An event loop that you own: it runs in the thread that calls {@link #run}, and nowhere else (QEMU's
 * AioContext).
 *
 * <p>Each turn has this order, always:
 * <pre>
 *   1 wait      for a ready channel, a deadline or a signal; not at all if anything below is due
 *   2 soon      scheduled coroutines, each followed by those that it woke; then bottom halves, also those
 *               of these coroutines; what these two schedule else waits for the next turn
 *   3 ready     what pollers take; the handlers of the channels that the wait found ready, then of notifiers
 *               that are set
 *   4 timers    those that are due, in the order of their deadlines
 * </pre>
 *
 * <p>Any thread may call {@link #schedule}, {@link #execute}, {@link #start}, {@link #stop} and
 * {@link BottomHalf#schedule}; the rest is for the loop's thread, in a coroutine or not. A handler must not
 * block: while it does, the whole loop waits.
 *
 * <p>A handler or coroutine that throws does not end the loop: see {@link #onUncaught}.
 */
public final class EventLoop extends Home implements Executor, AutoCloseable {
    final BottomHalves bottomHalves = new BottomHalves();
    final BottomHalves notifiers = new BottomHalves();
    final TimerHeap timers = new TimerHeap();

    private final World world;
    private final Turn turn;
    /** The thread in {@link #run} or {@link #turn}. */
    private final AtomicReference<Thread> runner = new AtomicReference<>();
    private final Uncaught uncaught;
    private final Blocked blocked = new Blocked(this);
    private final AtomicReference<ThreadPool> pool = new AtomicReference<>();

    private volatile boolean stopped;
    private volatile boolean closed;

    private EventLoop(String name, World world) throws IOException {
        super(name);
        this.world = world;
        this.turn = new Turn(this, world, world.channels().openSelector());
        this.uncaught = new Uncaught(name);
    }

    /**
     * Makes a loop, which does nothing until {@link #run} or {@link #turn}: in the world of the loop that
     * the caller runs in, which is the real one unless you simulate.
     *
     * @param name what errors and dumps call it
     * @throws IOException if the system gives no selector
     */
    public static EventLoop open(String name) throws IOException {
        return open(name, World.current());
    }

    /** As {@link #open(String)}, in a world of your own. */
    public static EventLoop open(String name, World world) throws IOException {
        Objects.requireNonNull(name, "name");
        var loop = new EventLoop(name, world);
        Duration limit = Watchdog.limitOfProperty();
        if (limit != null && world == World.REAL) loop.watchdog(limit);
        return loop;
    }

    /** Where it runs. */
    public World world() {
        return world;
    }

    /**
     * The loop in which the caller runs.
     *
     * @throws IllegalStateException if it runs in none
     */
    public static EventLoop current() {
        if (Home.current() instanceof EventLoop loop) return loop;
        Coroutine self = Coroutine.self();
        throw new IllegalStateException((self == null ? Thread.currentThread() : self)
                + " runs in no event loop; start the coroutine with EventLoop.start");
    }

    /**
     * Runs turn after turn until {@link #stop}; the turn in which it is called is finished. Works again
     * afterwards.
     *
     * @throws IllegalStateException inside a coroutine, or if another thread runs this loop
     * @throws UncheckedIOException if the selector fails, which leaves the loop as it was between two turns
     */
    @NoCoroutineFn
    public void run() {
        own(() -> {
            boolean outermost = blocked.open();
            try {
                while (!stopped) turn.run(true);
                stopped = false;
            } finally {
                if (outermost) blocked.refuse("was stopped");
            }
        });
    }

    /**
     * Runs this loop until {@code body}, in a coroutine of it, has ended, and returns what that returned.
     *
     * @param name what errors and dumps call the coroutine
     * @throws X what the body throws, as it is
     * @throws IllegalStateException as {@link #run()}; or if the loop is stopped first: then the coroutine is
     *     cancelled
     */
    @NoCoroutineFn
    public <T, X extends Exception> T run(String name, Task.Body<? extends T, X> body) throws X {
        Task<T> task = Task.create(name, body);
        own(() -> {
            boolean outermost = blocked.open();
            try {
                blocked.add(task);
                schedule(task.coroutine());
                while (!task.isDone() && !stopped) turn.run(true);
                blocked.remove(task, stopped);
                if (outermost) stopped = false;
            } finally {
                if (outermost) blocked.refuse("was stopped");
            }
        });
        return Blocked.outcome(task);
    }

    /**
     * Has {@code body} run in a coroutine of this loop, and blocks the calling thread until it has ended
     * ({@code AIO_WAIT_WHILE}): for what is no coroutine. In the loop's own thread, a handler for one, nested
     * turns run meanwhile; any other thread waits for whoever runs the loop, or will.
     *
     * @return what the body returned
     * @throws X what the body throws, as it is
     * @throws IllegalStateException inside a coroutine; or if the loop is closed or stopped, before or
     *     meanwhile: then the coroutine is cancelled
     */
    @NoCoroutineFn
    public <T, X extends Exception> T runBlocking(String name, Task.Body<? extends T, X> body) throws X {
        Coroutine self = Coroutine.self();
        if (self != null) {
            throw new IllegalStateException(self + " would block " + this + " or its own home by "
                    + "EventLoop.runBlocking; inside a coroutine await EventLoop.submit instead");
        }
        if (runner.get() == Thread.currentThread()) return run(name, body);
        Task<T> task = Task.create(name, body);
        blocked.add(task);
        schedule(task.coroutine());
        Blocked.await(task);
        blocked.remove(task, false);
        return Blocked.outcome(task);
    }

    /**
     * Runs one turn ({@code aio_poll}); may be called by a handler, but not by a coroutine.
     *
     * @param block whether to wait for something to do if there is nothing
     * @return whether anything was called or entered
     * @throws IllegalStateException as {@link #run}
     */
    @NoCoroutineFn
    public boolean turn(boolean block) {
        boolean[] progress = {false};
        own(() -> progress[0] = turn.run(block));
        return progress[0];
    }

    /** Has {@link #run} return after the turn that runs, or at once when it is called. From any thread. */
    public void stop() {
        stopped = true;
        signal();
    }

    /** Makes a coroutine that starts in this loop's next turn. From any thread. */
    public Coroutine start(String name, CoroutineEntry entry) {
        var co = Coroutine.create(name, entry);
        schedule(co);
        return co;
    }

    /** As {@link #start}, of a coroutine with a result. From any thread. */
    public <T> Task<T> submit(String name, Task.Body<? extends T, ?> body) {
        Task<T> task = Task.create(name, body);
        schedule(task.coroutine());
        return task;
    }

    /** Calls {@code task} in the loop's next turn, as a bottom half of its own. From any thread. */
    @Override
    public void execute(Runnable task) {
        new BottomHalf(this, bottomHalves, task, Objects.requireNonNull(task, "task")).schedule();
    }

    /**
     * The pool for what blocks in this loop's coroutines, of at most {@link ThreadPool#THREADS_DEFAULT}
     * threads; made when it is first asked for, and closed with the loop. From any thread.
     */
    public ThreadPool pool() {
        ThreadPool now = pool.get();
        if (now != null) return now;
        pool.compareAndSet(null, ThreadPool.of(name() + "-pool", ThreadPool.THREADS_DEFAULT));
        return pool.get(); // One that was too late has no thread yet.
    }

    /** Makes a bottom half, not scheduled. From any thread. */
    public BottomHalf bottomHalf(String name, Runnable handler) {
        Objects.requireNonNull(name, "name");
        return new BottomHalf(this, bottomHalves, name, Objects.requireNonNull(handler, "handler"));
    }

    /** Makes an event notifier, clear and without a handler. From any thread. */
    public EventNotifier notifier(String name) {
        return new EventNotifier(this, Objects.requireNonNull(name, "name"));
    }

    /** Makes a timer, not armed. From any thread. */
    public Timer timer(String name, Runnable handler) {
        return new Timer(this, Objects.requireNonNull(name), Objects.requireNonNull(handler));
    }

    /**
     * Watches a channel, which must be in non-blocking mode; asks for nothing until
     * {@link Watch#interest(int)}.
     *
     * @param handler takes the operations that are ready
     * @throws IOException if the channel is closed
     * @throws IllegalStateException if it is watched in this loop already
     */
    public Watch watch(SelectableChannel channel, IntConsumer handler) throws IOException {
        requireHere("EventLoop.watch");
        return new Watch(this, turn, channel, handler);
    }

    /**
     * Moves the calling coroutine: when this returns it runs in {@code to}, which is its home from then on
     * ({@code aio_co_reschedule_self}). Suspends, unless it runs there already.
     *
     * @throws java.util.concurrent.CancellationException if it was cancelled; it then is in one loop or the
     *     other
     * @throws IllegalStateException outside of a coroutine that runs in a loop; or if somebody else entered
     *     it meanwhile
     */
    @CoroutineFn
    public static void rescheduleSelf(EventLoop to) {
        EventLoop from = current();
        Coroutine self = Coroutine.self();
        if (self == null) {
            throw new IllegalStateException("EventLoop.rescheduleSelf outside of a coroutine, by "
                    + Thread.currentThread() + "; hand it over with execute");
        }
        if (from != to) new Move(self, from, to).await();
    }

    /**
     * Suspends the calling coroutine until {@code stage} is done; it goes on in its own loop, whoever
     * completes the stage. If it is cancelled, the stage is left alone.
     *
     * @return what the stage was completed with
     * @throws ExecutionException if that failed with a checked exception, which is the cause; an unchecked
     *     one or an error is thrown as it is, and so is the CancellationException of a cancelled future
     */
    @CoroutineFn
    public static <T> T await(CompletionStage<? extends T> stage) throws ExecutionException {
        return Completion.<T>of(stage).await();
    }

    /** As {@link #await}, but who is cancelled meanwhile cancels {@code future}, which nobody else needs. */
    @CoroutineFn
    public static <T> T awaitOrCancel(CompletableFuture<? extends T> future) throws ExecutionException {
        try {
            return Completion.<T>of(future).await();
        } catch (CancellationException e) {
            future.cancel(true); // Does nothing if it is done.
            throw e;
        }
    }

    /**
     * Suspends the calling coroutine for at least {@code duration}; others of its loop run meanwhile. The
     * deadline is met to the millisecond, or later if the loop is busy.
     */
    @CoroutineFn
    public static void sleep(Duration duration) {
        EventLoop loop = current();
        var done = new Completion<Void>(new Sleep(duration));
        Timer timer = loop.timer("sleep", () -> done.complete(null));
        timer.arm(duration.toNanos());
        try {
            done.join();
        } finally {
            timer.cancel();
        }
    }

    /** What it has done so far; a snapshot. From any thread. */
    public LoopStatistics statistics() {
        return turn.counters.snapshot(residentCount());
    }

    /** Who works for it without a channel. For the loop's thread. */
    public Pollers pollers() {
        return turn.pollers;
    }

    /**
     * Has the loop look again and again, for up to {@code max}, before it sleeps: for as long as that paid
     * lately, as {@code aio_poll} does. Zero, the default, is never. For who has a core to spare for it;
     * with one core, or in a simulated world, it is never done. From any thread.
     *
     * @throws IllegalArgumentException if {@code max} is negative, or more than 10 ms
     */
    public void polling(Duration max) {
        turn.polling(Polling.of(this, max));
    }

    /**
     * Has the system logger {@code dev.pirn.aio} told when a turn takes longer than {@code limit}, its wait
     * aside: once with the stack of the loop's thread and the coroutine that runs, once when it is over.
     * Looked at four times within the limit, by a thread of its own; the loop itself pays nothing for it.
     * {@code -Dpirn.stall=500} does so for all loops, with a limit of 500 ms. From any thread.
     *
     * @throws IllegalArgumentException if the limit is not positive
     */
    public void watchdog(Duration limit) {
        if (!limit.isPositive()) {
            throw new IllegalArgumentException("a turn takes longer than " + limit + " always; give " + this
                    + " a positive limit");
        }
        Watchdog.watch(this, limit);
    }

    /**
     * Says what happens to what a handler or a scheduled coroutine throws: {@code handler} gets the thrower
     * (a {@link Coroutine}, {@link Watch}, {@link Timer} or {@link BottomHalf}) and the exception, in the
     * loop's thread. Without one it is logged, to the system logger {@code dev.pirn.aio}.
     */
    public void onUncaught(BiConsumer<Object, Throwable> handler) {
        uncaught.set(handler);
    }

    /**
     * Ends what is left, and closes: what is due runs first; then all coroutines that ran in this loop last
     * are cancelled, and may run, start others and wait for up to {@code turnsMax} turns, of a millisecond at
     * most; then timers, bottom halves and watches are dropped. What coroutines throw goes to
     * {@link #onUncaught}. Afterwards nothing can be scheduled here.
     *
     * <p>From any thread, while nobody runs the loop. Does nothing if it is closed.
     *
     * @return what was left, by name
     * @throws IllegalStateException while the loop runs: {@link #stop} it first; or inside a coroutine
     */
    @NoCoroutineFn
    public ShutdownReport shutdown(int turnsMax) throws IOException {
        if (closed) return ShutdownReport.CLEAN;
        Thread running = runner.get();
        if (running != null) {
            throw new IllegalStateException(this + " is closed while " + running + " runs it; stop it first");
        }
        ShutdownReport[] report = {null};
        own(() -> {
            report[0] = new Shutdown(this, turn, uncaught, turnsMax, blocked::close).run();
        });
        Watchdog.forget(this);
        turn.close();
        ThreadPool threads = pool.get();
        if (threads != null) threads.close();
        return report[0];
    }

    /**
     * As {@link #shutdown}, with a thousand turns; a coroutine that has not ended then, and will never end,
     * is named in a warning to the system logger {@code dev.pirn.aio}.
     */
    @Override
    @NoCoroutineFn
    public void close() throws IOException {
        ShutdownReport report = shutdown(Shutdown.TURNS_MAX_DEFAULT);
        if (!report.refused().isEmpty()) uncaught.warn("was closed, but not all has ended\n" + report);
    }

    @Override
    protected boolean isClosed() {
        return closed;
    }

    @Override
    protected void signal() {
        turn.signal();
    }

    @Override
    protected void point(String place) {
        world.point(place);
    }

    @Override
    protected void uncaught(Coroutine co, Throwable failure) {
        uncaught.report(co, failure);
    }

    /** Calls a handler of {@code owner}. */
    void call(Object owner, Runnable handler) {
        uncaught.guard(owner, handler);
    }

    /** Refuses callers outside of this loop. */
    void requireHere(String what) {
        if (Home.current() != this) {
            Coroutine self = Coroutine.self();
            throw new IllegalStateException(what + " of " + this + " called by "
                    + (self == null ? Thread.currentThread() : self)
                    + ", outside of it; hand it over with execute");
        }
    }

    private void own(Runnable turns) {
        if (closed) throw new IllegalStateException(this + " is closed, and does not run any more");
        Thread me = Thread.currentThread();
        Thread other = runner.compareAndExchange(null, me);
        if (other != null && other != me) {
            throw new IllegalStateException(this + " is run by " + other + " already, now by " + me);
        }
        try {
            bind(turns);
        } finally {
            if (other == null) runner.set(null);
        }
    }

    /** Enters those that are scheduled, in a turn. */
    @NoCoroutineFn
    int enterScheduled() {
        return runScheduled();
    }

    /** True if there is anything that no turn may wait for. */
    boolean isSoon() {
        return stopped || hasScheduled() || bottomHalves.delayNanos() == 0 || notifiers.delayNanos() == 0;
    }

    // For Stall, from any thread.

    long busySinceNanos() {
        return turn.counters.busySinceNanos();
    }

    Thread runner() {
        return runner.get();
    }

    // For Shutdown, in the loop's thread.

    @NoCoroutineFn
    boolean turnOfShutdown(boolean block) {
        stopped = false; // Whoever asks for an end gets it.
        return turn.run(block);
    }

    List<Coroutine> dropNew() {
        closed = true; // First: who schedules after this look is refused.
        return dropScheduled();
    }

    String waits(Coroutine co) {
        return waitsFor(co);
    }
}
