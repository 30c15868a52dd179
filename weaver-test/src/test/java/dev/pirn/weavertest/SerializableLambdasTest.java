package dev.pirn.weavertest;

import static dev.pirn.weavertest.Same.same;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.pirn.Backend;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Lambdas that are more than their interface: serializable, of several interfaces, or bridged. */
class SerializableLambdasTest {
    private static final String FACES = """
            interface Fun<A, B> extends java.io.Serializable { @CoroutineFn B of(A a) throws Exception; }
            interface Task { @CoroutineFn void run() throws Exception; }
            interface Mark { default String mark() { return "marked"; } }
            interface Mark2 { }
            static byte[] written(Object o) throws Exception {
                var bytes = new java.io.ByteArrayOutputStream();
                try (var out = new java.io.ObjectOutputStream(bytes)) { out.writeObject(o); }
                return bytes.toByteArray();
            }
            @SuppressWarnings("unchecked") static <T> T copy(T o) throws Exception {
                var bytes = new java.io.ByteArrayInputStream(written(o));
                try (var in = new java.io.ObjectInputStream(bytes) {
                    @Override protected Class<?> resolveClass(java.io.ObjectStreamClass c)
                            throws ClassNotFoundException {
                        return Class.forName(c.getName(), false, Case.class.getClassLoader()); }
                }) { return (T) in.readObject(); }
            }
            """;

    @Test
    void copiesDoAsTheOriginalsDo() {
        same(FACES + """
                static class Base implements java.io.Serializable { final int k = 5;
                    @CoroutineFn int plus(int n) { Coroutine.yield(); return n + k; } }
                @CoroutineFn static Object run() throws Exception {
                    boolean z = true; byte b = 2; short h = 3; char c = 'c'; int i = 5; long l = 6;
                    float f = 7; double d = 8;
                    String s = "s"; int[] a = {9};
                    Fun<Integer, String> all = n -> o(s + n + z + b + h + c + i + l + f + d + a[0]);
                    Fun<Integer, Integer> none = n -> i(n) * 2, bound = new Base()::plus, ref = Case::i;
                    Fun<Integer, StringBuilder> made = StringBuilder::new;
                    Task task = (Task & java.io.Serializable) () -> log("task" + i(1));
                    copy(task).run();
                    return copy(all).of(1) + copy(copy(none)).of(2) + copy(bound).of(3) + copy(ref).of(4)
                            + copy(made).of(16).capacity() + (copy(none).getClass() == none.getClass());
                }
                """);
    }

    @Test
    void whatIsWrittenIsWhatTheJdksLambdasWrite() {
        same(FACES + """
                static String shown(Object o) throws Exception {
                    var m = o.getClass().getDeclaredMethod("writeReplace"); m.setAccessible(true);
                    var s = (java.lang.invoke.SerializedLambda) m.invoke(o);
                    String text = s.getCapturingClass() + " " + s.getFunctionalInterfaceClass() + " "
                            + s.getFunctionalInterfaceMethodName() + s.getFunctionalInterfaceMethodSignature()
                                    + " "
                            + s.getImplClass() + " " + s.getImplMethodName() + s.getImplMethodSignature()
                                    + " "
                            + s.getImplMethodKind() + " " + s.getInstantiatedMethodType();
                    for (int k = 0; k < s.getCapturedArgCount();
                    k++) text += " " + s.getCapturedArg(k).getClass();
                    return text + java.lang.reflect.Modifier.toString(m.getModifiers());
                }
                @CoroutineFn int own(String s) { return i(1); }
                @CoroutineFn static Object run() throws Exception {
                    int k = i(1); long w = 2; char c = 'c'; Case self = new Case();
                    Fun<String, Integer> a = s -> i(k) + (int) w + c, b = self::own, d = String::length;
                    Fun<Integer, int[]> e = int[]::new;
                    Fun<Case, String> f = Object::toString; Fun<Integer, Object> g = Object[]::new;
                    return shown(a) + "; " + shown(b) + "; " + shown(d) + "; " + shown(e) + "; " + shown(f)
                            + "; " + shown(g);
                }
                """);
    }

    @Test
    void severalInterfaces() {
        same(FACES + """
                @CoroutineFn static Object run() throws Exception {
                    int k = i(3);
                    Task t = (Task & Mark & Mark2) () -> log(i(k)); t.run();
                    Task u = (Task & Mark & java.io.Serializable) () -> log(i(4)); copy(u).run();
                    return ((Mark) t).mark() + (t instanceof Mark2) + ((Mark) copy(u)).mark()
                            + (u instanceof Mark2);
                }
                """);
    }

    @Test
    void theMarkStandsAtTheOtherInterface() {
        same(FACES + """
                interface Same { void run() throws Exception; }
                interface Both extends Same, Task { }
                @CoroutineFn static void task(Task t) throws Exception { t.run(); }
                @CoroutineFn static Object run() throws Exception {
                    Both b = () -> log(i(1)); b.run(); task(b); Both r = Coroutine::yield; task(r);
                    return "end"; }
                """);
    }

    @Test
    void bridgesOfGenericInterfaces() {
        same(FACES + """
                interface Texts extends Fun<String, String> { String of(String s) throws Exception; }
                interface One<T> { @CoroutineFn void take(T t) throws Exception; }
                interface Two { @CoroutineFn void take(String s) throws Exception; }
                interface OneTwo extends One<String>, Two { }
                interface Narrow<N extends Number> extends One<N> { void take(N n) throws Exception; }
                @CoroutineFn static <A, B> B call(Fun<A, B> f, A a) throws Exception { return f.of(a); }
                @CoroutineFn static <T> void take(One<T> one, T t) throws Exception { one.take(t); }
                @CoroutineFn static Object run() throws Exception {
                    Texts t = s -> o(s) + "t"; OneTwo x = s -> log(o(s)); OneTwo y = Case::o;
                    Narrow<Long> n = w -> log(l(w));
                    take(x, "one"); take(y, "y"); take(n, 7L); n.take(8L); Two two = x; two.take("as two");
                    return t.of("a") + call(t, "b") + call(copy(t), "c");
                }
                """);
    }

    @Test
    void aStreamFromBeforeWeavingIsRead() throws Exception {
        Program program = Program.ofSources(Map.of("Case", """
                package t;
                import dev.pirn.*;
                public class Case {
                    interface Fun extends java.io.Serializable { @CoroutineFn String of(int n); }
                    public static byte[] bytes;
                    static Fun made(String s) { return n -> { Coroutine.yield(); return s + n; }; }
                    public static void write() throws Exception {
                        var to = new java.io.ByteArrayOutputStream();
                        try (var out = new java.io.ObjectOutputStream(to)) { out.writeObject(made("was")); }
                        bytes = to.toByteArray();
                    }
                    @CoroutineFn static Object run() throws Exception {
                        try (var in = new java.io.ObjectInputStream(new java.io.ByteArrayInputStream(bytes)) {
                            @Override protected Class<?> resolveClass(java.io.ObjectStreamClass c)
                                    throws ClassNotFoundException {
                                return Class.forName(c.getName(), false, Case.class.getClassLoader());
                            }
                        }) { return ((Fun) in.readObject()).of(7); }
                    }
                }
                """));
        var plain = new Program.Loader(program.plain).loadClass("t.Case");
        plain.getMethod("write").invoke(null);
        var result = program.weave();
        assertTrue(result.messages().isEmpty(), result.messages()::toString);
        var woven = program.wovenLoader(result);
        woven.loadClass("t.Case").getField("bytes").set(null, plain.getField("bytes").get(null));
        assertEquals("| was7 |", Program.run(woven, Backend.PURE));
    }
}
