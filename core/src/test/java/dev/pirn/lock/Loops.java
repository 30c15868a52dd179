package dev.pirn.lock;

import dev.pirn.CoroutineEntry;
import dev.pirn.Task;
import dev.pirn.aio.EventLoop;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** Loops that run in threads of their own; what nobody catches there fails the test. */
final class Loops implements AutoCloseable {
    final List<EventLoop> loops = new ArrayList<>();
    private final List<Thread> threads = new ArrayList<>();
    private final List<String> uncaught = new ArrayList<>();

    Loops(int count) throws IOException {
        for (int i = 0; i < count; i++) {
            var loop = EventLoop.open("loop " + i);
            loop.onUncaught((who, failure) -> {
                synchronized (uncaught) {
                    uncaught.add(who + ": " + failure);
                }
            });
            loops.add(loop);
            var thread = new Thread(loop::run, "loop " + i);
            threads.add(thread);
            thread.start();
        }
    }

    EventLoop get(int number) {
        return loops.get(number % loops.size());
    }

    Task<Void> submit(int number, String name, CoroutineEntry entry) {
        return get(number).submit(name, () -> {
            entry.run();
            return null;
        });
    }

    @Override
    public void close() throws IOException {
        for (EventLoop loop : loops) loop.stop();
        for (Thread thread : threads) {
            while (thread.isAlive()) Thread.yield();
        }
        for (EventLoop loop : loops) loop.close();
        synchronized (uncaught) {
            if (!uncaught.isEmpty()) throw new AssertionError(uncaught.toString());
        }
    }
}
