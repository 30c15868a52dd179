package scenario;

import static dev.pirn.weavertest.Trace.log;
import static scenario.Late.late;

import dev.pirn.Coroutine;
import dev.pirn.CoroutineEntry;
import dev.pirn.CoroutineFn;
import dev.pirn.weavertest.Trace;
import java.util.concurrent.CancellationException;

/** A cancelled coroutine sees it at its yield; all its finally blocks run, the innermost first. */
public class Cancels implements CoroutineEntry {
    record Closed(String name) implements AutoCloseable {
        @Override
        public void close() {
            log("close " + name);
        }
    }

    @CoroutineFn
    private static int deep(int n) {
        try (var each = new Closed("c" + n)) {
            return n == 0 ? late(1) : deep(n - 1) + late(n);
        } finally {
            log("finally" + n);
        }
    }

    @CoroutineFn
    private static void told() {
        try {
            while (true) late(0);
        } catch (CancellationException e) {
            log("told");
            throw e;
        }
    }

    @CoroutineFn
    private static void swallows() {
        try {
            late(0);
        } catch (CancellationException e) {
            log("swallowed");
        }
        late(1);
        log("and went on");
    }

    @CoroutineFn
    private static void cancelled(String name, int enters, CoroutineEntry what) {
        Coroutine inner = Coroutine.create(Trace.backend(), name, what);
        for (int i = 0; i < enters; i++) inner.enter();
        try {
            inner.cancel();
        } catch (IllegalStateException e) {
            log(e.getMessage());
        }
        log(inner.state());
        while (inner.state() != Coroutine.State.DONE) inner.enter();
        Coroutine.yield();
    }

    @Override
    @CoroutineFn
    public void run() {
        cancelled("deep", 1, () -> deep(3));
        cancelled("resumed", 2, () -> deep(3));
        cancelled("told", 3, Cancels::told);
        cancelled("swallows", 1, Cancels::swallows);
        cancelled("new", 0, () -> deep(0));
        cancelled("throws", 1, () -> {
            try {
                late(0);
            } finally {
                log("throws");
                if (late(true)) throw new IllegalStateException("instead");
            }
        });
    }
}
