package dev.pirn.aio;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.pirn.Home;
import dev.pirn.Task;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** A thread cancels what begins in a loop at the same time: it ends, and nowhere but in its loop. */
class CancelRaceTest {
    private static final int ROUNDS = 20_000;

    @Test
    void whatIsCancelledWhileItBeginsEndsInItsLoop() throws InterruptedException, IOException {
        var begun = new AtomicInteger();
        var ended = new AtomicInteger();
        var strange = new ArrayList<String>(); // Guarded by itself.
        var loop = EventLoop.open("race");
        loop.onUncaught((who, failure) -> note(strange, who + ": " + failure));
        var thread = new Thread(loop::run);
        thread.start();
        for (int i = 0; i < ROUNDS; i++) {
            Task<Void> task = loop.submit("raced", () -> {
                begun.incrementAndGet();
                try {
                    EventLoop.sleep(Duration.ofDays(1));
                } finally {
                    if (Home.current() != loop) note(strange, "ended in " + Home.current());
                    ended.incrementAndGet();
                }
                return null;
            });
            for (int spin = i % 50; spin > 0; spin--) Thread.onSpinWait();
            task.future().cancel(false);
            while (i % 100 == 99 && !task.isDone()) Thread.onSpinWait(); // It does not fall behind.
        }
        loop.runBlocking("last", () -> null);
        loop.stop();
        thread.join();
        loop.close();
        assertEquals("[]", strange.toString());
        assertEquals(begun.get(), ended.get());
    }

    private static void note(ArrayList<String> strange, String what) {
        synchronized (strange) {
            strange.add(what);
        }
    }
}
