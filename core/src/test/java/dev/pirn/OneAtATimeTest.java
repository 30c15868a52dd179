package dev.pirn;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Checked mode: a home is bound in two threads, by mistake. */
class OneAtATimeTest {
    @ParameterizedTest
    @EnumSource
    void twoThreadsRunCoroutinesOfOneHome(Backend backend) throws InterruptedException {
        var home = new ManualHome("h");
        var inside = new CountDownLatch(1);
        var leave = new CountDownLatch(1);
        var first = Coroutine.create(backend, "first", () -> {
            inside.countDown();
            leave.await();
        });
        var second = Coroutine.create(backend, "second", () -> { });
        var other = new Thread(() -> home.in(first::enter));
        other.start();
        inside.await();
        try {
            var e = assertThrows(IllegalStateException.class, () -> home.in(second::enter));
            assertEquals("coroutine \"second\" (running) would run in ManualHome \"h\" while coroutine "
                    + "\"first\" (running) runs there in another thread; a home is one thread at a time: have"
                    + " the other thread schedule", e.getMessage());
        } finally {
            leave.countDown();
            other.join();
        }
        home.in(second::enter);
        assertEquals(Coroutine.State.DONE, second.state());
    }
}
