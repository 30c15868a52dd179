package dev.pirn.weavertest;

import static dev.pirn.weavertest.Same.same;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Map;
import org.junit.jupiter.api.Test;

/** Method references whose interface is one of coroutine functions, and what their values are turned into. */
class MethodReferencesTest {
    private static final String FACES = """
            interface Task { @CoroutineFn void run() throws Exception; }
            interface Get<T> { @CoroutineFn T get() throws Exception; }
            interface Fun<A, B> { @CoroutineFn B of(A a) throws Exception; }
            interface Two<A, B, C> { @CoroutineFn C of(A a, B b) throws Exception; }
            interface IntOp { @CoroutineFn int of(int a, int b) throws Exception; }
            interface ToLong<T> { @CoroutineFn long of(T t) throws Exception; }
            interface FromInt<T> { @CoroutineFn T of(int n) throws Exception; }
            """;

    @Test
    void ofStaticBoundAndUnboundMethods() {
        same(FACES + """
                int n; Case() { } Case(int n) { this.n = n; }
                @CoroutineFn static int add(int a, int b) { return i(a) + b; }
                @CoroutineFn int plus(int a) { Coroutine.yield(); return n + a; }
                @CoroutineFn Object own() throws Exception { Fun<Integer, Integer> f = this::plus;
                    return f.of(3); }
                @CoroutineFn static Object run() throws Exception {
                    IntOp op = Case::add; Fun<Integer, Integer> bound = new Case(10)::plus;
                    Two<Case, Integer, Integer> unbound = Case::plus;
                    return op.of(1, 2) + " " + bound.of(4) + " " + unbound.of(new Case(20), 5) + " "
                            + new Case(30).own();
                }
                """);
    }

    @Test
    void aReceiverThatIsNullFailsWhereTheReferenceIsMade() {
        same(FACES + """
                @CoroutineFn int plus(int a) { Coroutine.yield(); return a; }
                @CoroutineFn static Object run() throws Exception {
                    Case none = o(null);
                    try { Fun<Integer, Integer> f = none::plus; log("made"); return f.of(1); }
                    catch (NullPointerException e) { log("null"); }
                    Two<Case, Integer, Integer> unbound = Case::plus;
                    try { return unbound.of(none, 1); } catch (NullPointerException e) { return "null too"; }
                }
                """);
    }

    @Test
    void valuesAreBoxedUnboxedAndWidened() {
        same(FACES + """
                interface Wide { @CoroutineFn double of(byte b, short h, char c, int i, long l, float f); }
                @CoroutineFn static double wide(int b, long h, int c, double i, float l, double f) {
                    Coroutine.yield(); return b + h + c + i + l + f; }
                @CoroutineFn static long boxed(Long a) { return l(a); }
                @CoroutineFn static Integer give(int n) { return i(n); }
                @CoroutineFn static char letter(Character c) { return c(c); }
                @CoroutineFn static Object any(Object o) { return o(o); }
                @CoroutineFn static long longer(long n) { return l(n); }
                interface CharToInt { @CoroutineFn int of(char c); }
                interface BoolTo { @CoroutineFn Object of(boolean z); }
                @CoroutineFn static Object run() throws Exception {
                    Wide w = Case::wide; ToLong<Long> t = Case::boxed; FromInt<Integer> g = Case::give;
                    FromInt<Number> m = Case::give;
                    CharToInt c = Case::letter; Fun<Integer, Long> up = Case::longer;
                    ToLong<Integer> unboxed = Case::give;
                    FromInt<Object> o = Case::any; BoolTo z = Case::z; Get<Object> none = () -> null;
                    Fun<Byte, Object> by = Case::longer;
                    IntOp minus = Math::subtractExact; ToLong<Short> s = Case::longer;
                    Fun<Float, Double> d = Case::d;
                    return w.of((byte) 1, (short) 2, 'c', 4, 5L, 6f) + " " + t.of(7L) + g.of(8) + m.of(9)
                            + c.of('x') + up.of(10)
                            + unboxed.of(11) + o.of(12) + z.of(true) + none.get() + by.of((byte) 13)
                                    + minus.of(4, 2) + s.of((short) 3)
                            + d.of(2.5f);
                }
                """);
    }

    @Test
    void resultsThatTravelOtherwiseAreConvertedWhenTheyCome() {
        same(FACES + """
                interface ToDouble { @CoroutineFn double of(int a); }
                interface ToFloat { @CoroutineFn float of(long a); }
                @CoroutineFn static Object run() throws Exception {
                    ToDouble a = Case::i; ToFloat b = Case::l; FromInt<Integer> c = Case::i;
                    ToLong<Long> e = Case::<Long>o;
                    Fun<Double, Double> f = Case::d; Get<Boolean> g = Case::yes; ToLong<Integer> h = Case::i;
                    return a.of(1) + b.of(2) + c.of(3) + e.of(4L) + f.of(5.5) + " " + g.get() + h.of(6);
                }
                @CoroutineFn static boolean yes() { return z(true); }
                """);
    }

    @Test
    void aResultThatNobodyWants() {
        same(FACES + """
                interface Take<T> { @CoroutineFn void of(T t) throws Exception; }
                @CoroutineFn static Object run() throws Exception {
                    Take<Long> a = Case::l; Take<String> b = Case::o; Take<Integer> c = StringBuilder::new;
                    Take<List<String>> d = List::size; Task e = new ArrayList<>(List.of(1))::removeFirst;
                    a.of(1L); b.of("x"); c.of(2); d.of(List.of()); e.run(); Take<Double> f = x -> d(x);
                    f.of(2.5);
                    return "end";
                }
                """);
    }

    @Test
    void constructorsAndArrays() {
        same(FACES + """
                record Pair(int a, Object b) { Pair(int a) { this(a, "only"); } }
                class Inner { final int k; Inner(int k) { this.k = k; } }
                @CoroutineFn Object inner() throws Exception { FromInt<Inner> f = Inner::new;
                    return f.of(i(5)).k; }
                @CoroutineFn static Object run() throws Exception {
                    FromInt<Pair> one = Pair::new; Two<Integer, String, Pair> two = Pair::new;
                    FromInt<int[]> ints = int[]::new;
                    Fun<Integer, List<String>[]> lists = List[]::new;
                    Get<ArrayList<String>> list = ArrayList::new;
                    class Local { final String s = "local" + i; static int i = 1; }
                    int captured = i(7); class Capturing { int k = captured; } Get<Local> local = Local::new;
                    Get<Capturing> c = Capturing::new;
                    Coroutine.yield();
                    return one.of(1) + "" + two.of(2, "b") + ints.of(3).length + lists.of(4).length
                            + list.get() + local.get().s
                            + c.get().k + new Case().inner();
                }
                """);
    }

    @Test
    void ofMethodsThatAreNoCoroutineFunctions() {
        same(FACES + """
                @CoroutineFn static Object run() throws Exception {
                    Fun<String, Integer> length = String::length; Fun<Object, String> text = String::valueOf;
                    Get<Integer> size = new ArrayList<>(List.of(1, 2))::size;
                    Fun<String, String> trim = String::trim;
                    Two<String, String, Boolean> eq = String::equals;
                    Fun<List<Integer>, Iterator<Integer>> it = List::iterator;
                    Coroutine.yield();
                    return length.of("abc") + text.of(1) + size.get() + trim.of(" x ") + eq.of("a", "a")
                            + it.of(List.of(9)).next();
                }
                """);
    }

    @Test
    void variableArguments() {
        same(FACES + """
                @CoroutineFn static int sum(int... all) { int t = 0; for (int each : all) t += i(each);
                    return t; }
                @CoroutineFn String join(String by, Object... all) { String s = by;
                    for (Object each : all) s += o(each); return s; }
                @CoroutineFn static Object run() throws Exception {
                    IntOp two = Case::sum; FromInt<Integer> one = Case::sum; Get<Integer> none = Case::sum;
                    Fun<int[], Integer> array = Case::sum;
                    Two<String, Integer, String> join = new Case()::join;
                    return two.of(1, 2) + one.of(3) + none.get() + array.of(new int[] {4, 5})
                            + join.of("by", 6);
                }
                """);
    }

    @Test
    void ofSuperAndOfPrivateMethods() {
        same(FACES + """
                static class Base { int k = 1; @CoroutineFn int of(int n) { return i(n) + k; } }
                static class Sub extends Base {
                    @Override @CoroutineFn int of(int n) { return -i(n); }
                    @CoroutineFn private int own(int n) { return i(n) * 100; }
                    @CoroutineFn private static int ownStatic(int n) { return i(n) * 1000; }
                    FromInt<Integer> up() { return super::of; } FromInt<Integer> down() { return this::of; }
                    FromInt<Integer> own() { return this::own; } FromInt<Integer> ownStatic() {
                        return Sub::ownStatic; }
                }
                interface Loud { @CoroutineFn default String say(String s) { return o(s) + "!"; } }
                static class Quiet implements Loud { public String say(String s) { return "quiet"; }
                    Fun<String, String> loud() { return Loud.super::say; } }
                @CoroutineFn static Object run() throws Exception {
                    Sub s = new Sub(); Two<Sub, Integer, Integer> nest = Sub::own;
                    Two<Base, Integer, Integer> dynamic = Base::of;
                    Two<Loud, String, String> say = Loud::say;
                    return s.up().of(1) + " " + s.down().of(1) + " " + s.own().of(2) + s.ownStatic().of(3)
                            + nest.of(s, 4)
                            + dynamic.of(s, 5) + new Quiet().loud().of("l") + say.of(new Quiet(), "q")
                                    + say.of(new Loud() { }, "d");
                }
                """);
    }

    @Test
    void ofMethodsOfInterfaceParameters() {
        same(FACES + """
                static <A, B> Fun<A, B> again(Fun<A, B> f) { return f::of; }
                static <T> Get<T> with(T t) { return () -> o(t); }
                @CoroutineFn static <T, F extends Fun<T, T> & Runnable> T both(F f, T t) throws Exception {
                    f.run(); Fun<T, T> g = f::of; return g.of(t); }
                static class Both implements Fun<String, String>, Runnable { public void run() { log("ran"); }
                    public String of(String s) { return o(s) + s; } }
                @CoroutineFn static Object run() throws Exception {
                    Fun<Fun<Integer, Integer>, Object> apply = f -> f.of(i(3));
                    Get<Get<String>> deep = () -> with("deep");
                    return again(again((Integer n) -> i(n) + 1)).of(1) + "" + apply.of(n -> n * 2)
                            + deep.get().get() + both(new Both(), "b");
                }
                """);
    }

    @Test
    void aProtectedMethodOfASuperclassInAnotherPackage() {
        Program program = Program.ofSources(Map.of("Base", """
                package u;
                import dev.pirn.*;
                public class Base {
                    @CoroutineFn protected String name(int n) { Coroutine.yield(); return "base" + n; }
                    @CoroutineFn protected static String kind(int n) { Coroutine.yield(); return "kind" + n; }
                    protected interface Hidden { @CoroutineFn String of(int n); }
                    @CoroutineFn protected static String with(Hidden h) { return h.of(4); }
                }
                """, "Case", """
                package t;
                import dev.pirn.*;
                public class Case extends u.Base {
                    interface FromInt<T> { @CoroutineFn T of(int n); }
                    interface OfCase { @CoroutineFn String of(Case c, int n); }
                    @CoroutineFn static Object run() { return new Case().all(); }
                    @CoroutineFn Object all() {
                        FromInt<String> a = this::name; FromInt<String> b = super::name;
                        FromInt<String> c = Case::kind; OfCase d = Case::name;
                        Hidden h = n -> name(n) + kind(n);
                        return a.of(1) + b.of(2) + c.of(3) + d.of(this, 5) + with(h) + with(Case::kind);
                    }
                    @Override @CoroutineFn protected String name(int n) { return "case " + super.name(n); }
                }
                """));
        String expected = program.runPlain();
        assertTrue(expected.contains("case base1base2kind3case base5"), expected);
        assertEquals(expected, program.runWoven());
    }

    @Test
    void aTypeArgumentThatIsWrongFailsAsItDoesPlain() {
        same(FACES + """
                @CoroutineFn static int length(String s) { return i(s.length()); }
                @SuppressWarnings({"unchecked", "rawtypes"})
                @CoroutineFn static Object run() throws Exception {
                    Coroutine.yield();
                    Fun<String, Integer> f = Case::length; Fun raw = f; ToLong<Integer> n = Case::i;
                    ToLong raw2 = n;
                    try { return raw.of(5); } catch (ClassCastException e) { log("cast"); }
                    try { return raw2.of("five"); } catch (ClassCastException e) { log("cast"); }
                    try { return raw2.of(null); } catch (NullPointerException e) { return "null"; }
                }
                """);
    }
}
