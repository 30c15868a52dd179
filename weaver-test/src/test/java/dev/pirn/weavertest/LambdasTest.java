package dev.pirn.weavertest;

import static dev.pirn.weavertest.Same.same;

import org.junit.jupiter.api.Test;

/** Lambdas that are coroutine functions, wherever they stand and whatever they capture. */
class LambdasTest {
    private static final String FACES = """
            interface Task { @CoroutineFn void run() throws Exception; }
            interface Get<T> { @CoroutineFn T get() throws Exception; }
            interface Fun<A, B> { @CoroutineFn B of(A a) throws Exception; }
            @CoroutineFn static void go(Task t) throws Exception { t.run(); }
            @CoroutineFn static <T> T got(Get<T> g) throws Exception { return g.get(); }
            """;

    @Test
    void capturesOfAllTypes() {
        same(FACES + """
                @CoroutineFn static Object run() throws Exception {
                    boolean z = true; byte b = -1; short h = 2; char c = 'c'; int i = 4; long l = 1L << 40;
                    float f = 1.5f; double d = -2.25; String s = "s"; int[] a = {1, 2}; Object none = null;
                    List<String> g = List.of("g");
                    Task t = () -> { Coroutine.yield();
                        log(z + " " + b + h + c + i + l + f + d + s + a[1] + none + g); };
                    t.run(); t.run();
                    return got(() -> l(l) + d(d) + a[i(0)]);
                }
                """);
    }

    @Test
    void captureOfThis() {
        same(FACES + """
                int n = 10;
                @CoroutineFn private int own(int k) { Coroutine.yield(); return n += k; }
                @CoroutineFn Object all(long w) throws Exception {
                    Get<Integer> g = () -> own(i(1)) + this.n + (int) w;
                    return g.get() + got(g) + got(() -> g.get() + own(3));
                }
                @CoroutineFn static Object run() throws Exception { return new Case().all(l(1000)); }
                """);
    }

    @Test
    void lambdasInsideLambdas() {
        same(FACES + """
                @CoroutineFn static Object run() throws Exception {
                    int k = i(1);
                    Fun<Integer, Fun<Integer, Get<Integer>>> add = a -> { int x = i(a); return b -> {
                        int y = i(b) + x;
                        return () -> i(y) + k + x; }; };
                    Task outer = () -> { Task inner = () -> {
                        Task innermost = () -> log(add.of(2).of(3).get());
                        innermost.run(); Coroutine.yield(); }; inner.run(); go(inner); };
                    outer.run();
                    return add.of(10).of(20).get();
                }
                """);
    }

    @Test
    void capturedLocalsGoOnLivingAcrossYields() {
        same(FACES + """
                @CoroutineFn static Object run() throws Exception {
                    var made = new ArrayList<Get<String>>();
                    for (int k = 0; k < 4; k++) {
                        int here = k; String text = o("t" + k); double d = d(k);
                        made.add(() -> { Coroutine.yield(); return text + here + d; });
                        Coroutine.yield();
                        log(text + here + made.size());
                    }
                    String all = "";
                    for (Get<String> each : made) all += each.get();
                    return all;
                }
                """);
    }

    @Test
    void lambdasOfPlainMethods() {
        same(FACES + """
                static Get<Integer> counter(int from) { int[] n = {from}; return () -> n[0] += i(1); }
                static List<Task> tasks(int n) { var all = new ArrayList<Task>();
                    for (int k = 0; k < n; k++) { int at = k; if (k % 2 == 0) all.add(() -> log("t" + i(at)));
                        else all.add(null); }
                    return all; }
                @CoroutineFn static Object run() throws Exception {
                    for (Task each : tasks(5)) if (each != null) each.run();
                    var c = counter(5); c.get(); return c.get();
                }
                """);
    }

    @Test
    void lambdasOfInitialisersAndConstructors() {
        same(FACES + """
                static final Get<String> STATIC = () -> o("static");
                static final Map<String, Task> ALL = new TreeMap<>();
                static { int k = 3; ALL.put("a", () -> log(i(k))); ALL.put("b", () -> log(o("b"))); }
                final Get<String> field = () -> o("field" + this.n);
                final Get<String> given; int n = 1;
                { n++; }
                Case(String s) { given = () -> o(s) + n; }
                Case() { this("none"); }
                @CoroutineFn static Object run() throws Exception {
                    for (Task each : ALL.values()) go(each);
                    return STATIC.get() + new Case("given").given.get() + new Case().field.get();
                }
                """);
    }

    @Test
    void aLambdaThatIsAnArgumentOfAConstructorCall() {
        same(FACES + """
                static class Base { final Get<String> g; Base(Get<String> g) { this.g = g; } }
                static class Sub extends Base { Sub(String s) { super(() -> o(s)); } Sub() { this("x" + 1); }
                    }
                @CoroutineFn static Object run() throws Exception {
                    return new Sub().g.get() + got(new Sub("y").g); }
                """);
    }

    @Test
    void lambdasOfInterfacesEnumsAndRecords() {
        same(FACES + """
                interface Maker { int base();
                    Get<Integer> CONSTANT = () -> i(7);
                    default Get<Integer> made(int k) { return () -> i(k) + base(); }
                    private Get<Integer> own() { return () -> own2(i(2)); }
                    @CoroutineFn private int own2(int k) { return i(k) * base(); }
                    default Get<Integer> own(int k) { return k > 0 ? own() : this::base; }
                    static Get<Integer> fixed(long n) { return () -> (int) l(n); } }
                enum Op { ADD((a) -> i(a) + 1), TWICE(a -> { int x = i(a); return x + x; });
                    final Fun<Integer, Integer> f; Op(Fun<Integer, Integer> f) { this.f = f; } }
                record Pair(int a, Get<String> b) implements Maker { public int base() { return a; }
                    Pair { Get<String> before = b; b = () -> before.get() + "!"; }
                    Get<String> both() { return () -> o(a) + b.get(); } }
                @CoroutineFn static Object run() throws Exception {
                    var p = new Pair(3, () -> o("b"));
                    String all = p.both().get() + p.made(4).get() + p.own(1).get() + p.own(0).get()
                            + Maker.fixed(9).get();
                    for (Op each : Op.values()) all += each.f.of(5);
                    return all + Maker.CONSTANT.get();
                }
                """);
    }

    @Test
    void aLambdaOfAFinallyBlock() {
        same(FACES + """
                @CoroutineFn static int f(int k) throws Exception {
                    try { if (k == 0) return i(1); if (k == 1) throw new IllegalStateException("k"); }
                    finally { Task t = () -> { Coroutine.yield(); log("f" + k); }; t.run(); }
                    return 2;
                }
                @CoroutineFn static Object run() throws Exception {
                    String s = ""; for (int k = 0; k < 3; k++) try { s += f(k); }
                    catch (IllegalStateException e) { s += e.getMessage(); }
                    return s;
                }
                """);
    }

    @Test
    void oneThatCapturesNothingIsAlwaysTheSame() {
        same(FACES + """
                static Task same() { return () -> Coroutine.yield(); }
                static Get<Integer> other(int k) { return () -> i(k); }
                static Task ref() { return Coroutine::yield; }
                @CoroutineFn static Object run() throws Exception {
                    same().run();
                    return (same() == same()) + " " + (other(1) == other(1)) + " " + (ref() == ref()) + " "
                            + same().getClass().isSynthetic() + " " + same().getClass().getPackageName();
                }
                """);
    }

    @Test
    void exceptionsOfLambdas() {
        same(FACES + """
                @CoroutineFn static Object run() throws Exception {
                    Get<String> g = () -> { try { return thrown(new java.io.IOException("io")); }
                        catch (java.io.IOException e) { log(e); throw new IllegalStateException(o("made"), e);
                            } finally { log("f" + i(1)); } };
                    try { return got(g); } catch (IllegalStateException e) {
                        return e.getMessage() + e.getCause().getMessage(); }
                }
                """);
    }

    @Test
    void genericInterfacesThatFixTheirTypes() {
        same(FACES + """
                interface Ints extends Fun<Integer, Integer> { default int plus(int a) { return a + 1; } }
                interface Named<T extends Number & Comparable<T>> {
                    @CoroutineFn int with(T t, List<? super T> to); }
                static <T extends Comparable<T>> Fun<T, T> max(T with) { return t -> { T m = o(t);
                    return m.compareTo(with) > 0 ? m : with; }; }
                @CoroutineFn static Object run() throws Exception {
                    Ints n = a -> i(a) * 2; Fun<Integer, Integer> f = n; Named<Long> d = (t, to) -> {
                        to.add(t); return i(to.size()) + t.intValue(); };
                    return n.of(n.plus(2)) + " " + f.of(8) + max("m").of("k") + max(3).of(4)
                            + d.with(5L, new ArrayList<>());
                }
                """);
    }

    @Test
    void thoseThatWaitForOtherLambdas() {
        same(FACES + """
                static <A, B, C> Fun<A, C> then(Fun<A, B> f, Fun<B, C> g) { return a -> g.of(f.of(a)); }
                @CoroutineFn static Object run() throws Exception {
                    Fun<Integer, String> f = then(then(a -> i(a) + 1, a -> l(a * 1000L)), n -> o("n" + n));
                    Fun<Integer, String> deep = f;
                    for (int k = 0; k < 20; k++) { int at = k;
                        deep = then(deep, s -> at % 5 == 0 ? o(s + at) : s); }
                    return f.of(3) + deep.of(4);
                }
                """);
    }
}
