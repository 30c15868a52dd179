package dev.pirn.weavertest;

import static dev.pirn.weavertest.Same.same;

import org.junit.jupiter.api.Test;

/** Control goes where it would go in the plain method: loops, switches, conditions. */
class FlowTest {
    @Test
    void nestedLoopsWithLabels() {
        same("""
                @CoroutineFn static Object run() {
                    int t = 0;
                    outer: for (int k = 0; k < 7; k++) {
                        int j = k;
                        while (true) {
                            if (j > 4) continue outer;
                            if (t > 40) break outer;
                            t += i(k) + i(j);
                            j++;
                        }
                    }
                    do { t--; Coroutine.yield(); } while (t > 35);
                    for (String s : List.of("a", "b")) for (int q : new int[] {1, i(2)}) log(s + o(s) + q);
                    return t;
                }
                """);
    }

    @Test
    void aLoopThatBeginsTheMethod() {
        same("""
                @CoroutineFn static int down(int n) { while (n > 0) { Coroutine.yield(); n--; } return n; }
                @CoroutineFn static int forever(int n) { do { if (n-- == 0) return n; Coroutine.yield();
                        } while (true); }
                @CoroutineFn static Object run() { return down(3) + forever(2); }
                """);
    }

    @Test
    void tableAndLookupSwitches() {
        same("""
                @CoroutineFn static int table(int k) {
                    switch (k) {
                        case 0: Coroutine.yield(); return 1;
                        case 1: k += i(1);
                        case 2: k += i(2); break;
                        case 4: { long w = l(k); k = (int) w + i(1); break; }
                        default: return table(k - 1) + 100;
                    }
                    return k;
                }
                @CoroutineFn static String lookup(int k) {
                    return switch (k) {
                        case -1000 -> { Coroutine.yield(); yield "low"; }
                        case 7 -> o("seven");
                        case 1_000_000 -> "high" + i(k);
                        default -> { String s = o("d"); yield s + lookup(7); }
                    };
                }
                @CoroutineFn static Object run() {
                    for (int k = 0; k < 7; k++) log(table(i(k)));
                    for (int k : new int[] {-1000, 7, 1_000_000, 3}) log(lookup(k));
                    return "end";
                }
                """);
    }

    @Test
    void switchesOverTextsEnumsAndPatterns() {
        same("""
                enum Colour { RED, GREEN { @Override @CoroutineFn int weight() { return i(20); } };
                    @CoroutineFn int weight() { Coroutine.yield(); return 10; } }
                sealed interface Shape permits Circle, Square, Pair {}
                record Circle(double r) implements Shape {}
                record Square(int side) implements Shape {}
                record Pair(Shape a, Shape b) implements Shape {}
                @CoroutineFn static String text(String s) {
                    return switch (o(s)) { case "a", "b" -> s + i(1); case "Aa" -> o("x"); case "BB" -> "y";
                            default -> "?"; };
                }
                @CoroutineFn static int colour(Colour c) {
                    switch (c) { case RED: return i(1) + c.weight(); case GREEN: return c.weight();
                            default: return 0; }
                }
                @CoroutineFn static double area(Shape s) {
                    return switch (s) {
                        case Circle(double r) when d(r) > 2 -> 100 + d(r);
                        case Circle c -> d(c.r());
                        case Square(int side) -> i(side) * side;
                        case Pair(Circle(var r), Square q) -> d(r) + area(q);
                        case Pair(var a, var b) -> area(a) + area(b);
                    };
                }
                @CoroutineFn static String kind(Object x) {
                    return switch (x) {
                        case null -> o("null");
                        case Integer n when n > 5 -> "big" + i(n);
                        case Integer n -> "int" + n;
                        case String s -> o(s);
                        default -> { Coroutine.yield(); yield "other"; }
                    };
                }
                @CoroutineFn static Object run() {
                    for (String s : new String[] {"a", "b", "Aa", "BB", "c"}) log(text(s));
                    for (Colour c : Colour.values()) log(colour(c));
                    log(area(new Pair(new Pair(new Circle(3), new Square(2)), new Pair(new Square(3),
                            new Circle(1)))));
                    for (Object x : new Object[] {null, 6, 5, "s", 2.0}) log(kind(x));
                    return o("i") instanceof String s && i(s.length()) == 1 ? s : "no";
                }
                """);
    }

    @Test
    void conditionsWithinConditions() {
        same("""
                @CoroutineFn static Object run() {
                    String all = "";
                    for (int k = 0; k < 8; k++) {
                        boolean a = (k & 1) != 0, b = (k & 2) != 0, c = (k & 4) != 0;
                        all += z(a) && z(b) || !z(c) ? z(a) ? i(1) : i(2) + (z(b) ? i(3) : 4) : z(b) ^ z(c)
                                ? 5 : i(6);
                    }
                    return all;
                }
                """);
    }

    @Test
    void recursionToSomeDepth() {
        same("""
                @CoroutineFn static long fib(int n) { return n < 2 ? l(n) : fib(n - 1) + fib(n - 2); }
                @CoroutineFn static Object run() { return fib(10); }
                """);
    }

    @Test
    void aCoroutineWithinACoroutine() {
        same("""
                static class In implements CoroutineEntry {
                    int got;
                    @CoroutineFn public void run() { log("in1"); Coroutine.yield(); got = i(4); log("in2"); }
                }
                @CoroutineFn static Object run() {
                    In in = new In();
                    Coroutine c = Coroutine.create(Coroutine.self() == null ? null : Backend.THREAD, "in",
                            in);
                    while (c.state() != Coroutine.State.DONE) { c.enter(); log("back"); Coroutine.yield(); }
                    return in.got + " " + Coroutine.inCoroutine() + (Coroutine.self().name());
                }
                """);
    }
}
