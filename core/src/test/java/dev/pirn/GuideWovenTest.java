package dev.pirn;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The blocks of docs/guide/coroutine-functions.md. */
class GuideWovenTest {
    // guide: mark
    @CoroutineFn
    static int readPair(Generator<Integer> numbers) {
        int first = numbers.next();
        Coroutine.yield();                            // may suspend: so it is marked
        return first + numbers.next();
    }
    // end

    @ParameterizedTest @EnumSource
    void aMarkedMethodSuspendsOnEachBackend(Backend backend) {
        int[] sum = {0};
        var co = Coroutine.create(backend, "pair", () -> {
            try (var numbers = Generator.<Integer>of(out -> {
                out.yield(40);
                out.yield(2);
            })) {
                sum[0] = readPair(numbers);
            }
        });
        co.enter();
        assertEquals(Coroutine.State.SUSPENDED, co.state());
        co.enter();
        assertEquals(42, sum[0]);
    }
}
