package dev.pirn.lab.stress;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import dev.pirn.Completion;
import dev.pirn.Coroutine;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;
import org.openjdk.jcstress.infra.results.I_Result;

/** A result that comes while somebody begins to wait for it. */
final class CompletionStress {
    private CompletionStress() { }

    /** No wake-up is lost, and what was written before it is seen. */
    @JCStressTest
    @Outcome(id = "7, 3", expect = ACCEPTABLE, desc = "Awaited before or after.")
    @Outcome(id = "0, 0", expect = FORBIDDEN, desc = "A lost wake-up.")
    @Outcome(expect = FORBIDDEN, desc = "The wait returned, and not with what it waited for.")
    @State
    public static class Await {
        private final Turns home = new Turns();
        private final Completion<Integer> completion = new Completion<>();
        private int before;
        private int result;
        private int seen;

        public Await() {
            home.start(() -> {
                result = completion.await();
                seen = before;
            });
        }

        @Actor
        public void waiter() {
            home.turn();
        }

        @Actor
        public void other() {
            before = 3;
            completion.complete(7);
        }

        @Arbiter
        public void end(II_Result r) {
            home.turn();
            r.r1 = result;
            r.r2 = seen;
        }
    }

    /** The second of two outcomes is refused, whichever that is, and the first is what comes out. */
    @JCStressTest
    @Outcome(id = "7, 1", expect = ACCEPTABLE, desc = "7 was faster.")
    @Outcome(id = "8, 1", expect = ACCEPTABLE, desc = "8 was faster.")
    @Outcome(expect = FORBIDDEN, desc = "Both were taken, or none.")
    @State
    public static class Twice {
        private final Turns home = new Turns();
        private final Completion<Integer> completion = new Completion<>();
        private int result;
        private boolean refused7;
        private boolean refused8;

        public Twice() {
            home.start(() -> result = completion.await());
            home.turn();
        }

        @Actor
        public void seven() {
            refused7 = isRefused(7);
        }

        @Actor
        public void eight() {
            refused8 = isRefused(8);
        }

        private boolean isRefused(int value) {
            try {
                completion.complete(value);
                return false;
            } catch (IllegalStateException e) {
                return true;
            }
        }

        @Arbiter
        public void end(II_Result r) {
            home.turn();
            r.r1 = result;
            r.r2 = (refused7 ? 1 : 0) + (refused8 ? 1 : 0);
        }
    }

    /** A cancellation meets the result: one of them ends the wait, and the other disturbs nobody later. */
    @JCStressTest
    @Outcome(id = "7, 9", expect = ACCEPTABLE, desc = "The result came, then the cancellation, to no wait.")
    @Outcome(id = "7, 0", expect = ACCEPTABLE, desc = "The result came; the next wait was cancelled.")
    @Outcome(id = "0, 0", expect = ACCEPTABLE, desc = "The cancellation came.")
    @Outcome(expect = FORBIDDEN, desc = "A wake-up met the wrong wait.")
    @State
    public static class Cancel {
        private final Turns home = new Turns();
        private final Completion<Integer> completion = new Completion<>();
        private final Completion<Integer> next = new Completion<>();
        private final Coroutine waiter;
        private int first;
        private int second;

        public Cancel() {
            waiter = home.start(() -> {
                first = completion.await();
                second = next.await();
            });
            home.turn();
        }

        @Actor
        public void canceller() {
            waiter.cancel();
            home.turn();
        }

        @Actor
        public void other() {
            completion.complete(7);
        }

        @Arbiter
        public void end(II_Result r) {
            home.turn(); // Ends, or waits for the next.
            next.complete(9);
            home.turn();
            r.r1 = first;
            r.r2 = second;
        }
    }

    /** Two that wait for the same: one of them is told, and neither is lost. */
    @JCStressTest
    @Outcome(id = "1", expect = ACCEPTABLE, desc = "One was refused.")
    @Outcome(expect = FORBIDDEN, desc = "Both wait, or none.")
    @State
    public static class TwoWaiters {
        private final Turns[] homes = {new Turns(), new Turns()};
        private final Completion<Integer> completion = new Completion<>();
        private final boolean[] refused = new boolean[2];

        public TwoWaiters() {
            for (int i = 0; i < 2; i++) {
                int me = i;
                homes[i].start(() -> {
                    try {
                        completion.await();
                    } catch (IllegalStateException e) {
                        refused[me] = true;
                    }
                });
            }
        }

        @Actor
        public void first() {
            homes[0].turn();
        }

        @Actor
        public void second() {
            homes[1].turn();
        }

        @Arbiter
        public void end(I_Result r) {
            completion.complete(7);
            for (Turns each : homes) each.turn();
            r.r1 = (refused[0] ? 1 : 0) + (refused[1] ? 1 : 0);
        }
    }
}
