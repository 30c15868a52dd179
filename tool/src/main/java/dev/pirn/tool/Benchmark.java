package dev.pirn.tool;

import dev.pirn.Backend;
import dev.pirn.Coroutine;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;

/** QEMU's five performance loops, shape for shape ({@code /perf/*} of {@code test-coroutine.c}). */
enum Benchmark {
    /** Makes a coroutine and runs it to its end; an operation is one coroutine. */
    LIFECYCLE("lifecycle", 1_000_000, 1) {
        @Override
        void loop(Backend backend, long iterations) {
            for (long i = 0; i < iterations; i++) {
                Coroutine.create(backend, "empty", () -> { }).enter();
            }
        }
    },

    /** One enter and the yield that comes back from it; an operation is the round trip. */
    YIELD("yield", 100_000_000, 1) {
        @Override
        void loop(Backend backend, long iterations) {
            var counter = new Counter(iterations);
            var co = Coroutine.create(backend, "yield", () -> {
                while (counter.value > 0) {
                    counter.value--;
                    Coroutine.yield();
                }
            });
            while (counter.value > 0) co.enter();
            co.enter(); // Not QEMU's: to its end, or the thread backend would keep a thread for it.
        }
    },

    /** A thousand coroutines that each make and enter the next; an operation is one of them. */
    NESTING("nesting", 10_000_000, 1000) {
        @Override
        void loop(Backend backend, long iterations) {
            for (long i = 0; i < iterations; i += unit) new Nest(backend, unit).enterNext();
        }
    },

    /** Makes a coroutine, enters it, has it yield and enters it to its end; an operation is all of that. */
    COST("cost", 40_000_000, 1) {
        @Override
        void loop(Backend backend, long iterations) {
            for (long i = 0; i < iterations; i++) {
                var co = Coroutine.create(backend, "cost", Coroutine::yield);
                co.enter();
                co.enter();
            }
        }
    },

    /**
     * The measure of the others: a call that is not inlined, without any coroutine; an operation is the call.
     */
    FUNCTION_CALL("function-call", 100_000_000, 1) {
        @Override
        void loop(Backend backend, long iterations) {
            var counter = new Counter(iterations);
            try {
                while (counter.value > 0) dummy.invokeExact(counter);
            } catch (Throwable e) {
                throw new AssertionError(e);
            }
        }
    };

    private static final class Counter {
        long value;

        Counter(long value) {
            this.value = value;
        }
    }

    // Not final: the compiler must not inline the call behind it. Java knows no noinline.
    private static MethodHandle dummy;

    static {
        try {
            dummy = MethodHandles.lookup()
                    .findStatic(Benchmark.class, "dummy", MethodType.methodType(void.class, Counter.class));
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    /** What the lines and the options {@code --benchmark-…} call it. */
    final String word;
    /**
     * How often QEMU does it, which takes the C original some seconds; at most that often we do it in a
     * round.
     */
    final long iterationsMax;
    /** The number of iterations is a multiple of this. */
    final int unit;

    Benchmark(String word, long iterationsMax, int unit) {
        this.word = word;
        this.iterationsMax = iterationsMax;
        this.unit = unit;
    }

    /** Does it {@code iterations} times. */
    abstract void loop(Backend backend, long iterations);

    @SuppressWarnings("unused") // Called through the handle.
    private static void dummy(Counter counter) {
        counter.value--;
    }

    @Override
    public String toString() {
        return word;
    }
}
