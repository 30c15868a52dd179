package dev.pirn;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/** A home whose turns the test runs by hand. */
final class ManualHome extends Home {
    final AtomicInteger signals = new AtomicInteger();
    final List<String> failures = new ArrayList<>();

    ManualHome(String name) {
        super(name);
    }

    int turn() {
        int[] entered = {0};
        bind(() -> entered[0] = runScheduled());
        return entered[0];
    }

    void in(Runnable code) {
        bind(code);
    }

    @Override
    protected void signal() {
        signals.incrementAndGet();
    }

    @Override
    protected void uncaught(Coroutine co, Throwable failure) {
        failures.add(co + ": " + failure);
    }
}
