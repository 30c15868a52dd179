package dev.pirn.lock;

import dev.pirn.Coroutine;
import dev.pirn.CoroutineEntry;
import dev.pirn.aio.EventLoop;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** A loop that is turned by hand, and what its coroutines say. */
final class Bench implements AutoCloseable {
    final EventLoop loop;
    final List<Object> trace = new ArrayList<>();

    Bench() {
        try {
            loop = EventLoop.open("test");
        } catch (IOException e) {
            throw new AssertionError(e);
        }
        loop.onUncaught((who, failure) -> trace.add(failure.getMessage()));
    }

    Coroutine start(String name, CoroutineEntry entry) {
        return loop.start(name, entry);
    }

    void say(Object what) {
        trace.add(what);
    }

    /** Turns until nothing happens; returns what was said since the last time. */
    List<Object> turns() {
        while (loop.turn(false)) { }
        List<Object> said = List.copyOf(trace);
        trace.clear();
        return said;
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
