package scenario;

import static dev.pirn.weavertest.Trace.log;
import static scenario.Late.late;

import dev.pirn.CoroutineEntry;
import dev.pirn.CoroutineFn;
import java.util.List;

/** Records have coroutine functions, accessors among them, and are made of late values. */
public class Records implements CoroutineEntry {
    record Point(int x, long y) {
        Point {
            if (x < 0) throw new IllegalArgumentException("x " + x);
            y = y * 2;
        }

        Point(int both) {
            this(both, both);
        }

        @CoroutineFn
        Point moved(int by) {
            return new Point(late(x) + by, late(y));
        }

        @CoroutineFn
        static Point origin() {
            return late(new Point(0));
        }
    }

    record Lazy<T extends Comparable<T>>(T value, List<T> more) {
        @Override
        @CoroutineFn
        public T value() {
            return late(value);
        }

        @CoroutineFn
        T largest() {
            T best = value();
            for (T each : more) if (late(each).compareTo(best) > 0) best = each;
            return best;
        }
    }

    interface Named {
        @CoroutineFn
        String name();
    }

    /** Its accessor implements a coroutine function, and does not suspend. */
    record Person(String name, int age) implements Named { }

    @Override
    @CoroutineFn
    public void run() {
        log(new Point(late(1), late(2L)).moved(3).moved(late(4)));
        log(Point.origin().moved(1).equals(late(new Point(1))));
        try {
            log(new Point(late(-1)));
        } catch (IllegalArgumentException e) {
            log(e.getMessage());
        }
        log(new Lazy<>(late("b"), List.of("a", "c")).largest());
        log(new Lazy<>(late(1), List.of()).value() + 1);
        Named named = late(new Person("Ann", late(3)));
        log(named.name() + named);
        if (late((Object) named) instanceof Person(var name, var age) && late(age) == 3) log(name + age);
    }
}
