package dev.pirn.aio;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.pirn.Completion;
import java.io.IOException;
import java.nio.channels.spi.SelectorProvider;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** When a loop looks at who works for it without a channel, and when it sleeps in spite of that. */
class PollersTest {
    private final LoopRule rule = new LoopRule();
    private final EventLoop loop = rule.loop;
    private final List<String> trace = new ArrayList<>();

    /** Has something after so many looks. */
    private final class Other implements Poller {
        int looksUntil = Integer.MAX_VALUE;
        boolean comesBeforeSleep;
        Completion<Void> waiting;

        @Override
        public boolean look() {
            trace.add("look");
            return --looksUntil <= 0;
        }

        @Override
        public int take() {
            if (looksUntil > 0) return 0;
            trace.add("take");
            looksUntil = Integer.MAX_VALUE;
            if (waiting != null) waiting.complete(null);
            return 1;
        }

        @Override
        public boolean maySleep() {
            trace.add("maySleep");
            if (comesBeforeSleep) looksUntil = 0;
            return !comesBeforeSleep;
        }

        @Override
        public void close() {
            trace.add("close");
        }
    }

    private final Other other = new Other();

    @AfterEach
    void close() throws IOException {
        rule.close();
        assertEquals(List.of(), rule.uncaught);
    }

    private void add() {
        inLoop(() -> loop.pollers().add(other));
    }

    private void inLoop(Runnable task) {
        loop.execute(task);
        loop.turn(false);
        trace.clear();
    }

    @Test
    void eachTurnLooksFirstAndTakesWithWhatIsReady() {
        add();
        Timer timer = loop.timer("t", () -> trace.add("timer"));
        loop.execute(() -> {
            trace.add("bottom half");
            timer.arm(0);
        });
        other.looksUntil = 1;
        assertTrue(loop.turn(true));
        assertEquals(List.of("look", "bottom half", "take", "timer"), trace);
    }

    @Test
    void whatIsThereKeepsTheLoopFromSleeping() {
        add();
        other.looksUntil = 1;
        assertTrue(loop.turn(true)); // Would else never end.
        assertEquals(List.of("look", "take"), trace);
    }

    @Test
    void whatComesJustBeforeTheSleepKeepsTheLoopFromIt() {
        add();
        other.comesBeforeSleep = true;
        assertTrue(loop.turn(true));
        assertEquals(List.of("look", "maySleep", "take"), trace);
    }

    /** It does when it has slept for a while that a look would have covered, which may take some tries. */
    @Test
    void loopThatPollsLooksAgain() {
        assertTrue(Runtime.getRuntime().availableProcessors() > 1);
        add();
        loop.polling(Duration.ofMillis(10));
        for (int tries = 0; tries < 1000 && loop.statistics().pollHits() == 0; tries++) {
            other.comesBeforeSleep = false;
            inLoop(() -> loop.timer("t", () -> { }).arm(1_000_000));
            loop.turn(true);
            trace.clear();
            other.comesBeforeSleep = true; // Else it might sleep for ever.
            other.looksUntil = 2;
            loop.turn(true);
        }
        assertEquals(1, loop.statistics().pollHits());
        assertEquals(List.of("look", "look", "take"), trace);
    }

    @Test
    void coroutineThatIsWokenRunsAtOnce() {
        add();
        other.waiting = new Completion<>("the other side");
        loop.run("waits", () -> {
            other.looksUntil = 1;
            other.waiting.join();
            trace.add("woken");
            return null;
        });
        assertEquals(List.of("take", "woken"), trace.subList(trace.indexOf("take"), trace.size()));
    }

    @Test
    void foundByItsKind() {
        add();
        assertSame(other, loop.pollers().find(Other.class));
        assertSame(other, loop.pollers().find(Poller.class));
        interface Unknown extends Poller { }
        assertNull(loop.pollers().find(Unknown.class));
    }

    @Test
    void closedWithTheLoop() throws IOException {
        add();
        loop.close();
        assertEquals("close", trace.getLast());
    }

    /** Whose time would not wait for it. */
    @Test
    void addedInASimulatedWorld() throws IOException {
        var world = new World() {
            @Override
            public long nanoTime() {
                return 0;
            }

            @Override
            public SelectorProvider channels() {
                return SelectorProvider.provider();
            }

            @Override
            public void work(Executor threads, Runnable work) {
                work.run();
            }

            @Override
            public String toString() {
                return "a world of ours";
            }
        };
        assertTrue(world.isSimulated());
        assertFalse(loop.world().isSimulated());
        var thrown = new ArrayList<String>();
        try (var simulated = EventLoop.open("s", world)) {
            simulated.onUncaught((who, e) -> thrown.add(e.getMessage().split(":")[0]));
            simulated.execute(() -> simulated.pollers().add(other));
            simulated.turn(false);
        }
        assertEquals(List.of("EventLoop \"s\" runs in a world of ours, where nobody works for it in real "
                + "time"), thrown);
    }

    @Test
    void addedFromOutside() {
        var refused = assertThrows(IllegalStateException.class, () -> loop.pollers().add(other));
        assertTrue(refused.getMessage().startsWith("Pollers.add of "), refused.getMessage());
    }
}
