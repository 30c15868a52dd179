package dev.pirn;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Two threads enter one coroutine at once: exactly one wins, the other is told, and no step is lost or
 * doubled.
 */
class EnterRaceTest {
    private static final int ROUNDS = 2_000;

    @ParameterizedTest @EnumSource
    void exactlyOneOfTwoThreadsWins(Backend backend) throws Exception {
        var steps = new AtomicInteger();
        var inside = new AtomicInteger();
        var co = Coroutine.create(backend, "contended", () -> {
            while (true) {
                assertEquals(1, inside.incrementAndGet());
                steps.incrementAndGet();
                assertEquals(0, inside.decrementAndGet());
                Coroutine.yield();
            }
        });
        var won = new AtomicInteger();
        var unexpected = new AtomicReference<Throwable>();
        var barrier = new CyclicBarrier(2);
        Runnable enterer = () -> {
            try {
                for (int i = 0; i < ROUNDS; i++) {
                    barrier.await();
                    if (entered(co)) won.incrementAndGet();
                }
            } catch (Throwable e) {
                unexpected.set(e);
                barrier.reset();
            }
        };
        var other = new Thread(enterer);
        other.start();
        enterer.run();
        other.join();
        if (unexpected.get() != null) throw new AssertionError(unexpected.get());
        assertEquals(won.get(), steps.get());
        assertTrue(won.get() >= ROUNDS, "somebody wins each round, but only " + won);
    }

    private static boolean entered(Coroutine co) {
        try {
            co.enter();
            return true;
        } catch (IllegalStateException e) {
            assertTrue(e.getMessage().contains("runs in another thread"), e.getMessage());
            return false;
        }
    }
}
