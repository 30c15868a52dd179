package scenario;

import static dev.pirn.weavertest.Trace.log;
import static scenario.Late.late;

import dev.pirn.Coroutine;
import dev.pirn.CoroutineEntry;
import dev.pirn.CoroutineFn;
import java.util.Arrays;
import java.util.List;

/** Arrays of every type are live across yields, read, written, returned and thrown by. */
public class ArraysOfAllTypes implements CoroutineEntry {
    @CoroutineFn
    private static int[] ints(int n) {
        Coroutine.yield();
        int[] made = new int[late(n)];
        Arrays.setAll(made, i -> i * i);
        return made;
    }

    @CoroutineFn
    private static String[][] texts() {
        return new String[][] {{late("q"), "w"}, {}, null};
    }

    @CoroutineFn
    private static <T> List<T>[] lists(List<T> one) {
        @SuppressWarnings({"unchecked", "rawtypes"})
        List<T>[] made = new List[late(2)];
        made[late(1)] = one;
        return made;
    }

    @CoroutineFn
    private static void beyond(int[] array, int at) {
        try {
            array[at] = late(1);
            log("stored");
        } catch (ArrayIndexOutOfBoundsException e) {
            log(e.getMessage());
        } catch (NullPointerException e) {
            log("null");
        }
    }

    @Override
    @CoroutineFn
    public void run() {
        boolean[] z = {true, late(false)};
        byte[] b = {1, late((byte) 2)};
        short[] s = {2, late((short) 3)};
        char[] c = {'c', late('d')};
        int[] i = {3, late(4)};
        long[] l = {4, late(5L)};
        float[] f = {5, late(6f)};
        double[] d = {6, late(7.0)};
        Object[] o = {"s", late(null)};
        int[][] m = {{7}, {8, late(9)}};
        Object[][][] deep = new Object[late(2)][3][];
        Coroutine.yield();
        z[late(0)] ^= late(true);
        b[0] += late((byte) 1);
        s[late(0)] <<= late((short) 1);
        c[late(0)]++;
        i[i[0] - late(3)] %= late(2);
        l[late(0)] *= late(3L);
        f[late(0)] -= late(1f);
        d[late(0)] /= late(4.0);
        o[late(1)] = o[0] + late("t");
        m[late(1)][late(1)] += late(m[0][0]);
        deep[late(1)][late(2)] = late(new Object[] {"d", m[1].clone()});
        log(Arrays.toString(z) + Arrays.toString(b) + Arrays.toString(s) + Arrays.toString(c)
                + Arrays.toString(i) + Arrays.toString(l) + Arrays.toString(f) + Arrays.toString(d)
                + Arrays.toString(o));
        log(Arrays.deepToString(m) + Arrays.deepToString(deep));
        log(ints(4)[late(3)] + Arrays.deepToString(texts()) + Arrays.toString(lists(List.of("x"))));
        beyond(new int[1], 0);
        beyond(new int[1], 1);
        beyond(null, 0);
        try {
            Object[] strict = new String[1];
            strict[0] = late((Object) 1);
        } catch (ArrayStoreException e) {
            log(e.getMessage());
        }
        try {
            log(new int[late(-1)]);
        } catch (NegativeArraySizeException e) {
            log(e.getMessage());
        }
    }
}
