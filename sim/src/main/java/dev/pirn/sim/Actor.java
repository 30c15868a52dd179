package dev.pirn.sim;

import java.util.concurrent.ConcurrentLinkedDeque;

/**
 * Who may have the baton: a loop, the pool, or who calls {@link Sim}.
 *
 * <pre>
 *   IDLE ──begin──▶ RUNNABLE ◀──picked, or gives way at a point──▶ RUNNABLE
 *     ▲               │  ▲
 *     └─── ended ─────┤  └─ ready, woken, or its deadline came
 *                     └──▶ SELECTING
 * </pre>
 */
final class Actor {
    /** What it does when it has not the baton. */
    enum State { IDLE, RUNNABLE, SELECTING }

    /** Threads that are kept for the next world: to start one takes longer than a short run. */
    private static final ConcurrentLinkedDeque<Runner> SPARE = new ConcurrentLinkedDeque<>();
    private static final int SPARE_MAX = 64;

    final String name;
    final int number;
    State state = State.IDLE;
    SimSelector selector;
    long deadlineNanos;

    private final Baton baton;
    private Runner runner;

    /** Its own, for the caller's thread, which there is already. */
    Actor(String name, int number) {
        this.name = name;
        this.number = number;
        this.baton = new Baton();
    }

    private Actor(String name, int number, Runner runner) {
        this.name = name;
        this.number = number;
        this.baton = runner.baton;
        this.runner = runner;
    }

    /** One with a thread of its own. */
    static Actor threaded(String name, int number) {
        Runner spare = SPARE.poll();
        return new Actor(name, number, spare != null ? spare : new Runner());
    }

    /** Has its thread run {@code code} when it gets the baton; {@code after} then hands it on. */
    void begin(Runnable code, Runnable after) {
        runner.code = code;
        runner.after = after;
        state = State.RUNNABLE;
    }

    /** Gives it the baton. */
    void go() {
        baton.give();
    }

    /** Waits for the baton, in whatever thread it runs in now. */
    void await() {
        baton.take();
    }

    /** Its thread, which does nothing, is another's from now on. */
    void release() {
        if (runner == null) return;
        if (SPARE.size() < SPARE_MAX) SPARE.push(runner); else runner.end();
        runner = null;
    }

    /** Names it for people. */
    @Override
    public String toString() {
        return name;
    }

    /**
     * A flag to wait for. A monitor, for it knows its thread from the JVM: what a coroutine's compiled code
     * takes for the current thread may be one that it was suspended in.
     */
    private static final class Baton {
        private boolean given;

        synchronized void give() {
            given = true;
            notify();
        }

        synchronized void take() {
            boolean interrupted = false;
            while (!given) {
                try {
                    wait();
                } catch (InterruptedException e) {
                    interrupted = true; // The test timed out: the world's limits end it, or nobody.
                }
            }
            given = false;
            if (interrupted) Thread.currentThread().interrupt();
        }
    }

    /** A thread that waits for the baton, runs, and hands it on, again and again. */
    private static final class Runner implements Runnable {
        final Baton baton = new Baton();
        Runnable code;
        Runnable after;
        private boolean ended;

        Runner() {
            var thread = new Thread(this, "pirn-sim");
            thread.setDaemon(true);
            thread.start();
        }

        @Override
        public void run() {
            while (true) {
                baton.take();
                if (ended) return;
                Runnable next = after;
                code.run();
                code = null;
                after = null;
                next.run();
            }
        }

        void end() {
            ended = true;
            baton.give();
        }
    }
}
