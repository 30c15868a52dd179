package dev.pirn;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.pirn.Coroutine.State;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class CoroutineTest {
    private final List<Object> trace = new ArrayList<>();

    @ParameterizedTest @EnumSource
    void nothingRunsBeforeTheFirstEnter(Backend backend) {
        var co = Coroutine.create(backend, "a", () -> trace.add("ran"));
        assertEquals(State.NEW, co.state());
        assertEquals(List.of(), trace);
        co.enter();
        assertEquals(State.DONE, co.state());
        assertEquals(List.of("ran"), trace);
    }

    /**
     * A yield goes to whoever entered last, not to whoever entered first.
     * <pre>
     *   main           outer          inner
     *   enter outer ─▶ o1
     *                  enter inner ─▶ i1
     *                  o2 ◀────────── yield
     *   m1 ◀────────── yield
     *   enter inner ────────────────▶ i2
     *   m2 ◀───────────────────────── ends
     * </pre>
     */
    @ParameterizedTest @EnumSource
    void yieldReturnsToTheLastToEnter(Backend backend) {
        var inner = Coroutine.create(backend, "inner", () -> {
            trace.add("i1");
            Coroutine.yield();
            trace.add("i2");
        });
        var outer = Coroutine.create(backend, "outer", () -> {
            trace.add("o1");
            inner.enter();
            trace.add("o2");
            Coroutine.yield();
        });
        outer.enter();
        trace.add("m1");
        inner.enter();
        trace.add("m2");
        assertEquals(List.of("o1", "i1", "o2", "m1", "i2", "m2"), trace);
    }

    @ParameterizedTest @EnumSource
    void yieldBelowManyFramesKeepsThem(Backend backend) {
        var co = Coroutine.create(backend, "deep", () -> trace.add(descend(100)));
        co.enter();
        assertEquals(State.SUSPENDED, co.state());
        co.enter();
        assertEquals(List.of(5050), trace);
    }

    @CoroutineFn
    private static int descend(int depth) {
        if (depth == 0) {
            Coroutine.yield();
            return 0;
        }
        return depth + descend(depth - 1);
    }

    @ParameterizedTest @EnumSource
    void selfAndCallerAlongTheChain(Backend backend) {
        assertNull(Coroutine.self());
        assertFalse(Coroutine.inCoroutine());
        Coroutine[] co = new Coroutine[2];
        co[1] = Coroutine.create(backend, "b", () -> {
            assertSame(co[1], Coroutine.self());
            assertSame(co[0], co[1].caller());
            assertEquals(State.ENTERED_ANOTHER, co[0].state());
            assertEquals(State.RUNNING, co[1].state());
            Coroutine.yield();
            assertNull(co[1].caller(), "entered from outside");
            trace.add("b ended");
        });
        co[0] = Coroutine.create(backend, "a", () -> {
            assertTrue(Coroutine.inCoroutine());
            co[1].enter();
            assertSame(co[0], Coroutine.self());
            assertEquals(State.RUNNING, co[0].state());
            assertEquals(State.SUSPENDED, co[1].state());
        });
        co[0].enter();
        co[1].enter();
        assertEquals(List.of("b ended"), trace);
        assertNull(Coroutine.self());
    }

    @ParameterizedTest @EnumSource
    void enteredOnlyUntilTheYield(Backend backend) {
        Coroutine[] co = new Coroutine[1];
        co[0] = Coroutine.create(backend, "a", () -> {
            trace.add(co[0].entered());
            Coroutine.yield();
        });
        trace.add(co[0].entered());
        co[0].enter();
        trace.add(co[0].entered());
        assertEquals(List.of(false, true, false), trace);
    }

    @ParameterizedTest @EnumSource
    void enterIfInactiveLeavesACallerAlone(Backend backend) {
        Coroutine[] co = new Coroutine[2];
        co[1] = Coroutine.create(backend, "b", () -> trace.add(co[0].enterIfInactive()));
        co[0] = Coroutine.create(backend, "a", () -> {
            co[1].enter();
            trace.add(co[0].enterIfInactive());
            Coroutine.yield();
            trace.add("second enter");
        });
        trace.add(co[0].enterIfInactive());
        trace.add(co[0].enterIfInactive());
        assertEquals(List.of(false, false, true, "second enter", true), trace);
    }

    @ParameterizedTest @EnumSource
    void uncheckedExceptionComesOutOfEnterAsItIs(Backend backend) {
        var thrown = new IllegalArgumentException("from the body");
        var co = Coroutine.create(backend, "a", () -> {
            Coroutine.yield();
            throw thrown;
        });
        co.enter();
        assertSame(thrown, assertThrows(IllegalArgumentException.class, co::enter));
        assertEquals(State.DONE, co.state());
    }

    @ParameterizedTest @EnumSource
    void checkedExceptionComesOutAsTheCause(Backend backend) {
        var thrown = new IOException("disk");
        var co = Coroutine.create(backend, "a", () -> {
            throw thrown;
        });
        var e = assertThrows(CoroutineException.class, co::enter);
        assertSame(thrown, e.getCause());
        assertEquals("coroutine \"a\" (done) ended by java.io.IOException: disk", e.getMessage());
    }

    @ParameterizedTest @EnumSource
    void stackOverflowEndsOnlyTheCoroutine(Backend backend) {
        var co = Coroutine.create(backend, "a", () -> endless(0));
        var outer = Coroutine.create(backend, "outer", () -> {
            assertThrows(StackOverflowError.class, co::enter);
            trace.add(Coroutine.self().name());
        });
        outer.enter();
        assertEquals(State.DONE, co.state());
        assertEquals(List.of("outer"), trace);
    }

    private static int endless(int depth) {
        return endless(depth + 1) + 1;
    }

    @ParameterizedTest @EnumSource
    void aThousandSuspendedAtOnce(Backend backend) {
        var all = new ArrayList<Coroutine>();
        for (int i = 0; i < 1000; i++) {
            int number = i;
            all.add(Coroutine.create(backend, "n" + i, () -> {
                Coroutine.yield();
                trace.add(number);
            }));
        }
        all.forEach(Coroutine::enter);
        assertTrue(trace.isEmpty());
        all.forEach(Coroutine::enter);
        assertEquals(1000, trace.size());
        assertEquals(999, trace.getLast());
    }

    @ParameterizedTest @EnumSource
    void interruptOfTheEntererIsNotLost(Backend backend) {
        var co = Coroutine.create(backend, "a", Coroutine::yield);
        Thread.currentThread().interrupt();
        co.enter();
        assertTrue(Thread.interrupted());
        co.enter();
    }

    @ParameterizedTest @EnumSource
    void worksInsideAVirtualThread(Backend backend) throws InterruptedException {
        var co = Coroutine.create(backend, "a", () -> {
            trace.add(1);
            Coroutine.yield();
            trace.add(2);
        });
        Thread.startVirtualThread(() -> {
            co.enter();
            Thread.yield(); // Unmounts the virtual thread between the two.
            trace.add(Coroutine.inCoroutine());
            co.enter();
        }).join();
        assertEquals(List.of(1, false, 2), trace);
    }

    /**
     * A park inside unmounts the virtual thread with the coroutine on it; it goes on, perhaps on another
     * carrier.
     */
    @ParameterizedTest @EnumSource
    void parksInsideAVirtualThread(Backend backend) throws InterruptedException {
        var co = Coroutine.create(backend, "a", () -> {
            for (int i = 0; i < 100; i++) {
                trace.add(Coroutine.self().name());
                LockSupport.parkNanos(1_000);
                Coroutine.yield();
            }
        });
        Thread.startVirtualThread(() -> {
            while (co.state() != State.DONE) {
                co.enter();
                trace.add(Coroutine.inCoroutine());
            }
        }).join();
        assertEquals(201, trace.size());
        assertEquals(List.of("a", false, "a"), trace.subList(0, 3));
    }

    /** Each backend's coroutines enter those of the other; a yield still finds the last enterer. */
    @ParameterizedTest @EnumSource
    void backendsMix(Backend backend) {
        var other = backend == Backend.THREAD ? Backend.CONTINUATION : Backend.THREAD;
        var innermost = Coroutine.create(backend, "c", () -> {
            Coroutine.yield();
            trace.add("c");
        });
        var middle = Coroutine.create(other, "b", () -> {
            innermost.enter();
            Coroutine.yield();
            innermost.enter();
            trace.add("b");
        });
        var outer = Coroutine.create(backend, "a", () -> {
            middle.enter();
            trace.add(Coroutine.self().name());
            middle.enter();
        });
        outer.enter();
        assertEquals(List.of("a", "c", "b"), trace);
    }
}
