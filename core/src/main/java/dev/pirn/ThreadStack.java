package dev.pirn;

import java.util.concurrent.locks.LockSupport;

/**
 * A stack that is a parked thread: the turn is handed over, and exactly one of the two threads goes on.
 * <pre>
 *   enterer                          worker
 *   waiter = me, unpark ───────────▶ runs the coroutine
 *   parks while waiter is set        …
 *   goes on ◀─────────────────────── waiter = null, unpark (a yield, or the end)
 *                                    parks until waiter is set
 * </pre>
 */
final class ThreadStack implements Stack {
    private final Coroutine coroutine;
    /** Taken at the first enter, given back at the end: a coroutine that is never entered costs no thread. */
    private ThreadStackWorker worker;
    /** The thread in enter, while it is the worker's turn. */
    private volatile Thread waiter;

    ThreadStack(Coroutine coroutine) {
        this.coroutine = coroutine;
    }

    static Coroutine current() {
        return Thread.currentThread() instanceof ThreadStackWorker worker ? worker.coroutine() : null;
    }

    @Override
    @MayBlock("another thread runs meanwhile: that is how this stack switches")
    public void enter(Coroutine co) {
        if (Checks.ON) OneAtATime.begin(co);
        try {
            handOver();
        } finally {
            if (Checks.ON) OneAtATime.end(co);
        }
    }

    @MayBlock("another thread runs meanwhile: that is how this stack switches")
    private void handOver() {
        Thread me = ThreadStackWorker.thisThread();
        waiter = me;
        if (worker == null) {
            ThreadStackWorker.take(this);
        } else {
            LockSupport.unpark(worker);
        }
        boolean interrupted = false;
        while (waiter != null) {
            LockSupport.park(coroutine);
            // An interrupt is for the enterer's own next wait; until then it would make this loop spin.
            interrupted |= Thread.interrupted();
        }
        if (interrupted) me.interrupt();
    }

    @Override
    @MayBlock("another thread runs meanwhile: that is how this stack switches")
    public void yield(Coroutine co) {
        handBack();
        boolean interrupted = false;
        while (waiter == null) {
            LockSupport.park(coroutine);
            interrupted |= Thread.interrupted();
        }
        if (interrupted) worker.interrupt();
    }

    @Override
    public StackTraceElement[] getStackTrace(Coroutine co) {
        ThreadStackWorker thread = worker;
        return thread == null ? new StackTraceElement[0] : thread.getStackTrace();
    }

    /** Runs the coroutine's body; called once, by its worker. */
    void run(ThreadStackWorker by) {
        worker = by; // Not in enter, which comes to it too late for who looks at us now.
        coroutine.body();
    }

    /** Ends the worker's turn. The enterer may go on before this returns. */
    void handBack() {
        Thread enterer = waiter;
        waiter = null;
        LockSupport.unpark(enterer);
    }

    Coroutine coroutine() {
        return coroutine;
    }
}
