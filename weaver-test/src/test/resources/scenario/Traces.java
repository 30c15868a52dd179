package scenario;

import static dev.pirn.weavertest.Trace.log;
import static scenario.Late.late;

import dev.pirn.Coroutine;
import dev.pirn.CoroutineEntry;
import dev.pirn.CoroutineFn;

/** The stack traces of exceptions show the callers by method and line, also those that waited in the heap. */
public class Traces implements CoroutineEntry {
    interface Call {
        @CoroutineFn
        void call() throws Exception;
    }

    static class Base {
        @CoroutineFn
        void throwing(int after) throws Exception {
            for (int i = 0; i < after; i++) {
                Coroutine.yield();
            }
            throw new Exception("after " + after);
        }
    }

    static class Derived extends Base {
        @Override
        @CoroutineFn
        void throwing(int after) throws Exception {
            super.throwing(after);
        }
    }

    @CoroutineFn
    private static int outer(int after) throws Exception {
        int kept = after * 2;
        if (after > 1) late(1);
        middle(
                after);
        return kept;
    }

    @CoroutineFn
    private static void middle(int after) throws Exception {
        new Derived().throwing(after); late(2);
    }

    /** By the names of the source: where nothing was suspended the JVM tells those of woven methods. */
    private static void show(Throwable thrown) {
        log(thrown.getMessage());
        for (StackTraceElement each : thrown.getStackTrace()) {
            String type = each.getClassName();
            String method = each.getMethodName();
            if (!type.startsWith("scenario.") || type.contains("$co$L")) continue;
            if (method.startsWith("lambda$co$")) continue;
            log(type + "." + method.replace("$co", "") + ":" + each.getLineNumber());
        }
    }

    @CoroutineFn
    private static void tried(Call call) {
        try {
            call.call();
        } catch (Exception | Error e) {
            show(e);
        }
        Coroutine.yield();
    }

    @Override
    @CoroutineFn
    public void run() {
        for (int after = 0; after < 3; after++) {
            int times = after;
            tried(() -> outer(times));
        }
        tried(() -> {
            int[] none = late((int[]) null);
            log(none.length);
        });
        tried(() -> log(1 / late(0)));
        tried(() -> {
            try {
                outer(1);
            } finally {
                late(0);
            }
        });
        tried(() -> {
            Exception made = new Exception("made before");
            late(0);
            throw made;
        });
    }
}
