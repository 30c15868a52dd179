package dev.pirn.aio;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;

/** Some loops, each in a thread of its own, until they are closed. */
final class Loops implements AutoCloseable {
    final List<EventLoop> all = new ArrayList<>();
    final ConcurrentLinkedQueue<String> uncaught = new ConcurrentLinkedQueue<>();
    private final List<Thread> threads = new ArrayList<>();

    Loops(int count) throws IOException {
        for (int i = 0; i < count; i++) {
            EventLoop loop = EventLoop.open("loop " + i);
            loop.onUncaught((who, failure) -> uncaught.add(who + ": " + failure));
            all.add(loop);
            var thread = new Thread(loop::run, loop.name());
            threads.add(thread);
            thread.start();
        }
    }

    EventLoop get(int index) {
        return all.get(index);
    }

    /** Has each finish its turn and end. */
    void join() {
        all.forEach(EventLoop::stop);
        try {
            for (Thread thread : threads) thread.join();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @Override
    public void close() throws IOException {
        join();
        for (EventLoop loop : all) loop.close();
        if (!uncaught.isEmpty()) throw new AssertionError(uncaught.toString());
    }
}
