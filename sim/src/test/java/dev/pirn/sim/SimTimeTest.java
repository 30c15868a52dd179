package dev.pirn.sim;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.pirn.Completion;
import dev.pirn.Home;
import dev.pirn.aio.EventLoop;
import dev.pirn.aio.ThreadPool;
import dev.pirn.sim.junit.SimTest;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class SimTimeTest {
    @Test
    void sleepersOfOneLoopWakeInTheOrderOfTheirDeadlines() {
        try (var sim = Sim.of(1)) {
            EventLoop a = sim.loop("a");
            a.start("late", () -> {
                EventLoop.sleep(Duration.ofHours(2));
                sim.trace("late " + sim.now().toHours());
            });
            a.start("early", () -> {
                EventLoop.sleep(Duration.ofHours(1));
                sim.trace("early " + sim.now().toHours());
            });
            sim.run();
            assertEquals(List.of("early 1", "late 2"), sim.trace());
        }
    }

    @Test
    void aWaitThatNobodyEndsIsTold() {
        try (var sim = Sim.of(1)) {
            EventLoop a = sim.loop("a");
            a.start("forgotten", () -> new Completion<Void>("a wake").await());
            var e = assertThrows(IllegalStateException.class, sim::run);
            assertTrue(e.getMessage().contains("nothing can happen any more, but\n  coroutine \"forgotten\""),
                    e.getMessage());
        }
    }

    @Test
    void aRunThatNeverEndsIsEnded() {
        try (var sim = Sim.of(1, SimOptions.DEFAULT.withStepsMax(1000))) {
            EventLoop a = sim.loop("a");
            a.start("busy", () -> {
                while (true) Home.yieldTurn();
            });
            var e = assertThrows(IllegalStateException.class, sim::run);
            assertTrue(e.getMessage().contains("not ended after 1000 steps:\n  coroutine \"busy\""),
                    e.getMessage());
        }
    }

    @Test
    void whatACoroutineThrowsEndsTheRun() {
        try (var sim = Sim.of(1)) {
            sim.loop("a").start("wrong", () -> {
                throw new java.io.IOException("so it is");
            });
            var e = assertThrows(Exception.class, sim::run);
            assertTrue(e.toString().contains("so it is") || e.getCause().toString().contains("so it is"));
        }
    }

    @SimTest(seeds = 300)
    void eachSeedIsItsOwnRunOfTwoLoopsAndAPool(Sim sim) {
        long first = runOf(sim);
        try (var again = Sim.of(sim.seed())) {
            assertEquals(first, runOf(again));
        }
    }

    @Test
    void seedsDiffer() {
        Set<Long> seen = new HashSet<>();
        Set<List<String>> orders = new HashSet<>();
        for (int seed = 0; seed < 100; seed++) {
            try (var sim = Sim.of(seed)) {
                seen.add(runOf(sim));
                orders.add(sim.trace());
            }
        }
        assertEquals(100, seen.size());
        assertTrue(orders.size() > 10, orders.size() + " orders");
    }

    /** The run of seed 42 in any JVM, on any backend. */
    @Test
    void aSeedIsTheSameInEveryJvm() {
        try (var sim = Sim.of(42)) {
            assertEquals(RUN_OF_42, runOf(sim));
        }
    }

    private static final long RUN_OF_42 = 1082316318153786095L;

    private static long runOf(Sim sim) {
        var pool = ThreadPool.of("pool", 2);
        for (String name : List.of("a", "b")) {
            EventLoop loop = sim.loop(name);
            for (int i = 0; i < 3; i++) {
                String who = name + i;
                loop.start(who, () -> {
                    Home.yieldTurn();
                    sim.trace(who + " " + pool.call(() -> "worked"));
                    EventLoop.sleep(Duration.ofMillis(1));
                    sim.trace(who + " slept");
                });
            }
        }
        sim.run();
        return sim.fingerprint();
    }
}
