package scenario;

import static dev.pirn.weavertest.Trace.log;
import static scenario.Late.late;

import dev.pirn.Coroutine;
import dev.pirn.CoroutineEntry;
import dev.pirn.CoroutineFn;
import java.util.Arrays;
import java.util.HashMap;

/** Objects whose constructors' arguments suspend, nested in each other. */
public class NewObjects implements CoroutineEntry {
    record Pair(long a, Object b, int c) { }

    static class Counted {
        static int made;
        final int number;

        static {
            log("initialised");
        }

        Counted(Object... all) {
            number = ++made;
            log("made" + number + Arrays.toString(all));
        }
    }

    class Inner extends Counted {
        Inner(int n) {
            super(n, outer);
        }
    }

    private String outer = "outer";

    @CoroutineFn
    private static int add(int a, int b) {
        Coroutine.yield();
        return a + b;
    }

    @CoroutineFn
    private static void nested(int k) {
        log(new Pair(add(1, 2), new Pair(k > 3 ? add(k, 1) : 7L, k > 2 ? "x" + add(2, 2) : null, add(5, 5)),
                add(k, k)));
        log(new int[] {add(1, 1), add(2, 2)}[add(0, 1)]);
        try {
            throw new IllegalArgumentException("e" + add(3, 3),
                    new RuntimeException(String.valueOf(add(4, 4))));
        } catch (IllegalArgumentException e) {
            log(e.getMessage() + e.getCause().getMessage());
        }
        for (int i = 0; i < 2; i++) log(new StringBuilder(add(i, 10)).append(add(i, i)));
    }

    @CoroutineFn
    private static Object chosen(boolean a) {
        return new Pair(late(1), a ? new Pair(2, late("x"), 3) : new Counted(late(4)), late(a) ? 5 : late(6));
    }

    @Override
    @CoroutineFn
    public void run() {
        for (int k = 1; k < 6; k += 2) nested(k);
        new Counted(late(1), new Counted(late("b")).number, new Counted().number + late(1));
        log(chosen(true));
        log(chosen(false).getClass().getSimpleName());
        log(this.new Inner(late(7)).number);
        log(late(this).new Inner(late(8)).number);
        try {
            log(new Pair(late(1), new Counted(1 / late(0)), late(2)));
        } catch (ArithmeticException e) {
            log(e.getMessage());
        }
        log(new HashMap<String, Integer>(late(4)) {
            {
                put("k", made());
            }

            private int made() {
                return 5;
            }
        });
        log(new String(late(new char[] {'a', late('b')}), late(1), 1) + new Object[late(2)][late(3)].length);
    }
}
