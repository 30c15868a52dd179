package dev.pirn.sim;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.pirn.Backend;
import dev.pirn.Completion;
import dev.pirn.Coroutine;
import dev.pirn.Home;
import dev.pirn.aio.EventLoop;
import dev.pirn.sim.junit.SimTest;
import java.io.File;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

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

    @ParameterizedTest
    @EnumSource
    void aSeedIsTheSameInEveryJvmOnEachBackend(Backend backend) throws Exception {
        var here = new StringBuilder();
        for (int seed = 0; seed < 20; seed++) {
            try (var sim = Sim.of(seed)) {
                here.append(runOf(sim)).append('\n');
            }
        }
        String path = String.join(File.pathSeparator, placeOf(Coroutine.class), placeOf(Sim.class),
                Path.of(SimTimeTest.class.getResource("/dev/pirn/sim/Fingerprints.class").toURI())
                        .getParent().getParent().getParent().getParent().toString());
        var child = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--add-opens=java.base/jdk.internal.vm=ALL-UNNAMED",
                "--add-exports=java.base/jdk.internal.access=ALL-UNNAMED", "-cp", path,
                "-Dpirn.backend=" + backend.name().toLowerCase(Locale.ROOT),
                Fingerprints.class.getName(), "20")
                .redirectErrorStream(true).start();
        assertEquals(here.toString(), new String(child.getInputStream().readAllBytes()));
        assertEquals(0, child.waitFor());
    }

    private static String placeOf(Class<?> type) throws URISyntaxException {
        return Path.of(type.getProtectionDomain().getCodeSource().getLocation().toURI()).toString();
    }

    private static long runOf(Sim sim) {
        return Fingerprints.of(sim);
    }
}
