package dev.pirn;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.pirn.Coroutine.State;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What a coroutine on the JVM can run into, and what we promise there. */
class TrapsTest {
    private static final ThreadLocal<String> LOCAL = new ThreadLocal<>();
    private static final ScopedValue<String> SCOPED = ScopedValue.newInstance();

    private final List<Object> trace = new ArrayList<>();

    /** On the continuation stack the thread is the enterer's, and so are its locals. */
    @Test
    void threadLocalsAreThoseOfTheThreadThatRuns() {
        var co = Coroutine.create(Backend.CONTINUATION, "a", () -> {
            trace.add(LOCAL.get());
            LOCAL.set("coroutine");
            Coroutine.yield();
            trace.add(LOCAL.get());
        });
        LOCAL.set("enterer");
        co.enter();
        assertEquals("coroutine", LOCAL.get());
        LOCAL.set("enterer again");
        co.enter();
        assertEquals(List.of("enterer", "enterer again"), trace);
        LOCAL.remove();
    }

    /** On the thread stack the thread is the coroutine's own, and inherits nothing. */
    @Test
    void threadLocalsOfTheThreadStackAreTheCoroutines() {
        var co = Coroutine.create(Backend.THREAD, "a", () -> {
            assertNull(LOCAL.get());
            LOCAL.set("coroutine");
            Coroutine.yield();
            trace.add(LOCAL.get());
            LOCAL.remove();
        });
        LOCAL.set("enterer");
        co.enter();
        assertEquals("enterer", LOCAL.get());
        co.enter();
        assertEquals(List.of("coroutine"), trace);
        LOCAL.remove();
    }

    /**
     * Continuation's public methods keep the cache of scoped values with the continuation, so that it
     * outlives the binding: a value that is bound no more may still be read there. Ours leave the cache to
     * the thread.
     */
    @Test
    void aScopedValueOfTheEntererIsSeenWhileItLasts() {
        var co = Coroutine.create(Backend.CONTINUATION, "a", () -> {
            trace.add(SCOPED.get());
            Coroutine.yield();
            trace.add(SCOPED.isBound());
        });
        ScopedValue.where(SCOPED, "enterer's").run(co::enter);
        co.enter();
        assertEquals(List.of("enterer's", !Internals.DIRECT), trace);
    }

    @Test
    void aBindingThatIsOverBeforeTheYieldIsGone() {
        var co = Coroutine.create(Backend.CONTINUATION, "a", () -> {
            ScopedValue.where(SCOPED, "coroutine's").run(() -> trace.add(SCOPED.get()));
            Coroutine.yield();
        });
        co.enter();
        assertFalse(SCOPED.isBound());
        co.enter();
        assertEquals(List.of("coroutine's"), trace);
    }

    @Test
    void aScopedValueOnTheThreadStackIsTheCoroutines() {
        var co = Coroutine.create(Backend.THREAD, "a", () ->
                ScopedValue.where(SCOPED, "coroutine's").run(() -> {
                    Coroutine.yield();
                    trace.add(SCOPED.get());
                }));
        co.enter();
        assertFalse(SCOPED.isBound());
        co.enter();
        assertEquals(List.of("coroutine's"), trace);
    }

    /** An upcall from native code cannot be frozen: refused, and the coroutine goes on. */
    @ParameterizedTest @EnumSource
    void aYieldBelowAnUpcall(Backend backend) {
        var co = Coroutine.create(backend, "a", () -> {
            sortWith(this::compare);
            trace.add("sorted");
        });
        while (co.state() != State.DONE) {
            co.enter();
        }
        if (backend == Backend.PURE) {
            String message = trace.getFirst().toString();
            assertTrue(message.contains("that frame is not woven"), message);
        } else if (backend != Backend.THREAD) {
            String message = trace.getFirst().toString();
            assertTrue(message.startsWith("coroutine \"a\" (running) cannot yield below "), message);
            assertTrue(message.contains("(NATIVE)"), message);
        } else {
            assertEquals("yielded", trace.getFirst());
        }
        assertEquals("sorted", trace.getLast());
    }

    private int compare() {
        try {
            Coroutine.yield();
            trace.add("yielded");
        } catch (IllegalStateException e) {
            trace.add(e.getMessage()); // Must not leave the upcall: the JVM would end.
        }
        return 0;
    }

    private interface Comparison {
        int compare();
    }

    /** Has the C library sort four integers. */
    @SuppressWarnings("restricted")
    private static void sortWith(Comparison comparison) throws Exception {
        Linker linker = Linker.nativeLinker();
        MethodHandle sort = linker.downcallHandle(linker.defaultLookup().find("qsort").orElseThrow(),
                FunctionDescriptor.ofVoid(ValueLayout.ADDRESS, ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG,
                        ValueLayout.ADDRESS));
        MethodHandle compare = MethodHandles.dropArguments(MethodHandles.lookup()
                .findVirtual(Comparison.class, "compare", MethodType.methodType(int.class))
                .bindTo(comparison),
                0, MemorySegment.class, MemorySegment.class);
        try (var arena = Arena.ofConfined()) {
            MemorySegment stub = linker.upcallStub(compare, FunctionDescriptor.of(ValueLayout.JAVA_INT,
                    ValueLayout.ADDRESS, ValueLayout.ADDRESS), arena);
            sort.invokeExact(arena.allocateFrom(ValueLayout.JAVA_INT, 3, 1, 2, 0), 4L, 4L, stub);
        } catch (Throwable e) {
            throw new AssertionError(e);
        }
    }

    /** Yields at the bottom of 50,000 frames, on a thread that has the room. */
    static final class Deep {
        private Deep() { }

        public static void main(String[] arguments) throws InterruptedException {
            var thread = new Thread(null, () -> {
                int[] depth = {0};
                var co = Coroutine.create(Backend.CONTINUATION, "deep",
                        () -> depth[0] = descend(50_000));
                co.enter();
                System.out.print(co.state() + " ");
                co.enter();
                System.out.print(depth[0]);
            }, "large stack", 256 << 20);
            thread.setUncaughtExceptionHandler((failed, e) -> System.out.print(e.getMessage()));
            thread.start();
            thread.join();
        }

        @CoroutineFn
        private static int descend(int depth) {
            if (depth > 0) return 1 + descend(depth - 1);
            Coroutine.yield();
            return 0;
        }
    }

    @Test
    void fiftyThousandFramesDeep() throws Exception {
        String[] flags = Jvm.flags("ALL-UNNAMED");
        assertEquals("SUSPENDED 50000", Jvm.run(false, Deep.class, flags[0], flags[1], "-XX:+UseParallelGC")
                .out());
        assertEquals("SUSPENDED 50000", Jvm.run(false, Deep.class, flags[0], flags[1], "-XX:+UseG1GC",
                "-XX:G1HeapRegionSize=32m").out());
    }

    /** G1 takes no stack of half a region and more: refused, with the cure. */
    @Test
    void deeperThanTheCollectorAllows() throws Exception {
        String[] flags = Jvm.flags("ALL-UNNAMED");
        for (String how : List.of("direct", "public")) {
            String out = Jvm.run(false, Deep.class, flags[0], flags[1], "-XX:+UseG1GC",
                    "-XX:G1HeapRegionSize=1m",
                    "-Dpirn.continuation=" + how).out();
            assertEquals("coroutine \"deep\" (running) cannot yield below so many frames: they fill more "
                    + "than half a region of the G1 heap. Yield higher up, start java with "
                    + "-XX:G1HeapRegionSize=32m or another collector, or make the coroutine on "
                    + "Backend.THREAD. The coroutine goes on", out);
        }
    }

    @ParameterizedTest @EnumSource
    void outOfMemoryEndsOnlyTheCoroutine(Backend backend) {
        var co = Coroutine.create(backend, "greedy", () -> trace.add(new long[Integer.MAX_VALUE]));
        var outer = Coroutine.create(backend, "outer", () -> {
            assertThrows(OutOfMemoryError.class, co::enter);
            Coroutine.yield();
            trace.add(Coroutine.self().name());
        });
        outer.enter();
        outer.enter();
        assertEquals(State.DONE, co.state());
        assertEquals(List.of("outer"), trace);
    }

    /**
     * Like a leaked coroutine in C: its memory is given back, its finally blocks never run. Cancel it
     * instead.
     */
    @Test
    void aDroppedOneIsCollectedAndRunsNoFinallyBlock() {
        var dropped = new WeakReference<>(Coroutine.create(Backend.CONTINUATION, "dropped", () -> {
            try {
                Coroutine.yield();
            } finally {
                trace.add("finally");
            }
        }));
        dropped.get().enter();
        while (dropped.get() != null) System.gc();
        assertEquals(List.of(), trace);
    }

    @Test
    void aParkInsideStopsTheWholeThreadAndNotMore() {
        var co = Coroutine.create(Backend.CONTINUATION, "a", () -> {
            long start = System.nanoTime();
            java.util.concurrent.locks.LockSupport.parkNanos(1_000_000);
            trace.add(System.nanoTime() - start > 0);
            Coroutine.yield();
        });
        co.enter();
        assertEquals(List.of(true), trace);
        assertEquals(State.SUSPENDED, co.state());
    }
}
