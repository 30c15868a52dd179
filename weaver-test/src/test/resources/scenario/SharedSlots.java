package scenario;

import static dev.pirn.weavertest.Trace.log;
import static scenario.Late.late;

import dev.pirn.Coroutine;
import dev.pirn.CoroutineEntry;
import dev.pirn.CoroutineFn;

/** Slots of locals hold one type, then another; some are not yet set at a yield. */
public class SharedSlots implements CoroutineEntry {
    @CoroutineFn
    private static String inTurn() {
        String all = "";
        {
            int a = late(1);
            long b = late(2L);
            Coroutine.yield();
            all += a + b;
        }
        {
            double a = late(3.0);
            String b = "t";
            Coroutine.yield();
            all += a + b;
        }
        {
            String a = "s";
            float b = late(4f);
            int c = late(5);
            Coroutine.yield();
            all += a + b + c;
        }
        {
            long[] a = {late(6L)};
            Coroutine.yield();
            all += a[0];
        }
        for (int k = 0; k < 2; k++) {
            Object q = k == 0 ? (Object) late(k) : late("o");
            all += q;
        }
        return all;
    }

    @CoroutineFn
    private static String unset(boolean set) {
        int late;
        String text;
        double wide;
        final long once;
        Coroutine.yield();
        if (late(set)) {
            late = late(2);
            text = "a";
            wide = late(1.0);
        } else {
            late = 3;
            text = late("b");
            wide = 2;
        }
        Coroutine.yield();
        once = late((long) late);
        Coroutine.yield();
        return late + text + wide + once;
    }

    @CoroutineFn
    private static long arguments(int a, long b, Object c) {
        a += late(a);
        c = late("c" + c);
        b = late(b) + a;
        long d = b;
        a = c.hashCode() > 0 ? late(1) : 2;
        Coroutine.yield();
        return a + b + d;
    }

    @Override
    @CoroutineFn
    public void run() {
        log(inTurn());
        log(unset(true));
        log(unset(false));
        log(arguments(1, 2, 3));
        Object o = "text";
        Coroutine.yield();
        o = late(1);
        Coroutine.yield();
        o = new int[] {late(2)};
        Coroutine.yield();
        log(((int[]) o)[0]);
    }
}
