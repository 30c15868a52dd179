package scenario;

import static dev.pirn.weavertest.Trace.log;
import static scenario.Late.late;

import dev.pirn.Coroutine;
import dev.pirn.CoroutineEntry;
import dev.pirn.CoroutineFn;
import dev.pirn.Coroutines;
import dev.pirn.weavertest.Trace;

/** Suspended coroutines show their frames by method and line. */
public class Dumps implements CoroutineEntry {
    interface Call {
        @CoroutineFn
        void call();
    }

    @CoroutineFn
    private static void inner(int n) {
        for (int i = 0; i < n; i++) {
            Coroutine.yield();
        }
        String s = late("s")
                + late("t");
        log(s);
    }

    @CoroutineFn
    private static void outer() {
        inner(1);
        Call call = () -> inner(1);
        call.call();
        Coroutine.yield();
    }

    private static void show(String name) {
        var found = Coroutines.live().stream().filter(each -> name.equals(each.name())).toList();
        for (StackTraceElement each : found.getFirst().stack()) {
            if (!each.getClassName().startsWith("scenario.")) continue;
            log(each.getClassName() + "." + each.getMethodName() + ":" + each.getLineNumber());
        }
        log("of " + found.getFirst().state() + ";");
    }

    @Override
    @CoroutineFn
    public void run() {
        Coroutines.track(true);
        try {
            Coroutine coroutine = Coroutine.create(Trace.backend(), "shown", Dumps::outer);
            while (true) {
                coroutine.enter();
                if (coroutine.state() == Coroutine.State.DONE) break;
                show("shown");
                Coroutine.yield();
            }
        } finally {
            Coroutines.track(false);
        }
    }
}
