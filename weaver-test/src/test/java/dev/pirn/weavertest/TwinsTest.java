package dev.pirn.weavertest;

import static dev.pirn.weavertest.Same.same;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.pirn.Backend;
import dev.pirn.weaver.Message;
import dev.pirn.weaver.Weaver;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** That a call reaches the right twin, through interfaces, superclasses and bridges. */
class TwinsTest {
    @Test
    void superOfAMethodThatNeverYields() {
        same("""
                static class Base { @CoroutineFn int of(int n) { return n + 1; } }
                static class Sub extends Base { @Override @CoroutineFn int of(int n) { log("sub");
                    return super.of(i(n)) * 10; } }
                static class Third extends Sub { @Override @CoroutineFn int of(int n) { log("third");
                    return super.of(n) + i(1); } }
                @CoroutineFn static Object run() { Base b = new Sub(), c = new Third();
                    return b.of(1) + " " + c.of(2) + " " + new Base().of(i(3)); }
                """);
    }

    @Test
    void superOfADefaultThatNeverYields() {
        same("""
                interface Face { @CoroutineFn default String say(String s) { return s + "!"; } }
                interface Other { @CoroutineFn default String say(String s) { return s + "?"; } }
                static class Impl implements Face, Other { public String say(String s) {
                    log("impl"); return Face.super.say(o(s)) + Other.super.say(s); } }
                interface Lower extends Face { @CoroutineFn default String say(String s) {
                    return "lower " + Face.super.say(o(s)); } }
                @CoroutineFn static Object run() { Face f = new Impl(); Face g = new Lower() { };
                    return f.say("a") + g.say("b"); }
                """);
    }

    @Test
    void defaultsOfTwoInterfacesMeet() {
        same("""
                interface A { @CoroutineFn int of(int n); }
                interface B { @CoroutineFn int of(int n); }
                interface C extends A, B { }
                interface D extends B { @CoroutineFn default int of(int n) { return i(n) + 100; } }
                static abstract class Abstract implements A, B { }
                static class Impl extends Abstract { public int of(int n) { return i(n); } }
                static class Sub extends Abstract implements C { public int of(int n) { return -i(n); } }
                static class Plain { public int of(int n) { return n * 2; } }
                static class Both extends Plain implements A, B { }
                static class Lower extends Both { @Override public int of(int n) { return super.of(i(n)) + 7;
                    } }
                @CoroutineFn static int a(A a, int n) { return a.of(n); }
                @CoroutineFn static int b(B b, int n) { return b.of(n); }
                @CoroutineFn static Object run() {
                    C lambda = n -> i(n) * 3; B d = new D() { };
                    return a(new Impl(), 1) + " " + b(new Impl(), 2) + " " + b(new Sub(), 3) + " "
                            + a(lambda, 4) + b(lambda, 5)
                            + " " + d.of(6) + " " + a(new Both(), 7) + b(new Both(), 8) + " "
                                    + a(new Lower(), 9) + b(new Lower(), 10)
                            + new Lower().of(11);
                }
                """);
    }

    @Test
    void aSuperclassImplementsWhatItDoesNotKnowOf() {
        same("""
                interface Face { @CoroutineFn int of(int n); }
                static class Base { public int of(int n) { return n + 1; } }
                static class Impl extends Base implements Face { }
                static class Marked { @CoroutineFn public int of(int n) { return i(n) + 2; } }
                static class Impl2 extends Marked implements Face { }
                static class Lower extends Impl { @Override public int of(int n) { return super.of(i(n)) * 2;
                    } }
                static class Lower2 extends Impl2 { @Override public int of(int n) {
                    return super.of(i(n)) * 2; } }
                @CoroutineFn static int f(Face f, int n) { return f.of(n); }
                @CoroutineFn static Object run() {
                    return f(new Impl(), i(1)) + " " + f(new Impl2(), 2) + " " + f(new Lower(), 3) + " "
                            + f(new Lower2(), 4);
                }
                """);
    }

    @Test
    void covariantResultsAndGenericArguments() {
        same("""
                interface Source<T> { @CoroutineFn T next(T last); }
                interface Texts extends Source<String> { String next(String last); }
                interface Loud extends Texts { @Override default String next(String last) {
                    return o(last) + "!"; } }
                static class Base implements Cloneable { @CoroutineFn Object copy() { Coroutine.yield();
                    return "base"; }
                    @CoroutineFn Number count(long n) { return l(n); } }
                static class Sub extends Base { @Override String copy() { return o("sub") + super.copy(); }
                    @Override Integer count(long n) { return i((int) n) + super.count(n).intValue(); } }
                static class Third extends Sub { @Override String copy() { return "third " + super.copy(); } }
                static abstract class Node<N extends Node<N>> { @CoroutineFn abstract N with(N n);
                    @CoroutineFn N twice(N n) { return with(n).with(n); } }
                static class Leaf extends Node<Leaf> { int k; Leaf(int k) { this.k = k; }
                    @Override Leaf with(Leaf n) { return new Leaf(i(k) + n.k); } }
                @CoroutineFn static Object run() {
                    Source<String> s = new Loud() { }; Texts t = last -> o(last) + "t"; Source<String> u = t;
                    Base b = new Third();
                    return s.next("a") + t.next("b") + u.next("c") + b.copy() + b.count(5)
                            + new Sub().count(6) + new Sub().copy()
                            + new Leaf(1).twice(new Leaf(2)).k;
                }
                """);
    }

    @Test
    void aPublicMethodOfAHiddenClass() {
        same("""
                static class Hidden { @CoroutineFn public int of(int n) { return i(n) + 1; }
                    @CoroutineFn public int none(int n) { return n; } }
                public static class Open extends Hidden { }
                static class Sub extends Open { @Override public int of(int n) { return super.of(n) + i(10); }
                    @Override public int none(int n) { return super.none(n) + i(20); } }
                @CoroutineFn static Object run() { Open o = new Open(), s = new Sub();
                    return o.of(1) + o.none(2) + s.of(3) + s.none(4); }
                """);
    }

    /** Runs {@code sources} with all but {@code plain} woven, and gives what is logged. */
    private static String run(Map<String, String> sources, Set<String> plain) {
        var all = new TreeMap<String, String>();
        sources.forEach((name, text) -> all.put(name, "package t;\nimport dev.pirn.*;\n" + text));
        Program program = Program.ofSources(all);
        List<String> names = program.plain.keySet().stream()
                .filter(each -> !plain.contains(each.substring(each.indexOf('/') + 1))).toList();
        Weaver.Result result = Weaver.weave(names, program::find, new Weaver.Options(false));
        for (Message each : result.messages()) assertEquals(Message.Severity.WARNING, each.severity());
        var classes = new HashMap<>(program.plain);
        classes.putAll(result.classes());
        return Program.run(new Program.Loader(classes), Backend.PURE);
    }

    private static final String FACE = "public interface Face { @CoroutineFn int of(int n); }";
    private static final String OTHER = "public interface Other extends Face { int of(int n); }";

    private static String call(String receivers) {
        return "public class Case { @CoroutineFn static Object run() { String s = \"\";"
                + " for (Face f : new Face[] {" + receivers + "}) {"
                + " Coroutine.yield(); s += f.of(1) + \" \"; }"
                + " return s; } }";
    }

    @Test
    void anUnwovenClassImplementsAWovenInterface() {
        String text = run(Map.of("Face", FACE, "Other", OTHER, "Case", call("new Impl(), new Impl2()"),
                "Impl", "class Impl implements Face { public int of(int n) { return n + 1; } }",
                "Impl2", "class Impl2 implements Face, Other { public int of(int n) { return n + 3; } }"),
                Set.of("Impl", "Impl2"));
        assertEquals("| | 2 4  |", text);
    }

    @Test
    void anUnwovenClassExtendsAWovenAbstractOne() {
        String text = run(Map.of("Face", FACE, "Case", call("new Impl(), new Sub()"),
                "Base", """
                        abstract class Base implements Face {
                            @CoroutineFn abstract int own(int n);
                            public int of(int n) { Coroutine.yield(); return own(n) * 10; }
                        }
                        """,
                "Impl", "class Impl extends Base { int own(int n) { return n + 1; } }",
                "Sub", """
                        class Sub extends Impl {
                            public int of(int n) { return -super.of(n); }
                            int own(int n) { return n + 4; }
                        }
                        """), Set.of("Impl"));
        assertEquals("| | | | 20 -50  |", text);
    }

    @Test
    void anUnwovenClassOverridesAMethodThatNeverYields() {
        String text = run(Map.of("Face", FACE, "Case", call("new Base(), new Impl(), new Lower()"),
                "Base", "class Base implements Face { public int of(int n) { return n + 1; } }",
                "Impl", "class Impl extends Base { public int of(int n) { return super.of(n) * 10; } }",
                "Lower", """
                        class Lower extends Impl {
                            public int of(int n) { Coroutine.yield(); return super.of(n) + 5; }
                        }
                        """), Set.of("Impl"));
        assertEquals("| | | | 2 20 25  |", text);
    }

    @Test
    void twoInterfacesMeetWhereTheMarkedSuperclassIsNotWoven() {
        String text = run(Map.of("Face", FACE, "Case", call("new Impl()"),
                "Second", "interface Second { @CoroutineFn int of(int n); }",
                "Base", "class Base { @CoroutineFn public int of(int n) { return n + 1; } }",
                "Impl", "class Impl extends Base implements Face, Second { }"), Set.of("Base"));
        assertEquals("| 2  |", text);
    }
}
