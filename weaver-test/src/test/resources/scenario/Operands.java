package scenario;

import static dev.pirn.weavertest.Trace.log;
import static scenario.Late.late;

import dev.pirn.CoroutineEntry;
import dev.pirn.CoroutineFn;
import java.util.Arrays;

/** Values of every type wait on the operand stack while a later operand suspends. */
public class Operands implements CoroutineEntry {
    private static long wide = 1L << 40;

    @CoroutineFn
    private static String all(boolean z, byte b, short s, char c, int i, long l, float f, double d,
            Object o) {
        return z + " " + b + " " + s + " " + c + " " + i + " " + l + " " + f + " " + d + " " + o;
    }

    @CoroutineFn
    private static long mixed(int x) {
        long acc = 7;
        double d = 1.5;
        float f = 2;
        byte b = 3;
        acc = acc + late(x) * (long) late(x + 2) - (late(1) == 2 ? late(5) : 0);
        d += late(1.25) + f;
        f *= late(0.5f) + b;
        log(d);
        log(f);
        return acc + (wide - late(wide)) + (long) (d * late(2.0));
    }

    @Override
    @CoroutineFn
    public void run() {
        byte b = -3;
        short s = -300;
        char c = 'x';
        log(all(late(true), late(b), late(s), late(c), late(1 << 30), late(1L << 60), late(1.5f),
                late(Math.PI), late("o")));
        log(all(false, (byte) 1, (short) 2, 'q', 3, 4L, 5f, 6.0, late(new int[0]).length));
        log(mixed(4));
        log(1 + late(2) + "a" + late('b') + late(3L) + null + late((Object) null) + 'c');
        log(Arrays.asList(late(1), 2L, late("x"), 4.0, late(5f)));
        log(late(1) < late(2) == late(true) & late(false) ^ (late(3L) > 2 | late(-0.0) == 0));
        log(late(7) << late(33) >>> late(1L) ^ ~late(0x55) | late((byte) -1) & 0xff);
        log((Object) (late(1) == 1 ? 'a' : late(0)));
        int[] order = {0};
        log(order[0]++ + late(order[0]++) * 10 + order[0]++ * 100 + order[0]);
        log(Float.floatToRawIntBits(late(Float.intBitsToFloat(0x7fa00001))));
        log(Double.doubleToRawLongBits(late(-0.0)) + late(Long.MIN_VALUE) + late(Integer.MIN_VALUE));
        log((int) late('￿') + late(Byte.MIN_VALUE) + late(Short.MIN_VALUE));
    }
}
