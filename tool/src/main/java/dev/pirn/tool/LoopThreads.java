package dev.pirn.tool;

import dev.pirn.NoCoroutineFn;
import dev.pirn.aio.EventLoop;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** Event loops that run, each in a thread of its own, until this is closed. */
final class LoopThreads implements AutoCloseable {
    private final List<EventLoop> loops = new ArrayList<>();
    private final List<Thread> threads = new ArrayList<>();

    /** Starts {@code count}, called {@code name} and a number from 2 on; the caller has the first. */
    static LoopThreads start(String name, int count) throws IOException {
        var started = new LoopThreads();
        try {
            for (int i = 0; i < count; i++) started.add(name + " " + (i + 2));
            return started;
        } catch (IOException | RuntimeException | Error e) {
            started.close();
            throw e;
        }
    }

    private void add(String name) throws IOException {
        EventLoop loop = EventLoop.open(name);
        loops.add(loop);
        var thread = new Thread(loop::run, name);
        thread.start();
        threads.add(thread);
    }

    List<EventLoop> loops() {
        return loops;
    }

    /** Ends them, and waits until they have. */
    @Override
    @NoCoroutineFn
    public void close() throws IOException {
        loops.forEach(EventLoop::stop);
        for (Thread each : threads) join(each);
        for (EventLoop each : loops) each.close();
    }

    /** Nobody interrupts the main thread; if somebody did, the loops end before we hear of it. */
    @NoCoroutineFn
    private static void join(Thread thread) {
        boolean interrupted = false;
        while (true) {
            try {
                thread.join();
                break;
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) Thread.currentThread().interrupt();
    }
}
