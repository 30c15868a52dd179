package scenario;

import static dev.pirn.weavertest.Trace.log;
import static scenario.Late.late;

import dev.pirn.CoroutineEntry;
import dev.pirn.CoroutineFn;

/** Classes that nobody wove override coroutine functions, and implement them, without suspending. */
public class UnwovenSubclass implements CoroutineEntry {
    interface Reader {
        @CoroutineFn
        int read(int n);

        @CoroutineFn
        default int twice(int n) {
            return read(n) + late(read(n));
        }
    }

    static class Base implements Reader {
        @Override
        @CoroutineFn
        public int read(int n) {
            return late(n);
        }

        @CoroutineFn
        String name() {
            return late("base") + read(1);
        }

        @CoroutineFn
        long wide(int a, double b, Object... c) {
            return late(a) + (long) b + c.length;
        }
    }

    static class Woven extends Base {
        @Override
        @CoroutineFn
        String name() {
            return "woven " + super.name();
        }
    }

    /** Not woven. */
    static class PlainReader implements Reader {
        @Override
        public int read(int n) {
            return -n;
        }
    }

    /** Not woven. */
    static class PlainSub extends Woven {
        @Override
        public int read(int n) {
            return -n;
        }

        @Override
        long wide(int a, double b, Object... c) {
            if (a > 100) throw new IllegalArgumentException("plain " + a);
            return -a;
        }
    }

    /** Not woven; below it a woven one. */
    static class PlainMiddle extends Base {
        @Override
        String name() {
            return "middle";
        }
    }

    static class WovenAgain extends PlainMiddle {
        @Override
        @CoroutineFn
        String name() {
            return late("again ") + super.name() + read(late(8));
        }
    }

    @Override
    @CoroutineFn
    public void run() {
        Reader lambda = n -> late(n) + 100;
        Reader[] readers = {new Base(), new PlainReader(), new PlainSub(), lambda, new WovenAgain()};
        for (Reader each : readers) log(each.read(1) + each.twice(late(2)));
        Base[] all = {new Base(), new Woven(), new PlainSub(), new PlainMiddle(), new WovenAgain()};
        for (Base each : all) log(each.name() + each.wide(1, late(2.0), "x"));
        try {
            new PlainSub().wide(late(101), 0);
        } catch (IllegalArgumentException e) {
            log(e.getMessage());
        }
    }
}
