package dev.pirn;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.pirn.Coroutine.State;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class CancelTest {
    private final List<Object> trace = new ArrayList<>();

    @ParameterizedTest @EnumSource
    void aSuspendedOneEndsAndItsFinallyBlocksRun(Backend backend) {
        var co = Coroutine.create(backend, "a", () -> {
            try {
                Coroutine.yield();
                trace.add("went on");
            } catch (CancellationException e) {
                trace.add(e.getMessage());
                throw e;
            } finally {
                trace.add("finally");
            }
        });
        co.enter();
        co.cancel();
        assertEquals(List.of("coroutine \"a\" (running) was cancelled", "finally"), trace);
        assertEquals(State.DONE, co.state());
    }

    @ParameterizedTest @EnumSource
    void aNewOneEndsWithoutHavingRun(Backend backend) {
        var co = Coroutine.create(backend, "a", () -> trace.add("ran"));
        co.cancel();
        assertEquals(State.DONE, co.state());
        assertEquals(List.of(), trace);
        assertThrows(IllegalStateException.class, co::enter);
    }

    @ParameterizedTest @EnumSource
    void aDoneOneStaysSo(Backend backend) {
        var co = Coroutine.create(backend, "a", () -> { });
        co.enter();
        co.cancel();
        assertEquals(State.DONE, co.state());
    }

    @ParameterizedTest @EnumSource
    void aRunningOneIsToldAtItsNextYieldBeforeItSuspends(Backend backend) {
        Coroutine[] co = new Coroutine[1];
        co[0] = Coroutine.create(backend, "a", () -> {
            co[0].cancel();
            trace.add("still runs");
            Coroutine.yield();
            trace.add("went on");
        });
        co[0].enter();
        assertEquals(List.of("still runs"), trace);
        assertEquals(State.DONE, co[0].state());
    }

    @ParameterizedTest @EnumSource
    void oneThatSwallowsItIsReported(Backend backend) {
        var co = Coroutine.create(backend, "stubborn", () -> {
            try {
                Coroutine.yield();
            } catch (CancellationException e) {
                trace.add("swallowed");
            }
            Coroutine.yield();
            trace.add("went on");
        });
        co.enter();
        var e = assertThrows(IllegalStateException.class, co::cancel);
        assertEquals("coroutine \"stubborn\" (suspended) swallowed its cancellation: it yielded again "
                + "instead of ending; let the CancellationException pass, and yield in no finally block",
                e.getMessage());
        co.enter();
        assertEquals(List.of("swallowed", "went on"), trace);
    }

    @ParameterizedTest @EnumSource
    void oneThatSwallowsItAndReturnsHasEnded(Backend backend) {
        var co = Coroutine.create(backend, "a", () -> {
            try {
                Coroutine.yield();
            } catch (CancellationException e) {
                trace.add(true);
            }
        });
        co.enter();
        co.cancel();
        assertEquals(State.DONE, co.state());
        assertEquals(List.of(true), trace);
    }

    @ParameterizedTest @EnumSource
    void whatItsFinallyBlockThrowsComesOut(Backend backend) {
        var co = Coroutine.create(backend, "a", () -> {
            try {
                Coroutine.yield();
            } finally {
                failing();
            }
        });
        co.enter();
        assertEquals("from finally", assertThrows(IllegalArgumentException.class, co::cancel).getMessage());
        assertEquals(State.DONE, co.state());
    }

    private static void failing() {
        throw new IllegalArgumentException("from finally");
    }

    /** A CancellationException that nobody asked for is an error like any other. */
    @ParameterizedTest @EnumSource
    void aCancellationOfItsOwnComesOutOfEnter(Backend backend) {
        var thrown = new CancellationException("of a future");
        var co = Coroutine.create(backend, "a", () -> {
            throw thrown;
        });
        assertSame(thrown, assertThrows(CancellationException.class, co::enter));
    }

    @ParameterizedTest @EnumSource
    void aScheduledOneIsToldWhenItsTurnComes(Backend backend) {
        var home = new ManualHome("h");
        var suspended = Coroutine.create(backend, "suspended", () -> {
            Coroutine.yield();
            trace.add("went on");
        });
        var fresh = Coroutine.create(backend, "fresh", () -> trace.add("ran"));
        home.in(suspended::enter);
        home.schedule(suspended);
        home.schedule(fresh);
        home.in(() -> {
            suspended.cancel();
            fresh.cancel();
        });
        assertEquals(State.SCHEDULED, suspended.state());
        home.turn();
        assertEquals(State.DONE, suspended.state());
        assertEquals(State.DONE, fresh.state());
        assertEquals(List.of(), trace);
        assertEquals(List.of(), home.failures);
    }

    @ParameterizedTest @EnumSource
    void fromElsewhereItIsToldInItsHome(Backend backend) {
        var home = new ManualHome("h");
        var co = Coroutine.create(backend, "a", () -> {
            try {
                Coroutine.yield();
            } finally {
                trace.add(Home.current().name());
            }
        });
        home.in(co::enter);
        co.cancel();
        assertEquals(State.SUSPENDED, co.state());
        assertTrue(home.signals.get() > 0);
        home.turn();
        assertEquals(State.DONE, co.state());
        assertEquals(List.of("h"), trace);
    }

    @ParameterizedTest @EnumSource
    void whoAwaitsIsWithdrawnFromTheCompletion(Backend backend) {
        var home = new ManualHome("h");
        var completion = new Completion<String>();
        var co = Coroutine.create(backend, "a", () -> trace.add(completion.await()));
        home.in(() -> {
            co.enter();
            co.cancel();
            completion.complete("late"); // Wakes nobody.
        });
        assertEquals(State.DONE, co.state());
        assertEquals(List.of(), trace);
    }

    @ParameterizedTest @EnumSource
    void whoMustNotBeInterruptedIsToldAfterwards(Backend backend) {
        var home = new ManualHome("h");
        var completion = new Completion<String>();
        var co = Coroutine.create(backend, "a", () -> {
            trace.add(completion.awaitUninterruptibly());
            Coroutine.yield();
            trace.add("went on");
        });
        home.in(() -> {
            co.enter();
            co.cancel();
            assertEquals(State.SUSPENDED, co.state());
            completion.complete("in time");
        });
        assertEquals(State.DONE, co.state());
        assertEquals(List.of("in time"), trace);
    }

    /**
     * The completion has sent its wake, which is not here yet, when the cancellation comes: no later yield
     * sees it.
     */
    @ParameterizedTest @EnumSource
    void aWakeOnItsWayMeetsNoLaterYield(Backend backend) {
        var home = new ManualHome("h");
        var completion = new Completion<String>();
        var co = Coroutine.create(backend, "a", () -> {
            Coroutine.self().cancel();
            completion.complete("before the yield"); // Done when it is awaited: no wake at all.
            trace.add(completion.await());
            try {
                Coroutine.yield();
            } finally {
                trace.add("told");
            }
        });
        home.in(co::enter);
        assertEquals(List.of("before the yield", "told"), trace);
        assertFalse(home.turn() > 0);
    }
}
