package dev.pirn;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.util.concurrent.locks.LockSupport;

/**
 * A thread that runs coroutines of the thread backend, one from its start to its end, then the next.
 *
 * <p>A bounded stack of idle ones stands ready. It pays here as nowhere else: see IDLE_MAX.
 */
final class ThreadStackWorker extends Thread {
    /*
     * Most idle workers that are kept; -Dpirn.pool overrides, 0 keeps none. Create, run and end: 137 µs
     * without a pool (a thread is started each time), 2.4 µs with one. With N alive at once, each costs 8 µs
     * while N is within the bound, 130–300 µs past it (N = 128 with a bound of 64, 512 with 256). 256 is what
     * QEMU keeps for a thread.
     */
    static final int IDLE_MAX = Math.max(0, Integer.getInteger("pirn.pool", 256));

    // Not final: the compiler must not inline the call behind it. A method of the enterer that was inlined
    // around two reads of Thread.currentThread() would see the first one's thread at the second (DESIGN 2,
    // trap 1).
    private static MethodHandle currentThread;

    /** Idle workers, the one used last on top, where its caches are warm. Guarded by the class's monitor. */
    private static ThreadStackWorker idle;
    private static int idleCount;

    static {
        try {
            currentThread = MethodHandles.lookup()
                    .findStatic(Thread.class, "currentThread", MethodType.methodType(Thread.class));
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private ThreadStackWorker below; // The next idle one.
    private volatile ThreadStack task;

    private ThreadStackWorker(ThreadStack task) {
        // Inherits no thread locals: it outlives the coroutine that it is made for.
        super(null, null, "pirn-coroutine", 0, false);
        this.task = task;
        setDaemon(true);
    }

    /** The calling thread, read anew. */
    static Thread thisThread() {
        try {
            return (Thread) currentThread.invokeExact();
        } catch (Throwable e) {
            throw new AssertionError(e);
        }
    }

    /** Puts an idle worker, or a new one, to work on {@code task}. */
    static void take(ThreadStack task) {
        ThreadStackWorker worker = pop();
        if (worker == null) {
            worker = new ThreadStackWorker(task);
            worker.start();
        } else {
            worker.task = task;
            LockSupport.unpark(worker);
        }
    }

    Coroutine coroutine() {
        ThreadStack running = task;
        return running == null ? null : running.coroutine();
    }

    @Override
    public void run() {
        while (runTask()) {
            while (task == null) LockSupport.park(this);
        }
    }

    /**
     * Runs one coroutine to its end; false if this thread is one too many. Keeps nothing of the coroutine
     * alive.
     */
    private boolean runTask() {
        ThreadStack ended = task;
        ended.run(this);
        Thread.interrupted(); // An interrupt of this coroutine is none of the next one's.
        task = null;
        // Before the turn goes back: who creates the next coroutine right after this enter shall find us.
        boolean kept = push(this);
        ended.handBack();
        return kept;
    }

    private static synchronized ThreadStackWorker pop() {
        ThreadStackWorker worker = idle;
        if (worker != null) {
            idle = worker.below;
            worker.below = null;
            idleCount--;
        }
        return worker;
    }

    private static synchronized boolean push(ThreadStackWorker worker) {
        if (idleCount >= IDLE_MAX) return false;
        worker.below = idle;
        idle = worker;
        idleCount++;
        return true;
    }
}
