package dev.pirn;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class WrapTest {
    private static final String CURE = "; call it in the body of that coroutine only, outside of any other "
            + "that the body enters";

    private final List<Object> trace = new ArrayList<>();

    @Test
    void snippet() {
        var printed = new ArrayList<Object>();
        // @start region="wrap"
        Wrap<Integer, String> sums = Wrap.of("sums", (wrap, first) -> {
            int sum = first;
            while (sum < 10) sum += wrap.yield("so far " + sum);
            return "in all " + sum;
        });
        printed.add(sums.resume(3)); // "so far 3"
        printed.add(sums.resume(4)); // "so far 7"
        printed.add(sums.resume(5)); // "in all 12"
        // @end
        assertEquals(List.of("so far 3", "so far 7", "in all 12"), printed);
        assertTrue(sums.isDone());
    }

    /**
     * Each resume's value is what the yield before it returns; each yield's is what the resume returns.
     * <pre>
     *   main          body
     *   resume a ───▶ first = a
     *   1 ◀────────── yield 1
     *   resume b ───▶ b
     *   2 ◀────────── yield 2
     *   resume null ▶ null
     *   null ◀─────── return null
     * </pre>
     */
    @ParameterizedTest @EnumSource
    void valuesGoBothWays(Backend backend) {
        Wrap<String, Integer> wrap = Wrap.of(backend, "w", (w, first) -> {
            trace.add(first);
            trace.add(w.yield(1));
            trace.add(w.yield(2));
            return null;
        });
        assertEquals("wrap of coroutine \"w\" (new)", wrap.toString());
        trace.add(wrap.resume("a"));
        trace.add(wrap.resume("b"));
        assertFalse(wrap.isDone());
        assertNull(wrap.resume(null));
        assertTrue(wrap.isDone());
        assertEquals("[a, 1, b, 2, null]", trace.toString());
    }

    @ParameterizedTest @EnumSource
    void isAFunctionByItsResume(Backend backend) {
        Wrap<Integer, Integer> counter = Wrap.of(backend, "w", (w, first) -> {
            int last = first;
            while (true) last = w.yield(last) + last;
        });
        Function<Integer, Integer> function = counter::resume;
        assertEquals(List.of(1, 3, 6), List.of(1, 2, 3).stream().map(function).toList());
        counter.close();
    }

    @ParameterizedTest @EnumSource
    void resumeAfterTheEnd(Backend backend) {
        Wrap<String, String> wrap = Wrap.of(backend, "echo", (w, first) -> first);
        assertEquals("x", wrap.resume("x"));
        var e = assertThrows(IllegalStateException.class, () -> wrap.resume("y"));
        assertEquals("coroutine \"echo\" (done) has ended and cannot be entered again, by code outside of "
                + "any coroutine, in " + Thread.currentThread() + "; make a new one", e.getMessage());
    }

    @ParameterizedTest @EnumSource
    void uncheckedExceptionComesOutAsItIsAndEndsIt(Backend backend) {
        var thrown = new IllegalArgumentException("body");
        Wrap<String, String> wrap = Wrap.of(backend, "w", (w, first) -> {
            w.yield("1");
            throw thrown;
        });
        wrap.resume("");
        assertSame(thrown, assertThrows(IllegalArgumentException.class, () -> wrap.resume("")));
        assertTrue(wrap.isDone());
        assertThrows(IllegalStateException.class, () -> wrap.resume(""));
    }

    @ParameterizedTest @EnumSource
    void checkedExceptionComesOutAsTheCause(Backend backend) {
        var thrown = new IOException("disk");
        Wrap<String, String> wrap = Wrap.of(backend, "w", (w, first) -> {
            throw thrown;
        });
        var e = assertThrows(CoroutineException.class, () -> wrap.resume(""));
        assertSame(thrown, e.getCause());
        assertTrue(wrap.isDone());
    }

    @ParameterizedTest @EnumSource
    void stackOverflowEndsOnlyTheWrap(Backend backend) {
        Wrap<Integer, Integer> wrap = Wrap.of(backend, "deep", (w, first) -> endless(w.yield(1)));
        assertEquals(1, wrap.resume(0));
        assertThrows(StackOverflowError.class, () -> wrap.resume(0));
        assertTrue(wrap.isDone());
    }

    private static int endless(int depth) {
        return endless(depth + 1) + 1;
    }

    @ParameterizedTest @EnumSource
    void closeRunsTheFinallyBlocks(Backend backend) {
        Wrap<String, String> wrap = Wrap.of(backend, "w", (w, first) -> {
            try {
                return w.yield("out");
            } catch (CancellationException e) {
                trace.add(e.getMessage());
                throw e;
            } finally {
                trace.add("finally");
            }
        });
        try (wrap) {
            wrap.resume("");
        }
        wrap.close();
        assertTrue(wrap.isDone());
        assertEquals(List.of("coroutine \"w\" (running) was cancelled", "finally"), trace);
        assertThrows(IllegalStateException.class, () -> wrap.resume(""));
    }

    @ParameterizedTest @EnumSource
    void closedBeforeItBeganItNeverRuns(Backend backend) {
        Wrap<String, String> wrap = Wrap.of(backend, "w", (w, first) -> {
            trace.add("ran");
            return first;
        });
        wrap.close();
        assertTrue(wrap.isDone());
        assertEquals(List.of(), trace);
    }

    @ParameterizedTest @EnumSource
    void closedByItsOwnBodyTheResumeSaysSo(Backend backend) {
        Wrap<String, String> wrap = Wrap.of(backend, "suicide", (w, first) -> {
            w.close();
            return w.yield("never goes out");
        });
        var e = assertThrows(CancellationException.class, () -> wrap.resume(""));
        assertEquals("coroutine \"suicide\" (done) was closed while it ran", e.getMessage());
    }

    @ParameterizedTest @EnumSource
    void yieldFromOutside(Backend backend) {
        Wrap<String, String> wrap = Wrap.of(backend, "w", (w, first) -> w.yield("out"));
        wrap.resume("");
        var e = assertThrows(IllegalStateException.class, () -> wrap.yield("stray"));
        assertEquals("Wrap.yield of coroutine \"w\" (suspended) was called by code outside of any coroutine, "
                + "in " + Thread.currentThread() + CURE, e.getMessage());
        assertEquals("in", wrap.resume("in"), "nothing has changed");
    }

    @ParameterizedTest @EnumSource
    void yieldFromACoroutineThatTheBodyEntered(Backend backend) {
        Wrap<String, String> wrap = Wrap.of(backend, "outer", (w, first) -> {
            Coroutine.create(backend, "inner", () -> w.yield("stray")).enter();
            return first;
        });
        var e = assertThrows(IllegalStateException.class, () -> wrap.resume(""));
        assertEquals("Wrap.yield of coroutine \"outer\" (entered another) was called by coroutine \"inner\" "
                + "(running)" + CURE, e.getMessage());
    }

    @ParameterizedTest @EnumSource
    void aPlainYieldInTheBodyIsReportedAndTheBodyGoesOn(Backend backend) {
        Wrap<String, String> wrap = Wrap.of(backend, "w", (w, first) -> {
            Coroutine.yield();
            return first;
        });
        var e = assertThrows(IllegalStateException.class, () -> wrap.resume("in"));
        assertEquals("coroutine \"w\" (suspended) suspended itself without a value: by Coroutine.yield, or "
                + "by waiting for an event loop; in its body yield by Wrap.yield alone, and wait outside of "
                + "it. It goes on when it is next asked", e.getMessage());
        assertEquals("in", wrap.resume("lost"));
    }

    @ParameterizedTest @EnumSource
    void resumedByItsOwnBody(Backend backend) {
        Wrap<String, String> wrap = Wrap.of(backend, "w", (w, first) -> {
            var e = assertThrows(IllegalStateException.class, () -> w.resume("again"));
            assertEquals("Co-routine re-entered recursively: coroutine \"w\" (running), by coroutine \"w\" "
                    + "(running), which it entered itself or is; yield instead, or use enterIfInactive",
                    e.getMessage());
            return w.yield(first);
        });
        assertEquals("in", wrap.resume("in"));
        assertEquals("next", wrap.resume("next"));
    }

    /** The refused resume's value must not reach the body. */
    @ParameterizedTest @EnumSource
    void resumedByAnotherThreadMeanwhileIsRefusedAndChangesNothing(Backend backend) throws Exception {
        Wrap<String, String> wrap = Wrap.of(backend, "w", (w, first) -> {
            var other = new FutureTask<>(() -> assertThrows(IllegalStateException.class,
                    () -> w.resume("stray")).getMessage());
            new Thread(other).start();
            return first + ", " + other.get();
        });
        String out = wrap.resume("in");
        assertTrue(out.startsWith("in, Co-routine re-entered recursively: coroutine \"w\" (running) runs in "
                + "another thread, outside of any home, entered meanwhile by code outside of any coroutine, "
                + "in Thread["), out);
    }

    @ParameterizedTest @EnumSource
    void goesOnInAnotherThread(Backend backend) throws Exception {
        Wrap<Integer, Coroutine> wrap = Wrap.of(backend, "w", (w, first) -> {
            while (true) w.yield(Coroutine.self());
        });
        Coroutine here = wrap.resume(0);
        for (int i = 0; i < 3; i++) {
            var there = new FutureTask<>(() -> wrap.resume(0));
            new Thread(there).start();
            assertSame(here, there.get());
        }
        wrap.close();
    }

    /** Two threads hammer one wrap: each value goes in once and comes out of the resume that it went into. */
    @ParameterizedTest @EnumSource
    void noValueIsLostOrSwappedBetweenTwoThreads(Backend backend) throws Exception {
        Wrap<Object, Object> echo = Wrap.of(backend, "echo", (w, first) -> {
            Object next = first;
            while (true) next = w.yield(next);
        });
        var both = new CountDownLatch(2);
        var other = new FutureTask<>(() -> echoes(echo, both));
        new Thread(other).start();
        int mine = echoes(echo, both);
        assertTrue(mine > 0 && other.get() > 0);
        echo.close();
    }

    private static int echoes(Wrap<Object, Object> echo, CountDownLatch both) throws InterruptedException {
        both.countDown();
        both.await();
        int echoes = 0;
        for (int i = 0; i < 20_000 || echoes == 0; i++) {
            var value = new Object();
            try {
                assertSame(value, echo.resume(value));
                echoes++;
            } catch (IllegalStateException e) {
                assertTrue(e.getMessage().startsWith("Co-routine re-entered recursively: coroutine \"echo\""),
                        e.getMessage());
            }
        }
        return echoes;
    }

    @ParameterizedTest @EnumSource
    void aHundredThousandValues(Backend backend) {
        Wrap<Integer, Long> sum = Wrap.of(backend, "sum", (w, first) -> {
            long total = first;
            while (true) total += w.yield(total);
        });
        long total = 0;
        for (int i = 1; i <= 100_000; i++) total = sum.resume(i);
        assertEquals(5_000_050_000L, total);
        sum.close();
    }
}
