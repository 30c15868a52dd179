package dev.pirn.aio;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class PollingTest {
    private final LoopRule rule = new LoopRule();
    private final EventLoop loop = rule.loop;

    @AfterEach
    void close() {
        rule.close();
    }

    private static List<Long> lengths(long maxNanos, long... waitsNanos) {
        var polling = new Polling(maxNanos);
        var lengths = new ArrayList<>(List.of(polling.nanos()));
        for (long each : waitsNanos) {
            polling.waited(each);
            lengths.add(polling.nanos());
        }
        return lengths;
    }

    @Test
    void growsWhileALongerLookWouldHavePaidAndNotPastTheLimit() {
        assertEquals(List.of(0L, 4_000L, 8_000L, 16_000L, 20_000L, 20_000L),
                lengths(20_000, 19_000, 19_000, 19_000, 19_000, 19_000));
    }

    @Test
    void staysWhileItPays() {
        assertEquals(List.of(0L, 4_000L, 4_000L), lengths(20_000, 19_000, 4_000));
    }

    @Test
    void endsWhenNoLookThatIsAllowedWouldHavePaid() {
        assertEquals(List.of(0L, 4_000L, 0L), lengths(20_000, 19_000, 20_001));
    }

    /** Nobody signals a loop that looks; all the same nothing is lost. */
    @Test
    void whatOtherThreadsHandOverIsSeenByALoopThatPolls() throws InterruptedException {
        loop.polling(Duration.ofMillis(1));
        int[] called = {0};
        var other = new Thread(() -> {
            for (int i = 0; i < 20_000; i++) {
                loop.execute(() -> called[0]++);
                if (i % 100 == 0) Thread.yield();
            }
        });
        other.start();
        while (called[0] < 20_000) loop.turn(true);
        other.join();
        assertEquals(20_000, called[0]);
    }

    @Test
    void aPollingLoopMeetsItsTimers() {
        loop.polling(Duration.ofMillis(10));
        long start = System.nanoTime();
        int[] fired = {0};
        loop.execute(() -> {
            Timer[] timer = {null};
            timer[0] = loop.timer("t", () -> {
                if (++fired[0] < 5) timer[0].arm(2_000_000);
            });
            timer[0].arm(2_000_000);
        });
        while (fired[0] < 5) loop.turn(true);
        assertTrue(System.nanoTime() - start >= 10_000_000);
    }

    @Test
    void theLimitIsChecked() {
        var e = assertThrows(IllegalArgumentException.class, () -> loop.polling(Duration.ofSeconds(1)));
        assertEquals("EventLoop \"test\" cannot poll for PT1S, only for zero to PT0.01S", e.getMessage());
        assertThrows(IllegalArgumentException.class, () -> loop.polling(Duration.ofNanos(-1)));
    }
}
