package dev.pirn.aio;

import dev.pirn.Coroutine;
import dev.pirn.CoroutineEntry;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** A loop in the test's thread, that runs until a coroutine has ended. */
final class LoopRule implements AutoCloseable {
    final EventLoop loop;
    final List<String> uncaught = new ArrayList<>();

    LoopRule() {
        try {
            loop = EventLoop.open("test");
        } catch (IOException e) {
            throw new AssertionError(e);
        }
        loop.onUncaught((who, failure) -> uncaught.add(who + ": " + failure));
    }

    /** Runs the loop until {@code entry} has ended; throws what it threw. */
    void run(CoroutineEntry entry) {
        Throwable[] thrown = {null};
        loop.start("test", () -> {
            try {
                entry.run();
            } catch (Throwable e) {
                thrown[0] = e;
            } finally {
                loop.stop();
            }
        });
        loop.run();
        if (thrown[0] != null) throw new AssertionError(thrown[0]);
        if (!uncaught.isEmpty()) throw new AssertionError(uncaught.size() + " uncaught, first "
                + uncaught.getFirst());
    }

    /** Runs turns until {@code co} has ended. */
    void runToEndOf(Coroutine co) {
        while (co.state() != Coroutine.State.DONE) loop.turn(true);
    }

    @Override
    public void close() {
        try {
            loop.close();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }
}
