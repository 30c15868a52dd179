package dev.pirn.lab.stress;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import dev.pirn.Coroutine;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;
import org.openjdk.jcstress.infra.results.I_Result;

/** Two threads at one coroutine. */
final class CoroutineStress {
    private CoroutineStress() { }

    private static int refused(Runnable task) {
        try {
            task.run();
            return 0;
        } catch (IllegalStateException e) {
            return 1;
        }
    }

    /** Both enter it: at most one is in it at a time, and each step runs once. */
    @JCStressTest
    @Outcome(id = "2, 0", expect = ACCEPTABLE, desc = "One after the other.")
    @Outcome(id = "1, 1", expect = ACCEPTABLE, desc = "At a time; one was refused.")
    @Outcome(expect = FORBIDDEN, desc = "Both were in it, or none.")
    @State
    public static class Enter {
        private int steps; // Not volatile: an enter sees what the one before it did.
        private int first;
        private int second;
        private final Coroutine co = Coroutine.create(() -> {
            while (true) {
                steps++;
                Coroutine.yield();
            }
        });

        @Actor
        public void first() {
            first = refused(co::enter);
        }

        @Actor
        public void second() {
            second = refused(co::enter);
        }

        @Arbiter
        public void end(II_Result r) {
            r.r1 = steps;
            r.r2 = first + second;
        }
    }

    /** Both schedule it: it is entered once, and the other is refused; in the order of two turns. */
    @JCStressTest
    @Outcome(id = "1, 1", expect = ACCEPTABLE, desc = "Once, and one was refused.")
    @Outcome(expect = FORBIDDEN, desc = "Twice, or never.")
    @State
    public static class Schedule {
        private final Turns[] homes = {new Turns(), new Turns()};
        private int steps;
        private int first;
        private int second;
        private final Coroutine co = Coroutine.create(() -> {
            while (true) {
                steps++;
                Coroutine.yield();
            }
        });

        @Actor
        public void first() {
            first = refused(() -> homes[0].schedule(co));
        }

        @Actor
        public void second() {
            second = refused(() -> homes[1].schedule(co));
        }

        @Arbiter
        public void end(II_Result r) {
            for (Turns each : homes) each.turn();
            r.r1 = steps;
            r.r2 = first + second;
        }
    }

    /** Two schedule one each while the home turns: nobody is lost, whichever turn it comes in. */
    @JCStressTest
    @Outcome(id = "2", expect = ACCEPTABLE, desc = "Both ran, in this turn or the next.")
    @Outcome(expect = FORBIDDEN, desc = "One was lost.")
    @State
    public static class ScheduleWhileTurning {
        private final Turns home = new Turns();
        private int ran;

        @Actor
        public void first() {
            home.start(() -> ran++);
        }

        @Actor
        public void second() {
            home.start(() -> ran++);
            home.turn();
        }

        @Arbiter
        public void end(I_Result r) {
            home.turn();
            r.r1 = ran;
        }
    }
}
