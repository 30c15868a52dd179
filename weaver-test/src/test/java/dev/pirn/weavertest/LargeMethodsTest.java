package dev.pirn.weavertest;

import static dev.pirn.weavertest.Same.same;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.management.ManagementFactory;
import java.util.HashMap;
import org.junit.jupiter.api.Test;

/** Methods as long as the JVM allows. */
class LargeMethodsTest {
    private static String filler(int statements) {
        return "x = x * 31 + k;\n".repeat(statements);
    }

    @Test
    void jumpsOverMoreThanThirtyTwoKilobytes() {
        same("""
                @CoroutineFn static Object run() throws Exception {
                    int x = 1; String s = "";
                    for (int k = 0; i(k) < 4; k++) {
                        try {
                            if (x == 77 || s == null) { s += o("never"); continue; }
                            %s
                            if (k == 2) { %s s = s.isEmpty() ? o("e") : "n" + i(k); }
                            if (k == 1) thrown(new Exception("one"));
                        } catch (Exception e) { s += e.getMessage(); }
                    }
                    return x + s;
                }
                """.formatted(filler(5000), filler(2000)));
    }

    @Test
    void manySitesInOneMethod() {
        var text = new StringBuilder("@CoroutineFn static Object run() {\n");
        text.append("int x = 0, k = 2; String s = \"\";\n");
        for (int n = 0; n < 300; n++) text.append("x += i(%d) * k; if (x %% 7 == 0) s += x;\n".formatted(n));
        same(text + "return x + s; }");
    }

    @Test
    void analysisDoesNotGrowWithTheSquareOfTheLength() {
        var text = new StringBuilder("@CoroutineFn static Object run() { int x = 0, k = 2;\n");
        for (int n = 0; n < 700;
                n++) text.append("if (x != %d) { try { x += i(k); } finally { x--; } }\n".formatted(n));
        Program program = Program.of(text + "return x; }");
        program.weave();
        var threads = ManagementFactory.getThreadMXBean();
        long start = threads.getCurrentThreadCpuTime();
        for (int n = 0; n < 3; n++) program.weave();
        long millis = (threads.getCurrentThreadCpuTime() - start) / 3_000_000;
        assertTrue(millis < 2_000, millis + " ms");
    }

    /** A bound for a JVM that has just started: the classes have ten large methods each. */
    @Test
    void fiftyClassesAreWovenInAMoment() {
        var sources = new HashMap<String, String>();
        for (int n = 0; n < 50; n++) {
            var text = new StringBuilder("package t; import dev.pirn.*; public class C%d {\n".formatted(n));
            for (int m = 0; m < 10; m++) {
                text.append("""
                        @CoroutineFn static long m%d(int a, long b, String c) throws Exception {
                            long t = b;
                            for (int k = 0; k < a; k++) {
                                try { t += m%d(k, t, c + k) * m%d(a - k, k, c); }
                                catch (IllegalStateException e) { Coroutine.yield(); c += e.getMessage(); }
                                finally { Coroutine.yield(); }
                                if (t > 100) t -= new Long[] {m%d(k, b, c)}[0];
                            }
                            return t + c.length();
                        }
                        """.formatted(m, m, (m + 1) % 10, (m + 3) % 10));
            }
            sources.put("C" + n, text + "}");
        }
        Program program = Program.ofSources(sources);
        var threads = ManagementFactory.getThreadMXBean(); // Its own time: others may use the machine.
        long start = threads.getCurrentThreadCpuTime();
        program.weave();
        long millis = (threads.getCurrentThreadCpuTime() - start) / 1_000_000;
        assertTrue(millis < 5_000, millis + " ms");
    }
}
