package scenario;

import static dev.pirn.weavertest.Trace.log;
import static scenario.Late.late;

import dev.pirn.Coroutine;
import dev.pirn.CoroutineEntry;
import dev.pirn.CoroutineFn;

/** Ten thousand frames deep, unwound and gone down again, and an exception through all of them. */
public class Depth implements CoroutineEntry {
    private static final int DEPTH = 10_000;

    @CoroutineFn
    private static long down(int n) {
        if (n == 0) {
            for (int i = 0; i < 3; i++) Coroutine.yield();
            return 1;
        }
        long below = down(n - 1);
        if (n % 2_000 == 0) Coroutine.yield();
        return below + n;
    }

    @CoroutineFn
    private static int failing(int n) throws Exception {
        if (n == 0) {
            late(0);
            throw new Exception("from below");
        }
        try {
            return failing(n - 1) + 1;
        } catch (IllegalStateException e) {
            return 0;
        }
    }

    @CoroutineFn
    private static boolean even(int n) {
        return n == 0 ? late(true) : odd(n - 1);
    }

    @CoroutineFn
    private static boolean odd(int n) {
        return n != 0 && even(n - 1);
    }

    @CoroutineFn
    private static long fibonacci(int n) {
        return n < 2 ? late((long) n) : fibonacci(n - 1) + fibonacci(n - 2);
    }

    @Override
    @CoroutineFn
    public void run() {
        log(down(DEPTH));
        try {
            failing(DEPTH);
        } catch (Exception e) {
            log(late(e.getMessage()));
        }
        log(even(1_000));
        log(fibonacci(9));
    }
}
