package dev.pirn.weavertest;

import static dev.pirn.weavertest.Same.same;

import org.junit.jupiter.api.Test;

/** Exceptions are caught where they would be caught, finally blocks run once. */
class ExceptionsTest {
    @Test
    void thrownByACalleeAfterItWasSuspended() {
        same("""
                @CoroutineFn static String one(Exception e) {
                    String r = "start";
                    try { r += thrown(e); } catch (IllegalStateException s) {
                            r += " state " + s.getMessage(); }
                    catch (RuntimeException s) { r += " runtime"; Coroutine.yield(); }
                    catch (Exception s) { r += " other"; }
                    return r;
                }
                @CoroutineFn static Object run() {
                    log(one(new IllegalStateException("m")));
                    log(one(new IllegalArgumentException("n")));
                    return one(new Exception("o"));
                }
                """);
    }

    @Test
    void yieldInsideOfAFinallyBlock() {
        same("""
                @CoroutineFn static int f(int k) throws Exception {
                    int r = k;
                    try {
                        if (k == 0) return r = i(10);
                        if (k == 1) thrown(new Exception("one"));
                        r += 5;
                    } catch (RuntimeException e) {
                        log("never");
                    } finally {
                        Coroutine.yield();
                        log("finally" + r);
                        if (k == 2) r = i(99);
                    }
                    return r;
                }
                @CoroutineFn static Object run() throws Exception {
                    log(f(0));
                    try { f(1); } catch (Exception e) { log(e.getMessage()); }
                    log(f(2));
                    return f(3);
                }
                """);
    }

    @Test
    void nestedHandlersAndRethrows() {
        same("""
                @CoroutineFn static String f(int k) throws Exception {
                    String r = "";
                    try {
                        try {
                            r += i(1);
                            try { if (k > 0) thrown(new IllegalStateException("a" + k)); r += "x"; }
                            finally { r += o("f1"); if (k > 2) thrown(new Exception("from finally")); }
                        } catch (IllegalStateException e) {
                            r += o(e.getMessage());
                            if (k == 2) throw new IllegalArgumentException(r, e);
                        } finally { r += o("f2"); }
                    } catch (IllegalArgumentException e) { r += "outer" + i(3) + e.getCause().getMessage(); }
                    return r;
                }
                @CoroutineFn static Object run() throws Exception {
                    for (int k = 0; k < 4; k++) {
                        try { log(f(k)); } catch (Exception e) { log("out " + e.getMessage()); }
                    }
                    return "end";
                }
                """);
    }

    @Test
    void tryWithResourcesThatYield() {
        same("""
                record Res(String name, boolean fails) implements AutoCloseable {
                    @CoroutineFn Res { log("open " + name); }
                    @CoroutineFn public void close() throws Exception {
                        log("close " + o(name));
                        if (fails) thrown(new Exception("close " + name));
                    }
                }
                @CoroutineFn static Res open(String n, boolean f) { Coroutine.yield(); return new Res(n, f); }
                @CoroutineFn static int use(boolean bodyFails, boolean closeFails) throws Exception {
                    try (Res a = open("a", closeFails); Res b = open("b", false); Res none = null) {
                        log(a.name() + o(b.name()) + none);
                        if (bodyFails) thrown(new Exception("body"));
                        return i(1);
                    }
                }
                @CoroutineFn static Object run() {
                    for (int k = 0; k < 4; k++) {
                        try { log(use((k & 1) != 0, (k & 2) != 0)); }
                        catch (Exception e) { log(e.getMessage() + Arrays.toString(e.getSuppressed()));
                                Coroutine.yield(); }
                    }
                    return "end";
                }
                """.replace("@CoroutineFn Res {", "Res {"));
    }

    @Test
    void throughManyFramesOneOfWhichCatches() {
        same("""
                @CoroutineFn static int deep(int d) throws Exception {
                    if (d == 0) { Coroutine.yield(); throw new Exception("deep"); }
                    if (d == 3) { try { return deep(d - 1); } catch (Exception e) { Coroutine.yield();
                            return 30; } }
                    try { return deep(d - 1) + 1; } finally { log("u" + d); }
                }
                @CoroutineFn static Object run() throws Exception { log(deep(6)); return deep(2); }
                """);
    }

    @Test
    void outOfTheCoroutine() {
        same("""
                @CoroutineFn static Object run() throws Exception { Coroutine.yield(); i(1);
                        throw new Exception("out"); }
                """);
    }

    @Test
    void localsAreAsTheyWereWhenItWasThrown() {
        same("""
                @CoroutineFn static Object run() throws Exception {
                    int n = 0; long w = 1; String s = null; Object o = "o";
                    for (int k = 0; k < 4; k++) {
                        try {
                            n += i(1); s = o("s" + k); w *= l(2);
                            if (k % 2 == 0) thrown(new Exception(s));
                            o = null; n += 10; i(0);
                            o = s;
                        } catch (Exception e) {
                            n += 100; log(e.getMessage() + n + w + s + o);
                        }
                    }
                    return n + s + w + o;
                }
                """);
    }
}
