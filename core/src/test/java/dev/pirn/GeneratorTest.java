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
import java.util.NoSuchElementException;
import java.util.Spliterator;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class GeneratorTest {
    private final List<Object> trace = new ArrayList<>();

    private static Generator<Integer> upTo(Backend backend, int last) {
        return Generator.of(backend, "numbers", out -> {
            for (int i = 1; i <= last; i++) out.yield(i);
        });
    }

    static <T> List<T> rest(Generator<T> generator) {
        var rest = new ArrayList<T>();
        generator.forEachRemaining(rest::add);
        return rest;
    }

    @Test
    void snippets() {
        var printed = new ArrayList<Object>();
        // @start region="generator"
        var squares = Generator.<Integer>of("squares", out -> {
            for (int i = 1; ; i++) out.yield(i * i);
        });
        try (var some = squares.stream()) {
            printed.addAll(some.limit(4).toList()); // 1, 4, 9, 16
        }
        // @end
        // @start region="iterable"
        try (var words = Generator.<String>of(out -> {
            out.yield("warp");
            out.yield("weft");
        })) {
            for (String word : words.iterable()) printed.add(word);
        }
        // @end
        assertEquals(List.of(1, 4, 9, 16, "warp", "weft"), printed);
        assertFalse(squares.hasNext());
    }

    /** The body runs when asked, to its next yield; asking twice does not run it twice. */
    @ParameterizedTest @EnumSource
    void runsOnlyAsFarAsItIsAsked(Backend backend) {
        var generator = Generator.<String>of(backend, "g", out -> {
            trace.add("begins");
            out.yield("a");
            trace.add("goes on");
            out.yield("b");
            trace.add("ends");
        });
        trace.add("made");
        assertEquals("generator of coroutine \"g\" (new)", generator.toString());
        assertTrue(generator.hasNext());
        assertTrue(generator.hasNext());
        trace.add(generator.next());
        trace.add(generator.next());
        trace.add("asks");
        assertFalse(generator.hasNext());
        assertEquals(List.of("made", "begins", "a", "goes on", "b", "asks", "ends"), trace);
    }

    @ParameterizedTest @EnumSource
    void nextAtTheEnd(Backend backend) {
        var generator = upTo(backend, 2);
        assertEquals(1, generator.next());
        assertEquals(2, generator.next());
        for (int i = 0; i < 2; i++) {
            assertEquals("coroutine \"numbers\" (done) has no more elements",
                    assertThrows(NoSuchElementException.class, generator::next).getMessage());
            assertFalse(generator.hasNext());
        }
    }

    @ParameterizedTest @EnumSource
    void nullIsAnElement(Backend backend) {
        var generator = Generator.<String>of(backend, "g", out -> {
            out.yield(null);
            out.yield("b");
            out.yield(null);
        });
        assertTrue(generator.hasNext());
        assertNull(generator.next());
        assertEquals("b", generator.next());
        assertTrue(generator.hasNext());
        assertNull(generator.next());
        assertFalse(generator.hasNext());
    }

    @ParameterizedTest @EnumSource
    void exceptionsComeOutOnceAndEndIt(Backend backend) {
        var unchecked = new IllegalArgumentException("body");
        var checked = new IOException("disk");
        var first = Generator.<Integer>of(backend, "g", out -> {
            out.yield(1);
            throw unchecked;
        });
        var second = Generator.<Integer>of(backend, "g", out -> {
            throw checked;
        });
        assertEquals(1, first.next());
        assertSame(unchecked, assertThrows(IllegalArgumentException.class, first::hasNext));
        assertSame(checked, assertThrows(CoroutineException.class, second::next).getCause());
        for (var each : List.of(first, second)) {
            assertFalse(each.hasNext());
            assertThrows(NoSuchElementException.class, each::next);
        }
    }

    @ParameterizedTest @EnumSource
    void stackOverflowComesOutOfNext(Backend backend) {
        var generator = Generator.<Integer>of(backend, "g", out -> endless(out, 0));
        for (int i = 0; i < 10; i++) assertEquals(i, generator.next());
        assertThrows(StackOverflowError.class, generator::next);
        assertFalse(generator.hasNext());
    }

    @CoroutineFn
    private static int endless(Generator.Out<Integer> out, int depth) {
        if (depth < 10) out.yield(depth);
        return endless(out, depth + 1) + 1;
    }

    private Generator<Integer> withFinally(Backend backend) {
        return Generator.of(backend, "g", out -> {
            try {
                for (int i = 1; ; i++) out.yield(i);
            } finally {
                trace.add("finally");
            }
        });
    }

    @ParameterizedTest @EnumSource
    void closedEarlyItsFinallyBlocksRunAndNothingIsLeft(Backend backend) {
        var generator = withFinally(backend);
        assertEquals(1, generator.next());
        assertTrue(generator.hasNext(), "and this promise is not kept");
        generator.close();
        assertEquals(List.of("finally"), trace);
        assertFalse(generator.hasNext());
        assertThrows(NoSuchElementException.class, generator::next);
        assertEquals("generator of coroutine \"g\" (done)", generator.toString());
        generator.close();
        assertEquals(List.of("finally"), trace);
    }

    @ParameterizedTest @EnumSource
    void closedBeforeItBeganItNeverRuns(Backend backend) {
        var generator = withFinally(backend);
        generator.close();
        assertFalse(generator.hasNext());
        assertEquals(List.of(), trace);
    }

    @ParameterizedTest @EnumSource
    void closedByItsOwnBodyItEndsAtTheNextYield(Backend backend) {
        var own = new ArrayList<Generator<Integer>>();
        own.add(Generator.of(backend, "g", out -> {
            out.yield(1);
            own.getFirst().close();
            out.yield(2);
            trace.add("went on");
        }));
        assertEquals(List.of(1), rest(own.getFirst()));
        assertEquals(List.of(), trace);
    }

    @ParameterizedTest @EnumSource
    void asAStream(Backend backend) {
        assertEquals(List.of(2, 4, 6), upTo(backend, 3).stream().map(i -> i * 2).toList());
        Spliterator<Integer> elements = upTo(backend, 3).stream().spliterator();
        assertTrue(elements.hasCharacteristics(Spliterator.ORDERED));
        assertFalse(elements.hasCharacteristics(Spliterator.SIZED));
        assertFalse(elements.hasCharacteristics(Spliterator.NONNULL));
        assertEquals(Long.MAX_VALUE, elements.estimateSize());
        assertFalse(upTo(backend, 3).stream().isParallel());
        try (var stream = withFinally(backend).stream()) {
            assertEquals(List.of(1, 2), stream.limit(2).toList());
            assertEquals(List.of(), trace, "as lazy as the generator");
        }
        assertEquals(List.of("finally"), trace);
    }

    @ParameterizedTest @EnumSource
    void forEachGoesOnWhereTheLastOneStopped(Backend backend) {
        var generator = upTo(backend, 4);
        for (int i : generator.iterable()) {
            trace.add(i);
            if (i == 2) break;
        }
        trace.add("-");
        for (int i : generator.iterable()) trace.add(i);
        assertEquals(List.of(1, 2, "-", 3, 4), trace);
    }

    @ParameterizedTest @EnumSource
    void generatorsNest(Backend backend) {
        var outer = Generator.<String>of(backend, "outer", out -> {
            for (int i : upTo(backend, 2).iterable()) {
                for (int j : upTo(backend, i).iterable()) out.yield(i + "." + j);
            }
        });
        assertEquals(List.of("1.1", "2.1", "2.2"), rest(outer));
    }

    @ParameterizedTest @EnumSource
    void threadsUseItOneAfterTheOther(Backend backend) throws Exception {
        var generator = upTo(backend, 9);
        for (int i = 0; i < 3; i++) {
            trace.add(generator.next());
            var other = new FutureTask<>(() -> List.of(generator.next(), generator.next()));
            new Thread(other).start();
            trace.addAll(other.get());
        }
        assertEquals(List.of(1, 2, 3, 4, 5, 6, 7, 8, 9), trace);
        assertFalse(generator.hasNext());
    }
}
