package dev.pirn;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What a generator refuses, in which words, and what it does afterwards. */
class GeneratorMisuseTest {
    private static final String CURE = "; call it in the body of that coroutine only, outside of any other "
            + "that the body enters";

    private final List<String> trace = new ArrayList<>();

    @ParameterizedTest @EnumSource
    void oneThatSwallowsItsEndIsReportedAndHasNoMoreElements(Backend backend) {
        var generator = Generator.<Integer>of(backend, "stubborn", out -> {
            try {
                out.yield(1);
            } finally {
                out.yield(2);
                out.yield(3);
            }
        });
        generator.next();
        var e = assertThrows(IllegalStateException.class, generator::close);
        assertEquals("coroutine \"stubborn\" (suspended) swallowed its cancellation: it yielded again "
                + "instead of ending; let the CancellationException pass, and yield in no finally block",
                e.getMessage());
        assertFalse(generator.hasNext());
    }

    @ParameterizedTest @EnumSource
    void yieldByAnotherThanTheBody(Backend backend) {
        var leaked = new ArrayList<Generator.Out<Integer>>();
        var generator = Generator.<Integer>of(backend, "outer", out -> {
            leaked.add(out);
            out.yield(1);
            Coroutine.create(backend, "inner", () -> out.yield(2)).enter();
        });
        generator.next();
        assertEquals("Out.yield of coroutine \"outer\" (suspended) was called by code outside of any "
                + "coroutine, in " + Thread.currentThread() + CURE,
                assertThrows(IllegalStateException.class, () -> leaked.getFirst().yield(0)).getMessage());
        assertEquals("Out.yield of coroutine \"outer\" (entered another) was called by coroutine \"inner\" "
                + "(running)" + CURE,
                assertThrows(IllegalStateException.class, generator::next).getMessage());
    }

    @ParameterizedTest @EnumSource
    void aPlainYieldInTheBodyIsReportedAndTheBodyGoesOn(Backend backend) {
        var generator = Generator.<Integer>of(backend, "g", out -> {
            Coroutine.yield();
            out.yield(1);
        });
        assertEquals("coroutine \"g\" (suspended) suspended itself without a value: by Coroutine.yield, or "
                + "by waiting for an event loop; in its body yield by Out.yield alone, and wait outside of "
                + "it. It goes on when it is next asked",
                assertThrows(IllegalStateException.class, generator::hasNext).getMessage());
        assertEquals(1, generator.next());
    }

    @ParameterizedTest @EnumSource
    void askedByItsOwnBodyAndByAnotherThreadMeanwhile(Backend backend) throws Exception {
        var own = new ArrayList<Generator<Integer>>();
        own.add(Generator.of(backend, "g", out -> {
            trace.add(refusal(own.getFirst()));
            var other = new FutureTask<>(() -> refusal(own.getFirst()));
            new Thread(other).start();
            trace.add(other.get());
            out.yield(1);
        }));
        assertEquals(List.of(1), GeneratorTest.rest(own.getFirst()));
        assertEquals("Co-routine re-entered recursively: coroutine \"g\" (running), by coroutine \"g\" "
                + "(running), which it entered itself or is; yield instead, or use enterIfInactive",
                trace.get(0));
        assertTrue(trace.get(1).startsWith("Co-routine re-entered recursively: coroutine \"g\" "
                + "(running) runs in another thread, outside of any home, entered meanwhile by code outside "
                + "of any coroutine, in Thread["), trace.get(1));
    }

    private static String refusal(Generator<Integer> generator) {
        return assertThrows(IllegalStateException.class, generator::hasNext).getMessage();
    }
}
