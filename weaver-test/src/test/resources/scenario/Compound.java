package scenario;

import static dev.pirn.weavertest.Trace.log;
import static scenario.Late.late;

import dev.pirn.CoroutineEntry;
import dev.pirn.CoroutineFn;
import java.util.Arrays;

/** Assignments that read, suspend and write; assignments that leave their value on the stack. */
public class Compound implements CoroutineEntry {
    private int field;
    private long wide = 1;
    private Integer boxed = 5;
    private String text = "t";
    private static double shared = 0.5;

    @CoroutineFn
    private Compound same() {
        return late(this);
    }

    @CoroutineFn
    private int next() {
        return late(++field);
    }

    @Override
    @CoroutineFn
    public void run() {
        int[] a = {1, 2, 3};
        long[] b = new long[3];
        int k = 0;
        a[late(0)] += late(10) * a[late(2)];
        a[next()] += next() + a[1];
        a[late(k++)] <<= late(k);
        int x = same().field = late(4);
        long y = same().wide = shared > 1 ? 1 : late(5L);
        a[k++] = a[late(k)] = late(7);
        b[k++] = b[late(k) % 3] = this.wide += late(2);
        log(x + " " + y + Arrays.toString(a) + Arrays.toString(b) + k);
        int p = this.field++ + late(this.field) + ++same().field;
        long q = b[1]++ + late(1L) * b[1]-- - --b[late(2)];
        double s = shared += late(1.5);
        log(p + " " + q + " " + s);
        boxed += late(2);
        int r = boxed++ + late(boxed) + --same().boxed;
        text += late("u") + (text = "lost");
        log(r + text + boxed);
        byte n = 100;
        n += late(100);
        char c = 'a';
        c += late(1.7);
        short h = 3;
        h *= -late(70_000L);
        int i = late(7);
        i /= late(2.0f);
        i ^= i << late(2);
        log(n + " " + c + " " + h + " " + i);
        int[][] grid = {{1, 2}, {3, 4}};
        grid[late(1)][late(0)]++;
        grid[late(0)][grid[0][late(1)] - late(1)] -= grid[1][0]++;
        log(Arrays.deepToString(grid));
        int self = 1;
        self += self++ + late(self) + (self = late(10));
        log(self);
        try {
            same().boxed = late((Integer) null);
            boxed += late(1);
        } catch (NullPointerException e) {
            log("null" + boxed);
        }
    }
}
