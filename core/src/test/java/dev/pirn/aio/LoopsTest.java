package dev.pirn.aio;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.pirn.Backend;
import dev.pirn.Coroutine;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Several loops: the situations of QEMU's test-aio-multithread, and coroutines that move. */
class LoopsTest {
    private static final int LOOPS = 5;

    @Test
    void lifecycle() throws Exception {
        var loops = new Loops(LOOPS);
        var called = new CountDownLatch(LOOPS);
        for (EventLoop loop : loops.all) {
            loop.execute(() -> {
                assertSame(loop, EventLoop.current());
                called.countDown();
            });
        }
        called.await();
        loops.close();
    }

    /**
     * Each loop has a coroutine, which parks itself in a place that all know, takes whoever is parked in a
     * random place out, schedules it in its loop, and yields. Nobody is ever entered while he runs, and none
     * is lost.
     */
    @ParameterizedTest
    @EnumSource
    void schedule(Backend backend) throws Exception {
        int rounds = 2_000;
        long seed = 20_170_213;
        var parked = new AtomicReferenceArray<Coroutine>(LOOPS);
        var ended = new CountDownLatch(LOOPS);
        var stop = new AtomicBoolean();
        var steps = new int[LOOPS];
        try (var loops = new Loops(LOOPS)) {
            for (int i = 0; i < LOOPS; i++) {
                int own = i;
                var random = new Random(seed + own);
                loops.get(own).schedule(Coroutine.create(backend, "parker " + own, () -> {
                    for (; steps[own] < rounds && !stop.get(); steps[own]++) {
                        int other = random.nextInt(LOOPS);
                        parked.set(own, Coroutine.self());
                        unpark(parked, other, loops);
                        Coroutine.yield();
                    }
                    stop.set(true);
                    for (int each = 0; each < LOOPS; each++) unpark(parked, each, loops);
                    ended.countDown();
                }));
            }
            // Whoever parks himself after the others have looked for the last time is taken out from here.
            while (!ended.await(1, TimeUnit.MILLISECONDS)) {
                for (int each = 0; each < LOOPS && stop.get(); each++) unpark(parked, each, loops);
            }
            loops.join();
            assertEquals(List.of(), new ArrayList<>(loops.uncaught), "seed " + seed);
        }
        assertTrue(Arrays.stream(steps).anyMatch(count -> count == rounds), "seed " + seed);
    }

    private static void unpark(AtomicReferenceArray<Coroutine> parked, int place, Loops loops) {
        Coroutine co = parked.getAndSet(place, null);
        if (co != null) loops.get(place).schedule(co);
    }

    /** Coroutines that go from loop to loop find themselves, each time, in the one that they went to. */
    @ParameterizedTest
    @EnumSource
    void coroutinesThatMoveRunWhereTheyMovedTo(Backend backend) throws Exception {
        int moves = 500;
        var ended = new CountDownLatch(20);
        try (var loops = new Loops(LOOPS)) {
            for (int i = 0; i < 20; i++) {
                long seed = i;
                loops.get(i % LOOPS).start("starter", () -> {
                    Coroutine mover = Coroutine.create(backend, "mover " + seed, () -> {
                        var random = new Random(seed);
                        for (int move = 0; move < moves; move++) {
                            EventLoop to = loops.get(random.nextInt(LOOPS));
                            EventLoop.rescheduleSelf(to);
                            assertSame(to, EventLoop.current(), "seed " + seed);
                        }
                        ended.countDown();
                    });
                    loops.get((int) seed % LOOPS).schedule(mover);
                });
            }
            ended.await();
        }
    }

    /** Between its yield and the other loop's turn, its bottom half has been called but it has not run. */
    @Test
    void aMoverIsNotScheduledBeforeItHasYielded() {
        try (var here = new LoopRule(); var there = new LoopRule()) {
            var trace = new ArrayList<String>();
            Coroutine co = here.loop.start("mover", () -> {
                trace.add("in " + (EventLoop.current() == here.loop ? "here" : "there"));
                EventLoop.rescheduleSelf(there.loop);
                trace.add("in " + (EventLoop.current() == here.loop ? "here" : "there"));
            });
            assertFalse(there.loop.turn(false));
            here.loop.execute(() -> trace.add(co.state().toString()));
            here.loop.turn(false);
            trace.add(co.state().toString());
            there.loop.turn(false);
            assertEquals(List.of("in here", "SUSPENDED", "SCHEDULED", "in there"), trace);
        }
    }

    @Test
    void whoIsCancelledOnItsWayStaysAndIsScheduledNowhere() {
        try (var here = new LoopRule(); var there = new LoopRule()) {
            var trace = new ArrayList<String>();
            Coroutine co = Coroutine.create("mover", () -> {
                try {
                    EventLoop.rescheduleSelf(there.loop);
                } catch (CancellationException e) {
                    trace.add("cancelled in " + EventLoop.current().name());
                    throw e;
                }
            });
            here.loop.execute(() -> {
                co.enter();
                co.cancel();
            });
            here.loop.turn(false);
            assertEquals(Coroutine.State.DONE, co.state());
            assertFalse(here.loop.turn(false));
            assertFalse(there.loop.turn(false));
            assertEquals(List.of("cancelled in test"), trace);
        }
    }

    @Test
    void whoIsEnteredOnItsWayIsToldSo() {
        try (var here = new LoopRule(); var there = new LoopRule()) {
            here.run(() -> {
                Coroutine co = Coroutine.create("mover", () -> EventLoop.rescheduleSelf(there.loop));
                co.enter();
                var e = assertThrows(IllegalStateException.class, co::enter);
                assertTrue(e.getMessage().startsWith("coroutine \"mover\" (running) was entered in EventLoop"
                        + " \"test\" on its way from EventLoop \"test\" to EventLoop \"test\""),
                        e.getMessage());
            });
            assertFalse(there.loop.turn(false));
        }
    }

    @Test
    void oneThatIsInNoCoroutineDoesNotMove() {
        try (var here = new LoopRule()) {
            here.loop.execute(() -> EventLoop.rescheduleSelf(here.loop));
            here.loop.turn(false);
            assertTrue(here.uncaught.getFirst().contains("rescheduleSelf outside of a coroutine"),
                    here.uncaught.toString());
        }
    }
}
