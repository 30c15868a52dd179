package dev.pirn.tool;

import dev.pirn.Backend;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;

/**
 * A test case of coroutines: one of QEMU's, by the name that QEMU gives it, or one of ours.
 *
 * @param name QEMU's name of it, or {@code /pirn/} and ours
 * @param body what it does; throws an {@link AssertionError} that says what was expected
 */
record CoroutineCase(String name, Body body) {
    /** The steps of a case. */
    @FunctionalInterface
    interface Body {
        /** Runs them with coroutines of {@code backend}, outside of any coroutine. */
        void run(Backend backend) throws Exception;
    }

    /**
     * All that we know, in QEMU's order: those of the first patches of 2011, then today's; ours come last.
     */
    static List<CoroutineCase> all() {
        return Stream.of(Cases2011.ALL, BasicCases.ALL, LockingCases.ALL, OurCases.ALL)
                .flatMap(List::stream).toList();
    }

    /** Asserts that {@code actual} is {@code expected}. */
    static void expect(String what, Object expected, Object actual) {
        if (!Objects.equals(expected, actual)) {
            throw new AssertionError(what + ": expected " + expected + ", got " + actual);
        }
    }
}
