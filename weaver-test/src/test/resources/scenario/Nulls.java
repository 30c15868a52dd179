package scenario;

import static dev.pirn.weavertest.Trace.log;
import static scenario.Late.late;

import dev.pirn.Coroutine;
import dev.pirn.CoroutineEntry;
import dev.pirn.CoroutineFn;

/** Nulls that the verifier knows as such, and merges of them with values, cross yields. */
public class Nulls implements CoroutineEntry {
    @CoroutineFn
    private static String join(String a, Object b, int[] c, Runnable d) {
        return a + b + c + late(d);
    }

    @CoroutineFn
    private static Object merged(Object o) {
        Object n = null;
        String q = null;
        if (o == null) {
            Coroutine.yield();
            n = "x";
        } else {
            Coroutine.yield();
        }
        return n == null ? q : n;
    }

    @Override
    @CoroutineFn
    public void run() {
        Object n = null;
        String s = null;
        int[] a = null;
        int[][] aa = null;
        Coroutine.yield();
        log(join(null, late((Object) null), late(1) == 1 ? null : a, null));
        log(merged(null));
        log(merged(""));
        Comparable<?> c = late(true) ? null : late(false) ? "text" : Integer.valueOf(1);
        log(c + s);
        if (n == null) {
            Coroutine.yield();
            n = aa;
        }
        for (Object each = null; each == null; each = late("end")) log(each);
        log((String) null + late((String) n));
        try {
            log(a[late(0)]);
        } catch (NullPointerException e) {
            log("null" + late(1));
        }
        try {
            synchronized (late((Object) null)) {
                log("never");
            }
        } catch (NullPointerException e) {
            log("null lock");
        }
        try {
            throw late((RuntimeException) null);
        } catch (NullPointerException e) {
            log("null thrown");
        }
    }
}
