package dev.pirn;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.pirn.Coroutine.State;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class HomeTest {
    private final ManualHome home = new ManualHome("h");
    private final List<Object> trace = new ArrayList<>();

    @ParameterizedTest @EnumSource
    void scheduledRunInOrderAfterOneSignal(Backend backend) {
        for (int i = 0; i < 3; i++) {
            int number = i;
            home.schedule(Coroutine.create(backend, "n" + i, () -> trace.add(number)));
        }
        assertEquals(1, home.signals.get());
        assertEquals(List.of(), trace);
        assertEquals(3, home.turn());
        assertEquals(List.of(0, 1, 2), trace);
    }

    @ParameterizedTest @EnumSource
    void schedulingTwiceNamesBothSchedulers(Backend backend) {
        var co = Coroutine.create(backend, "twice", () -> { });
        home.schedule(co);
        assertEquals(State.SCHEDULED, co.state());
        var e = assertThrows(IllegalStateException.class, () -> home.schedule(co));
        assertEquals("Co-routine was already scheduled in 'Home.schedule': coroutine \"twice\" (scheduled), "
                + "now by 'Home.schedule'; pair each wake with one yield", e.getMessage());
        var f = assertThrows(IllegalStateException.class, co::enter);
        assertEquals("Co-routine was already scheduled in 'Home.schedule': coroutine \"twice\" (scheduled), "
                + "now by 'Coroutine.enter'; pair each wake with one yield", f.getMessage());
        home.turn();
        assertEquals(State.DONE, co.state());
        assertThrows(IllegalStateException.class, () -> home.schedule(co));
    }

    @ParameterizedTest @EnumSource
    void homeIsWhereItLastRan(Backend backend) {
        var other = new ManualHome("other");
        var co = Coroutine.create(backend, "a", () -> {
            assertSame(home, Home.current());
            Coroutine.yield();
            assertSame(other, Home.current());
            Coroutine.yield();
            assertNull(Home.current());
        });
        assertNull(co.home());
        home.in(co::enter);
        assertSame(home, co.home());
        other.in(co::enter);
        assertSame(other, co.home());
        co.enter();
        assertEquals(State.DONE, co.state());
    }

    /**
     * Who is woken inside a coroutine of its home runs when the waker has yielded, not on top of it.
     * <pre>
     *   main          waker          sleeper
     *   enter waker ▶ wake ········▶ (later)
     *                 w1
     *                 yields ──────▶ s1   entered by main, before main's enter returns
     *   m1 ◀──────────────────────── ends
     * </pre>
     */
    @ParameterizedTest @EnumSource
    void wakeInsideACoroutineIsDeferred(Backend backend) {
        var sleeper = Coroutine.create(backend, "sleeper", () -> {
            Coroutine.yield();
            assertNull(Coroutine.self().caller());
            trace.add("s1");
        });
        var waker = Coroutine.create(backend, "waker", () -> {
            sleeper.wake();
            assertEquals(State.SCHEDULED, sleeper.state());
            trace.add("w1");
            Coroutine.yield();
            trace.add("w2");
        });
        home.in(() -> {
            sleeper.enter();
            waker.enter();
            trace.add("m1");
            waker.wake(); // Outside of any coroutine, in its home: enters now.
            trace.add("m2");
        });
        assertEquals(List.of("w1", "s1", "m1", "w2", "m2"), trace);
    }

    @ParameterizedTest @EnumSource
    void wakeFromElsewhereSchedules(Backend backend) {
        var co = Coroutine.create(backend, "a", () -> {
            Coroutine.yield();
            trace.add(Home.current().name());
        });
        home.in(co::enter);
        co.wake();
        assertEquals(State.SCHEDULED, co.state());
        assertEquals(1, home.turn());
        assertEquals(List.of("h"), trace);
    }

    @ParameterizedTest @EnumSource
    void wakeIsRefusedWithoutAHomeAndByOneself(Backend backend) {
        var homeless = Coroutine.create(backend, "homeless", () -> { });
        var e = assertThrows(IllegalStateException.class, homeless::wake);
        assertEquals("coroutine \"homeless\" (new) has no home to be woken in: it has never run in one. "
                + "Schedule it in a Home, or enter it yourself", e.getMessage());
        Coroutine[] co = new Coroutine[1];
        co[0] = Coroutine.create(backend, "a", () -> assertThrows(IllegalStateException.class, co[0]::wake));
        home.in(co[0]::enter);
        assertEquals(State.DONE, co[0].state());
    }

    /** QEMU's /aio/coroutine/queue-chaining: recursion would have overflowed the stack. */
    @ParameterizedTest @EnumSource
    void fiftyThousandMutualWakesDoNotRecurse(Backend backend) {
        int rounds = 25_000;
        Coroutine[] co = new Coroutine[2];
        int[] count = new int[2];
        for (int i = 0; i < 2; i++) {
            int me = i;
            co[i] = Coroutine.create(backend, "c" + i, () -> {
                Coroutine.yield();
                while (count[me]++ < rounds) {
                    co[1 - me].wake();
                    Coroutine.yield();
                }
            });
        }
        home.in(() -> {
            co[0].enter();
            co[1].enter();
            co[0].enter(); // All the rest follows in this one enter.
        });
        assertEquals(List.of(), home.failures);
        assertEquals(rounds + 1, count[0]);
        assertEquals(rounds, count[1]);
        assertEquals(State.DONE, co[0].state());
    }

    @ParameterizedTest @EnumSource
    void whatAScheduledOneThrowsGoesToTheHome(Backend backend) {
        home.schedule(Coroutine.create(backend, "bad", () -> {
            throw new IllegalArgumentException("oops");
        }));
        home.schedule(Coroutine.create(backend, "good", () -> trace.add("ran")));
        home.turn();
        assertEquals(List.of("coroutine \"bad\" (done): java.lang.IllegalArgumentException: oops"),
                home.failures);
        assertEquals(List.of("ran"), trace);
    }

    @ParameterizedTest @EnumSource
    void aLoopDoesNotRunInsideACoroutine(Backend backend) {
        var co = Coroutine.create(backend, "a", () -> {
            var e = assertThrows(IllegalStateException.class, home::turn);
            assertEquals("coroutine \"a\" (running) runs ManualHome \"h\"; run a loop outside of coroutines, "
                    + "and wait inside one by yielding", e.getMessage());
        });
        co.enter();
    }
}
