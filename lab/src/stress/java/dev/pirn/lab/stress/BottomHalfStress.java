package dev.pirn.lab.stress;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import dev.pirn.aio.BottomHalf;
import dev.pirn.aio.EventLoop;
import java.io.IOException;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;
import org.openjdk.jcstress.infra.results.I_Result;

/** Bottom halves that are scheduled while their loop turns. */
final class BottomHalfStress {
    private BottomHalfStress() { }

    private static EventLoop loop() {
        try {
            return EventLoop.open("stress", new NoChannels());
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    /** What comes before the schedule is seen by a call that comes after it. */
    @JCStressTest
    @Outcome(id = "1, 3", expect = ACCEPTABLE, desc = "Called once, in this turn or the next.")
    @Outcome(expect = FORBIDDEN, desc = "Lost, called twice, or blind.")
    @State
    public static class Schedule {
        private final EventLoop loop = loop();
        private int before;
        private int calls;
        private int seen;
        private final BottomHalf bottomHalf = loop.bottomHalf("bh", () -> {
            calls++;
            seen = before;
        });

        @Actor
        public void other() {
            before = 3;
            bottomHalf.schedule();
        }

        @Actor
        public void turner() {
            loop.turn(false);
        }

        @Arbiter
        public void end(II_Result r) {
            loop.turn(false);
            r.r1 = calls;
            r.r2 = seen;
        }
    }

    /** Two schedule the same while the loop turns: called once or twice, but not before either. */
    @JCStressTest
    @Outcome(id = "1", expect = ACCEPTABLE, desc = "One call for both.")
    @Outcome(id = "2", expect = ACCEPTABLE, desc = "One each: a turn came between.")
    @Outcome(expect = FORBIDDEN, desc = "Lost, or called too often.")
    @State
    public static class Twice {
        private final EventLoop loop = loop();
        private int calls;
        private final BottomHalf bottomHalf = loop.bottomHalf("bh", () -> calls++);

        @Actor
        public void first() {
            bottomHalf.schedule();
        }

        @Actor
        public void second() {
            bottomHalf.schedule();
            loop.turn(false);
        }

        @Arbiter
        public void end(I_Result r) {
            loop.turn(false);
            r.r1 = calls;
        }
    }

    /** Whoever cancels takes back what was scheduled before, and nothing that comes later. */
    @JCStressTest
    @Outcome(id = "0, 0", expect = ACCEPTABLE, desc = "Taken back.")
    @Outcome(id = "1, 0", expect = ACCEPTABLE, desc = "Called before.")
    @Outcome(expect = FORBIDDEN, desc = "Called twice, or in a turn after the one that it was meant for.")
    @State
    public static class Cancel {
        private final EventLoop loop = loop();
        private int calls;
        private int atFirst;
        private final BottomHalf bottomHalf = loop.bottomHalf("bh", () -> calls++);

        @Actor
        public void scheduler() {
            bottomHalf.schedule();
            loop.turn(false);
            atFirst = calls;
        }

        @Actor
        public void canceller() {
            bottomHalf.cancel();
        }

        @Arbiter
        public void end(II_Result r) {
            loop.turn(false);
            r.r1 = atFirst;
            r.r2 = calls - atFirst;
        }
    }
}
