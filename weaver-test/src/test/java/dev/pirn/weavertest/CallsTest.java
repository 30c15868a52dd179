package dev.pirn.weavertest;

import static dev.pirn.weavertest.Same.same;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** All kinds of calls, and of methods that are called. */
class CallsTest {
    @Test
    void objectsWhoseConstructorArgumentsYield() {
        same("""
                record Pair(long a, Object b, int c) { }
                @CoroutineFn static void f(int k) throws Exception {
                    log(new StringBuilder(String.valueOf(i(1) + i(2))));
                    Pair q = new Pair(l(1), new Pair(k > 3 ? l(k) : 7L, k > 2 ? "x" + i(2) : null, i(5)),
                            i(k));
                    log(q);
                    log(new int[] {i(1), i(2)}[i(1)]);
                    try { throw new IllegalArgumentException("e" + i(3),
                            new RuntimeException(String.valueOf(d(4)))); }
                    catch (IllegalArgumentException e) { log(e.getMessage() + e.getCause().getMessage()); }
                    for (int j = 0; j < 2; j++) log(new StringBuilder(i(j)
                            + 9).append(i(j)).append(new Object[i(2)].length));
                    log(new String(new char[] {c('q')}).concat(new String(o("r") + new Integer[] {i(4)}[0])));
                    new Pair(l(1), null, i(2));
                }
                @CoroutineFn static Object run() throws Exception { for (int k = 1; k < 6; k++) f(k);
                        return "end"; }
                """);
    }

    @Test
    void classesAreInitialisedBeforeTheArgumentsAreComputed() {
        same("""
                static class Late { static { log("initialised"); } Late(int a, String b) {
                        log("made" + a + b); } }
                @CoroutineFn static Object run() { log("before");
                        new Late(i(1), o("x" + new Late(2, o("y")).hashCode() * 0)); return "end"; }
                """);
    }

    @Test
    void staticInstancePrivateAndSuperCalls() {
        same("""
                static class Base {
                    int n = 1;
                    @CoroutineFn int twice(int x) { Coroutine.yield(); return 2 * x + n; }
                    @CoroutineFn protected String name() { return o("base"); }
                    @CoroutineFn private int own(long w) { Coroutine.yield(); return (int) w + n++; }
                    @CoroutineFn int viaOwn() { return own(l(5)) + this.own(6); }
                    @CoroutineFn static String kind() { return o("static base"); }
                }
                static class Derived extends Base {
                    @Override @CoroutineFn int twice(int x) {
                            return super.twice(i(x)) + 1000 + super.viaOwn(); }
                    @Override @CoroutineFn protected String name() { Coroutine.yield();
                            return "derived " + super.name(); }
                }
                @CoroutineFn static Object run() {
                    Base b = new Derived();
                    return b.twice(4) + b.name() + new Base().name() + b.viaOwn() + Base.kind()
                            + ((Base) b).own(1);
                }
                """);
    }

    @Test
    void interfacesWithDefaultStaticAndPrivateMethods() {
        same("""
                interface Reader {
                    @CoroutineFn int read(int n) throws Exception;
                    @CoroutineFn default long two(int n) throws Exception {
                            return (long) read(n) + helper(n + 1) + fixed(); }
                    @CoroutineFn private int helper(int n) throws Exception { Coroutine.yield();
                            return read(n) * 10; }
                    @CoroutineFn static int fixed() { Coroutine.yield(); return 7; }
                }
                interface Loud extends Reader {
                    @CoroutineFn default long two(int n) throws Exception {
                            return Reader.super.two(n) + 100000; }
                }
                static class Disk implements Reader { int base = 100; public int read(int n) {
                        Coroutine.yield(); return base + n; } }
                static class LoudDisk extends Disk implements Loud {
                    @CoroutineFn public long two(int n) throws Exception {
                            return Loud.super.two(n) + i(1000000); }
                }
                @CoroutineFn static Object run() throws Exception {
                    Reader r = new Disk(); Reader q = new LoudDisk();
                    return r.read(1) + " " + r.two(5) + " " + q.two(5) + " " + Reader.fixed();
                }
                """);
    }

    @Test
    void genericMethodsCalledThroughBridges() {
        same("""
                interface Source<T> { @CoroutineFn T next(T last) throws Exception; }
                static class Texts implements Source<String> {
                    @CoroutineFn public String next(String last) { Coroutine.yield(); return last + "n"; }
                }
                static abstract class Numbers<N extends Number> { @CoroutineFn abstract N get();
                        @CoroutineFn Number raw() { return get(); } }
                static class Ints extends Numbers<Integer> { @Override @CoroutineFn Integer get() {
                        return i(42); } }
                @CoroutineFn static Object run() throws Exception {
                    Source<String> s = new Texts(); Numbers<?> n = new Ints();
                    return s.next("a") + n.get() + n.raw();
                }
                """);
    }

    @Test
    void bridgesHaveNoFramesOfTheirOwn() {
        Program program = Program.of("""
                interface Source<T> { @CoroutineFn T next(T last) throws Exception; }
                static class Texts implements Source<String> {
                    @CoroutineFn public String next(String last) { Coroutine.yield(); return last + "n"; }
                }
                @CoroutineFn static Object run() throws Exception { Source<String> s = new Texts();
                        return s.next("a"); }
                """);
        List<String> made = new ArrayList<>(program.weave().classes().keySet());
        made.removeIf(each -> !each.startsWith("t/Case$Texts"));
        assertEquals(List.of("t/Case$Texts$co$next$0", "t/Case$Texts"), made);
    }

    @Test
    void variableArguments() {
        same("""
                @CoroutineFn static int sum(int... all) { int t = 0; for (int each : all) t += i(each);
                        return t; }
                @SafeVarargs @CoroutineFn static <T> String join(String by, T... all) {
                    String s = ""; for (T each : all) s += o(each) + by; return s; }
                @CoroutineFn static Object run() { return sum() + sum(i(1), 2, i(3)) + join(o("-"), "a",
                        o("b"), 3) + join("x"); }
                """);
    }

    @Test
    void recordsAndEnums() {
        same("""
                record Point(int x, long y) { @CoroutineFn Point moved(int by) {
                        return new Point(x + i(by), y + l(by)); } }
                enum Op { ADD { @CoroutineFn int apply(int a, int b) { return i(a) + i(b); } },
                    MUL { @CoroutineFn int apply(int a, int b) { Coroutine.yield(); return a * b; } };
                    @CoroutineFn abstract int apply(int a, int b);
                    @CoroutineFn String show(int a) { return name() + apply(a, a); } }
                @CoroutineFn static Object run() {
                    String all = ""; for (Op op : Op.values()) all += op.apply(3, 4) + op.show(5);
                    return all + new Point(1, 2).moved(3).moved(4);
                }
                """);
    }

    @Test
    void aMarkedMethodWithoutSites() {
        same("""
                @CoroutineFn static int nothing(int a, double b) { return a + (int) b; }
                @CoroutineFn static synchronized int locked(int a) { return a + 1; }
                @CoroutineFn static Object run() { Coroutine.yield(); int r = nothing(i(1), 2.5) + locked(3);
                        Coroutine.yield(); return r; }
                """);
    }

    @Test
    void monitorsThatAreNotHeldAtTheYield() {
        same("""
                @CoroutineFn static Object run() {
                    Object lock = new Object(); int n = i(1);
                    synchronized (lock) { n += 2; synchronized (Case.class) { n *= 3; } }
                    Coroutine.yield();
                    for (int k = 0; k < 3; k++) { synchronized (lock) { if (k == 1) continue; n++;
                            } n += i(k); }
                    try { synchronized (lock) { throw new IllegalStateException("s"); } }
                    catch (IllegalStateException e) { n += i(100); }
                    return n + " " + Thread.holdsLock(lock);
                }
                """);
    }
}
