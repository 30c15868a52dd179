package dev.pirn.weavertest;

import static dev.pirn.weavertest.Same.same;

import org.junit.jupiter.api.Test;

/** What is live at a yield has its value behind it: locals, operands, results. */
class ValuesTest {
    @Test
    void localsOfEveryPrimitiveType() {
        same("""
                @CoroutineFn static Object run() {
                    boolean z = true; byte b = -3; short h = -300; char c = 'x'; int i = 1 << 30;
                            long l = 1L << 60;
                    float f = 1.5f; double d = Math.PI;
                    Coroutine.yield();
                    return z + " " + b + " " + h + " " + c + " " + i + " " + l + " " + f + " " + d;
                }
                """);
    }

    @Test
    void resultsOfEveryPrimitiveType() {
        same("""
                @CoroutineFn static Object run() {
                    log(z(true)); log(z(false)); log(b((byte) -128)); log(h((short) -32768));
                            log(c('\\uffff'));
                    log(i(Integer.MIN_VALUE)); log(l(Long.MIN_VALUE)); log(f(-0f)); log(f(Float.NaN));
                    log(d(-0.0)); log(d(Double.MIN_VALUE)); log(o("text")); log((Object) o(null));
                    return Float.floatToRawIntBits(f(Float.intBitsToFloat(0x7fa00001)))
                            + Double.doubleToRawLongBits(d(Double.longBitsToDouble(0x7ff4000000000001L)));
                }
                """);
    }

    @Test
    void arraysOfEveryType() {
        same("""
                @CoroutineFn static <T> T a(T array) { Coroutine.yield(); return array; }
                @CoroutineFn static int[] ints(int n) { Coroutine.yield(); return new int[n]; }
                @CoroutineFn static String[][] texts() { Coroutine.yield();
                        return new String[][] {{"q"}, {}}; }
                @CoroutineFn static Object run() {
                    boolean[] z = {true}; byte[] b = {1}; short[] h = {2}; char[] c = {'c'}; int[] i = {3};
                    long[] l = {4}; float[] f = {5}; double[] d = {6}; String[] s = {"s"};
                            int[][] m = {{7}, {8, 9}};
                    Object[][][] deep = new Object[2][3][];
                    Coroutine.yield();
                    z[i(0)] = z(false); b[0] += b((byte) 1); h[i(0)] <<= h((short) 1); c[i(0)] += 1;
                    i[0] = ints(4).length; l[i(0)] *= l(3); f[i(0)] += f(1); d[i(0)] /= d(4);
                            s[i(0)] += o("t");
                    m[i(1)][i(1)] += i(m[0][0]); deep[i(1)][i(2)] = a(new Object[] {"d"});
                            deep[1] = a(deep[1]);
                    return z[0] + " " + b[0] + h[0] + c[0] + i[0] + l[0] + f[0] + d[0] + s[0] + m[1][1]
                            + Arrays.deepToString(deep) + texts()[i(0)][0] + a(m)[1][i(0)];
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

    @Test
    void assignmentsThatLeaveTheirValueOnTheStack() {
        same("""
                int field; long wide; static double shared;
                @CoroutineFn static Object run() {
                    Case o = new Case(); int[] a = new int[3]; long[] b = new long[3]; int k = 0;
                    int x = o.field = i(4);
                    long y = o.wide = shared > 0 ? 1 : l(5);
                    a[k++] = a[i(k)] = i(7);
                    b[k++] = b[i(k) % 3] = o.wide += l(2);
                    o.field++; int p = o.field++ + i(o.field) + ++o.field; long q = b[1]++ + l(1) * b[1]--;
                    double s = shared += d(1.5);
                    return x + " " + y + Arrays.toString(a) + Arrays.toString(b) + p + " " + q + " " + s + k;
                }
                """);
    }

    @Test
    void nullsThatTheVerifierKnowsAsSuch() {
        same("""
                @CoroutineFn static String join(String a, Object b, int[] c) { return a + b + c; }
                @CoroutineFn static Object run() {
                    Object n = null; String s = null; int[] a = null;
                    Coroutine.yield();
                    log(join(null, o(null), i(1) == 1 ? null : a));
                    if (n == null) { Coroutine.yield(); n = "x"; } else Coroutine.yield();
                    return n + s + a;
                }
                """);
    }

    @Test
    void slotsThatHoldDifferentTypesInTurn() {
        same("""
                @CoroutineFn static Object run() {
                    { int a = i(1); long b = l(2); Coroutine.yield(); log(a + b); }
                    { double a = d(3); String b = "t"; Coroutine.yield(); log(a + b); }
                    { String a = "s"; float b = f(4); int c = i(5); Coroutine.yield(); log(a + b + c); }
                    { long[] a = {l(6)}; Coroutine.yield(); log(a[0]); }
                    for (int k = 0; k < 2; k++) { Object q = k == 0 ? (Object) i(k) : o("o"); log(q); }
                    return "end";
                }
                """);
    }

    @Test
    void localsThatAreNotYetSet() {
        same("""
                @CoroutineFn static Object run() {
                    int late; String text; double wide;
                    Coroutine.yield();
                    if (i(1) == 1) { late = i(2); text = "a"; wide = d(1); } else { late = 3; text = o("b");
                            wide = 2; }
                    Coroutine.yield();
                    final long once;
                    once = l(late);
                    Coroutine.yield();
                    return late + text + wide + once;
                }
                """);
    }

    @Test
    void moreLocalsThanShortInstructionsReach() {
        var text = new StringBuilder("@CoroutineFn static Object run() {\n");
        for (int k = 0; k < 150; k++) {
            text.append("int a%d = %d; long b%d = %dL; String c%d = \"%d\";\n".formatted(k, k, k, k, k, k));
        }
        text.append("a0 = i(7); a149++; a149 += 1000; Coroutine.yield(); String all = \"\";\n");
        for (int k = 0; k < 150; k++) text.append("all += a%d + b%d + c%d;\n".formatted(k, k, k));
        same(text + "a148 += i(a149) * i(2); return all + a149 + a148; }");
    }

    @Test
    void objectsThatAreNoLongerNeededAreNotKept() {
        same("""
                static java.lang.ref.WeakReference<Object> weak;
                @CoroutineFn static Object run() throws Exception {
                    for (int k = 0; k < 3; k++) {
                        Object big = new Object(); int[] other = {k};
                        weak = new java.lang.ref.WeakReference<>(big);
                        Coroutine.yield();
                        log(big != null);
                        big = null;
                        Coroutine.yield();
                        for (int tries = 0; tries < 50 && weak.get() != null; tries++) System.gc();
                        log(weak.get() == null);
                        Coroutine.yield();
                        log(other[0]);
                    }
                    return "end";
                }
                """);
    }
}
