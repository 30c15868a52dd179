package dev.pirn.lab.bench;

import dev.pirn.Backend;
import dev.pirn.Coroutine;
import dev.pirn.CoroutineEntry;
import java.util.Arrays;
import java.util.function.IntFunction;
import jdk.internal.vm.Continuation;

/**
 * How long a million takes from create to first yield, and the heap that each then holds. A program, not a
 * benchmark of JMH: the million must stay alive.
 */
public final class Million {
    private static final int ROUNDS = 7;
    private static final CoroutineEntry ENTRY = () -> Coroutine.yield(); // A woven lambda has a frame.
    private static final Runnable BODY = Raw::yield;

    /** Seen by the collector, so that nothing of it is optimised away. */
    private static Object[] live;

    private Million() { }

    /** Takes how many. */
    public static void main(String[] arguments) {
        int count = Integer.parseInt(arguments[0]);
        System.out.println("| a million alive | ms, median | quartiles | bytes each |\n|---|---|---|---|");
        measure("coroutine", count, i -> coroutine(Backend.CONTINUATION));
        measure("coroutine pure", count, i -> coroutine(Backend.PURE));
        measure("coroutine hybrid", count, i -> coroutine(Backend.HYBRID));
        measure("raw", count, i -> raw());
    }

    private static Object coroutine(Backend backend) {
        var co = Coroutine.create(backend, "one of a million", ENTRY);
        co.enter();
        return co;
    }

    private static Object raw() {
        Continuation continuation = Raw.create(BODY);
        continuation.run();
        return continuation;
    }

    private static void measure(String what, int count, IntFunction<Object> suspended) {
        double[] millis = new double[ROUNDS];
        long[] bytes = new long[ROUNDS];
        for (int round = 0; round < ROUNDS; round++) {
            live = new Object[count];
            long before = used();
            long start = System.nanoTime();
            for (int i = 0; i < count; i++) live[i] = suspended.apply(i);
            millis[round] = (System.nanoTime() - start) / 1e6;
            bytes[round] = (used() - before) / count;
            live = null;
        }
        Arrays.sort(millis);
        Arrays.sort(bytes);
        System.out.printf("| %s | %.0f | %.0f–%.0f | %d |%n", what, millis[ROUNDS / 2], millis[ROUNDS / 4],
                millis[ROUNDS - 1 - ROUNDS / 4], bytes[ROUNDS / 2]);
    }

    private static long used() {
        System.gc();
        var runtime = Runtime.getRuntime();
        return runtime.totalMemory() - runtime.freeMemory();
    }
}
