package dev.pirn.lab.stress;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import dev.pirn.Coroutine;
import dev.pirn.CoroutineFn;
import dev.pirn.lock.CoMutex;
import java.util.concurrent.CancellationException;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;
import org.openjdk.jcstress.infra.results.I_Result;

/** A mutex between two loops. */
final class MutexStress {
    private MutexStress() { }

    /** Both lock it, at the same time or not: one after the other, and each sees what the other wrote. */
    @JCStressTest
    @Outcome(id = "2", expect = ACCEPTABLE, desc = "One after the other.")
    @Outcome(expect = FORBIDDEN, desc = "Both at a time, or one never.")
    @State
    public static class Exclusion {
        private final Turns one = new Turns();
        private final Turns two = new Turns();
        private final CoMutex mutex = new CoMutex("m");
        private int count;

        public Exclusion() {
            one.start(this::add);
            two.start(this::add);
        }

        @CoroutineFn
        private void add() {
            mutex.lock();
            count++;
            mutex.unlock();
        }

        @Actor
        public void one() {
            one.turn();
        }

        @Actor
        public void two() {
            two.turn();
        }

        @Arbiter
        public void end(I_Result r) {
            one.turn();
            two.turn();
            r.r1 = mutex.isLocked() ? -1 : count;
        }
    }

    /** One unlocks while the other comes: it is neither forgotten, nor let in early. */
    @JCStressTest
    @Outcome(id = "3, 1", expect = ACCEPTABLE, desc = "It has it, and sees what was written under it.")
    @Outcome(expect = FORBIDDEN, desc = "It never got it, or too early.")
    @State
    public static class HandOver {
        private final Turns one = new Turns();
        private final Turns two = new Turns();
        private final CoMutex mutex = new CoMutex("m");
        private final Coroutine holder;
        private int guarded;
        private int seen;
        private int got;

        public HandOver() {
            holder = one.start(() -> {
                mutex.lock();
                Coroutine.yield();
                guarded = 3;
                mutex.unlock();
            });
            one.turn();
            one.schedule(holder);
            two.start(() -> {
                mutex.lock();
                seen = guarded;
                got = 1;
                mutex.unlock();
            });
        }

        @Actor
        public void unlocks() {
            one.turn();
        }

        @Actor
        public void locks() {
            two.turn();
        }

        @Arbiter
        public void end(II_Result r) {
            two.turn();
            r.r1 = seen;
            r.r2 = mutex.isLocked() ? -1 : got;
        }
    }

    /** Whoever waits is cancelled while it is handed the mutex: it has it, or the next gets it. */
    @JCStressTest
    @Outcome(id = {"1, 1", "2, 1"}, expect = ACCEPTABLE, desc = "It had it, or the next.")
    @Outcome(expect = FORBIDDEN, desc = "The mutex is lost.")
    @State
    public static class CancelledHandOver {
        private final Turns one = new Turns();
        private final Turns two = new Turns();
        private final CoMutex mutex = new CoMutex("m");
        private final Coroutine holder;
        private final Coroutine waiter;
        private int outcome;
        private int next;

        public CancelledHandOver() {
            holder = one.start(() -> {
                mutex.lock();
                Coroutine.yield();
                mutex.unlock();
            });
            waiter = two.start(() -> {
                try {
                    mutex.lock();
                } catch (CancellationException e) {
                    outcome = 2;
                    throw e;
                }
                outcome = 1;
                mutex.unlock();
            });
            two.start(() -> {
                mutex.lock();
                next = 1;
                mutex.unlock();
            });
            one.turn();
            two.turn();
            one.schedule(holder);
        }

        @Actor
        public void unlocks() {
            one.turn();
        }

        @Actor
        public void cancels() {
            two.cancel(waiter);
        }

        @Arbiter
        public void end(II_Result r) {
            two.turn();
            two.turn();
            r.r1 = outcome;
            r.r2 = mutex.isLocked() ? -1 : next;
        }
    }
}
