package dev.pirn.nbd;

import dev.pirn.Completion;
import dev.pirn.CoroutineFn;
import java.util.ArrayList;
import java.util.List;

/** Wakes the coroutines of one loop that wait for something to change; each looks then whether it has. */
final class Signal {
    private List<Completion<Void>> waiting = new ArrayList<>();

    /** Suspends until the next {@link #raise}. */
    @CoroutineFn
    void await() {
        var raised = new Completion<Void>("a change of the server's state");
        waiting.add(raised);
        raised.join();
    }

    /** Wakes all that wait now. */
    void raise() {
        if (waiting.isEmpty()) return;
        List<Completion<Void>> now = waiting;
        waiting = new ArrayList<>();
        for (var each : now) each.complete(null);
    }
}
