package scenario;

import static dev.pirn.weavertest.Trace.log;
import static scenario.Late.late;

import dev.pirn.Coroutine;
import dev.pirn.CoroutineEntry;
import dev.pirn.CoroutineFn;
import java.util.List;

/** Switches and instanceof over patterns, with guards and deconstructed accessors that suspend. */
public class Patterns implements CoroutineEntry {
    sealed interface Shape permits Circle, Square, Pair, Nothing { }

    record Circle(double r) implements Shape { }

    record Square(int side) implements Shape {
        @Override
        public int side() {
            if (side < 0) throw new IllegalStateException("side");
            return side;
        }
    }

    record Pair(Shape a, Shape b) implements Shape { }

    enum Nothing implements Shape { NOTHING }

    @CoroutineFn
    private static boolean large(double r) {
        Coroutine.yield();
        return r > 2;
    }

    @CoroutineFn
    private static double area(Shape shape) {
        return switch (shape) {
            case Circle(double r) when large(r) -> 100 + late(r);
            case Circle c -> late(c.r());
            case Square(int side) when late(side) > 5 && large(side) -> side;
            case Square(int side) -> late(side) * side;
            case Pair(Circle(var r), Square q) -> late(r) + area(q);
            case Pair(Pair(var a, _), Pair(_, var d)) when area(a) == area(d) -> -1;
            case Pair(var a, var b) -> area(a) + area(b);
            case Nothing.NOTHING -> {
                Coroutine.yield();
                yield 0.5;
            }
        };
    }

    @CoroutineFn
    private static String kind(Object x) {
        return switch (x) {
            case null -> late("null");
            case Integer n when n > 5 -> "big" + late(n);
            case Integer n -> "int" + n;
            case String s when s.length() > late(2) -> late(s).substring(1);
            case String s -> s;
            case int[] a when a.length > 0 -> "ints" + late(a[0]);
            case List<?> all when !all.isEmpty() && kind(all.getFirst()) instanceof String s -> "of " + s;
            case Character c -> "char" + late(c);
            default -> {
                Coroutine.yield();
                yield x.getClass().getSimpleName();
            }
        };
    }

    @CoroutineFn
    private static String tests(Object x) {
        if (!(late(x) instanceof Pair(Shape a, Pair(var b, Shape c)))) return "no";
        if (late(a) instanceof Square(var side) && side > late(1) && b instanceof Circle) {
            return "yes" + side + late(c);
        }
        return a + "" + late(b) + c;
    }

    @Override
    @CoroutineFn
    public void run() {
        Shape circle = new Circle(3);
        Shape square = new Square(2);
        log(area(new Pair(new Pair(circle, square), new Pair(new Square(3), new Circle(1)))));
        log(area(new Pair(new Pair(square, circle), new Pair(circle, square))));
        log(area(new Square(6)) + area(Nothing.NOTHING) + area(new Pair(circle, square)));
        try {
            area(new Pair(circle, new Square(-1)));
        } catch (MatchException e) {
            log(e.getCause().getMessage());
        }
        Object[] all = {null, 6, 5, "abc", "d", new int[] {late(1)}, new int[0], List.of(List.of('c')),
                List.of()};
        for (Object x : all) log(kind(x));
        log(tests(circle));
        log(tests(new Pair(new Square(4), new Pair(circle, square))));
        log(tests(new Pair(new Square(1), new Pair(circle, Nothing.NOTHING))));
    }
}
