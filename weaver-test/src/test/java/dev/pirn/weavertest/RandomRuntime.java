package dev.pirn.weavertest;

/** What random programs call: loaded with each batch of them, so that each has counters of its own. */
final class RandomRuntime {
    static final String NAME = "Rt";

    static final String SOURCE = """
            package t;
            import dev.pirn.*;
            public final class Rt {
                static final StringBuilder OUT = new StringBuilder();
                static int fuel, ticks, every;
                static boolean fuel() { return --fuel > 0; }
                public static void start(int seed) { OUT.setLength(0); fuel = 150; ticks = 0; every = 1
                        + (seed & 3); }
                public static String take() { return OUT.toString(); }
                public static void log(Object o) { if (OUT.length() < 20_000) OUT.append(text(o))
                        .append(' '); }
                static String text(Object o) {
                    String s = switch (o) {
                        case int[] a -> java.util.Arrays.toString(a);
                        case long[] a -> java.util.Arrays.toString(a);
                        case Object[] a -> a.length + "objects";
                        case Fault f -> f.getMessage();
                        case Throwable t -> t.getClass().getSimpleName();
                        case null, default -> String.valueOf(o);
                    };
                    return s.length() > 40 ? s.substring(0, 20) + s.length() : s;
                }
                @CoroutineFn static void pause() { if (++ticks % every == 0) Coroutine.yield(); }
                @CoroutineFn static boolean yz(boolean v) { pause(); return v; }
                @CoroutineFn static byte yb(byte v) { pause(); return v; }
                @CoroutineFn static short ys(short v) { Coroutine.yield(); return v; }
                @CoroutineFn static char yc(char v) { pause(); return v; }
                @CoroutineFn static int yi(int v) { pause(); return v; }
                @CoroutineFn static long yl(long v) { pause(); return v; }
                @CoroutineFn static float yf(float v) { pause(); return v; }
                @CoroutineFn static double yd(double v) { Coroutine.yield(); return v; }
                @CoroutineFn static <T> T yo(T v) { pause(); return v; }
                @FunctionalInterface interface L { @CoroutineFn int call(int a, Object b) throws Exception; }
                static final class Fault extends RuntimeException {
                    Fault(Object o) { super("fault " + text(o)); }
                    Fault(Object o, Throwable cause) { super("fault " + text(o), cause); }
                }
                static final class Box {
                    final Object a; final long b; final int c;
                    Box(Object a, long b, int c) { this.a = a; this.b = b; this.c = c; }
                    @CoroutineFn Box with(int d) { pause(); return new Box(text(a), b, d); }
                    @CoroutineFn int c() { Coroutine.yield(); return c; }
                    @Override public String toString() { return "<" + text(a) + b + "," + c + ">"; }
                }
                static final class Res implements AutoCloseable {
                    final int id;
                    Res(int id) { this.id = id; log("open" + id); if (id % 7 == 0) throw new Fault("open"); }
                    @Override @CoroutineFn public void close() {
                        pause();
                        log("close" + id);
                        if (id % 3 == 0) throw new Fault("close" + id);
                    }
                }
            }
            """;

    private RandomRuntime() { }
}
