package dev.pirn.lab.stress;

import dev.pirn.Coroutine;
import dev.pirn.CoroutineEntry;
import dev.pirn.Home;

/** A home whose thread is whichever actor turns it, one after the other. */
final class Turns extends Home {
    private Throwable thrown;

    Turns() {
        super("turns");
    }

    /** Makes a coroutine that starts at the next turn. */
    Coroutine start(CoroutineEntry entry) {
        var co = Coroutine.create("waiter", entry);
        schedule(co);
        return co;
    }

    /** Enters what is scheduled; throws what one of those threw. */
    void turn() {
        bind(this::runScheduled);
        if (thrown != null) throw new AssertionError(thrown);
    }

    /** Cancels {@code co}, which belongs here, as the thread that turns this may. */
    void cancel(Coroutine co) {
        bind(co::cancel);
    }

    @Override
    protected void signal() { }

    @Override
    protected void uncaught(Coroutine co, Throwable failure) {
        thrown = failure;
    }
}
