package dev.pirn.weavertest;

import static dev.pirn.weavertest.Same.same;

import org.junit.jupiter.api.Test;

/** What is live at a yield has its value behind it: locals, operands, results. */
class ValuesTest {
    @Test
    void localsOfEveryPrimitiveType() {
        same("""
                @CoroutineFn static Object run() {
                    boolean z = true; byte b = -3; short h = -300; char c = 'x'; int i = 1 << 30; long l = 1L << 60;
                    float f = 1.5f; double d = Math.PI;
                    Coroutine.yield();
                    return z + " " + b + " " + h + " " + c + " " + i + " " + l + " " + f + " " + d;
                }
                """);
    }

    @Test
    void operandsBelowACall() {
        same("""
                @CoroutineFn static Object run() {
                    int a = 5; long w = 7; double e = 2.5; float g = 3;
                    long r = a + i(2) * (long) i(3) - w * l(4);
                    double q = e + d(1.25) * (g + f(2)) - (i(1) == 1 ? i(5) : 0);
                    int[] array = {1, 2, 3};
                    array[i(0)] += i(10) * array[i(2)];
                    return r + " " + q + " " + Arrays.toString(array) + "s" + i(3) + o("x") + l(1);
                }
                """);
    }
}
