package scenario;

import static dev.pirn.weavertest.Trace.log;
import static scenario.Late.late;
import static scenario.Late.lateThrow;

import dev.pirn.Coroutine;
import dev.pirn.CoroutineEntry;
import dev.pirn.CoroutineFn;
import java.io.IOException;

/** Exceptions of resumed and of running callees are caught where they would be; finally blocks run once. */
public class Exceptions implements CoroutineEntry {
    @CoroutineFn
    private static String caught(int k) {
        String r = "start";
        try {
            if (k > 1) lateThrow(new IllegalStateException("t" + k));
            if (k == 1) throw new IOException("io");
            r = "ok";
        } catch (IllegalStateException e) {
            r = "caught " + e.getMessage();
            Coroutine.yield();
            log("inHandler");
        } catch (Exception e) {
            r = "other " + late(e.getMessage());
        } finally {
            Coroutine.yield();
            log("finally");
        }
        return r + k;
    }

    @CoroutineFn
    private static int deep(int d) throws Exception {
        if (d == 0) {
            Coroutine.yield();
            throw new Exception("deep");
        }
        try {
            return deep(d - 1) + 1;
        } finally {
            log("u" + d);
        }
    }

    @SuppressWarnings("finally")
    @CoroutineFn
    private static int finallyWins(int k) throws Exception {
        while (true) {
            try {
                if (k == 0) return late(1);
                if (k == 1) lateThrow(new Exception("lost"));
                if (k == 2) continue;
                late(0);
            } finally {
                log("f" + k);
                if (late(k) == 1) return 10;
                if (k++ == 2) break;
            }
            if (k > 3) return 4;
        }
        return k;
    }

    @CoroutineFn
    private static String nested(int k) throws Exception {
        String r = "";
        try {
            try {
                r += late(1);
                try {
                    if (k > 0) lateThrow(new IllegalStateException("a" + k));
                    r += "x";
                } finally {
                    r += late("f1");
                    if (k > 2) lateThrow(new Exception("from finally"));
                }
            } catch (IllegalStateException | ArithmeticException e) {
                r += late(e.getMessage());
                if (k == 2) throw new IllegalArgumentException(r, e);
            } finally {
                r += late("f2");
            }
        } catch (IllegalArgumentException e) {
            r += "outer" + late(3) + e.getCause().getMessage();
        }
        return r;
    }

    @CoroutineFn
    private static void rethrown(int k) throws IOException {
        try {
            if (k == 0) lateThrow(new IOException("precise"));
            log(1 / late(k - 1));
        } catch (final Exception e) {
            log("again" + late(e.getClass().getSimpleName()));
            throw e;
        }
    }

    @Override
    @CoroutineFn
    public void run() throws Exception {
        for (int k = 0; k < 3; k++) log(caught(k));
        try {
            deep(4);
        } catch (Exception e) {
            log("c:" + e.getMessage());
            Coroutine.yield();
        }
        for (int k = 0; k < 4; k++) log(finallyWins(k));
        for (int k = 0; k < 4; k++) {
            try {
                log(nested(k));
            } catch (Exception e) {
                log("out " + e.getMessage());
            }
        }
        for (int k = 0; k < 3; k++) {
            try {
                rethrown(k);
            } catch (IOException | RuntimeException e) {
                log("out " + late(e.getMessage()));
            }
        }
        Throwable error = null;
        try {
            lateThrow(new Error("an error"));
        } catch (Throwable t) {
            error = late(t);
        }
        log(error);
        deep(2);
    }
}
