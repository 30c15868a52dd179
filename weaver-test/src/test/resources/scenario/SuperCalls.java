package scenario;

import static dev.pirn.weavertest.Trace.log;
import static scenario.Late.late;

import dev.pirn.CoroutineEntry;
import dev.pirn.CoroutineFn;
import scenario.far.Protected;

/** Calls of super's methods: over several levels, of another package, from lambdas and inner classes. */
public class SuperCalls implements CoroutineEntry {
    interface Text {
        @CoroutineFn
        String get();
    }

    abstract static class Base {
        @CoroutineFn
        abstract String name(String s);

        @CoroutineFn
        protected double half(double d) {
            return late(d) / 2;
        }
    }

    static class Derived extends Base {
        @Override
        @CoroutineFn
        String name(String s) {
            return late(s) + "!" + half(3) + super.half(4);
        }

        @Override
        @CoroutineFn
        protected double half(double d) {
            return super.half(d) + late(1);
        }
    }

    static class Unchanged extends Derived { }

    static class Last extends Unchanged {
        @Override
        @CoroutineFn
        protected double half(double d) {
            Text more = () -> "lambda" + super.half(d);
            log(more.get());
            Text anonymous = new Text() {
                @Override
                @CoroutineFn
                public String get() {
                    return "anonymous" + Last.super.half(late(d));
                }
            };
            log(anonymous.get());
            return d;
        }
    }

    static class Far extends Protected {
        @Override
        @CoroutineFn
        protected String hook(String s) {
            Text text = () -> super.hook(s + "lambda");
            Text reference = this::other;
            return "far " + super.hook(late(s)) + shared(field) + text.get() + reference.get();
        }

        @CoroutineFn
        private String other() {
            field = late(9);
            return hookOf(this);
        }

        @CoroutineFn
        private static String hookOf(Far far) {
            return far.field < 9 ? far.hook("x") : late("end");
        }

        /** Does not override: the other is of another package. */
        @CoroutineFn
        String near() {
            return late("not near");
        }
    }

    @Override
    @CoroutineFn
    public void run() {
        log(new Derived().name("a"));
        Base last = late(new Last());
        log(last.name("b"));
        log(new Far().all() + new Far().near());
    }
}
