package dev.pirn.tool;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.pirn.Backend;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class CoroutineCaseTest {
    @ParameterizedTest(name = "{0} {1}")
    @MethodSource("everyCaseOnEveryBackend")
    void holds(Backend backend, String name, CoroutineCase subject) {
        assertNull(CaseRunner.wrong(subject, backend));
    }

    private static Stream<Arguments> everyCaseOnEveryBackend() {
        return Stream.of(Backend.values()).flatMap(backend -> CoroutineCase.all().stream()
                .map(each -> Arguments.of(backend, each.name(), each)));
    }

    @Test
    void namesAreQemusThenOurs() {
        List<String> names = CoroutineCase.all().stream().map(CoroutineCase::name).toList();
        assertEquals(List.of(
                "test_lifecycle", "test_yield", "test_nesting", "test_self", "test_in_coroutine",
                "/basic/no-dangling-access", "/basic/lifecycle", "/basic/yield", "/basic/nesting",
                "/basic/self", "/basic/entered", "/basic/in_coroutine", "/basic/order",
                "/locking/co-mutex", "/locking/co-mutex/lockable", "/locking/co-rwlock/upgrade",
                "/locking/co-rwlock/downgrade"),
                names.subList(0, 17));
        assertTrue(names.stream().skip(17).allMatch(name -> name.startsWith("/pirn/")), names.toString());
    }
}
