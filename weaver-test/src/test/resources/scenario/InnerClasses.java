package scenario;

import static dev.pirn.weavertest.Trace.log;
import static scenario.Late.late;

import dev.pirn.Coroutine;
import dev.pirn.CoroutineEntry;
import dev.pirn.CoroutineFn;

/** Inner, anonymous and local classes reach what is around them, private members too. */
public class InnerClasses implements CoroutineEntry {
    private int count = 1;

    private abstract static class Shape {
        @CoroutineFn
        abstract double area();

        @CoroutineFn
        protected double half() {
            return area() / late(2);
        }
    }

    class Inner {
        private int own = 10;

        class Deeper {
            @CoroutineFn
            int sum() {
                count += late(1);
                own += late(count);
                return InnerClasses.this.count + Inner.this.own + hidden(own);
            }
        }
    }

    static final class Nested {
        private Nested() { }

        @CoroutineFn
        private String secret() {
            return late("secret");
        }

        @CoroutineFn
        private static String shared() {
            return late("shared");
        }
    }

    @CoroutineFn
    private int hidden(int n) {
        Coroutine.yield();
        return n * 1000;
    }

    @CoroutineFn
    private Shape anonymous(double side) {
        double factor = late(2.0);
        return new Shape() {
            private double kept = side;

            {
                kept *= factor;
            }

            @Override
            @CoroutineFn
            double area() {
                kept += late(side);
                return kept * factor + count;
            }
        };
    }

    @CoroutineFn
    private int local(int n) {
        int captured = late(n);
        class Local {
            final int field = captured + 1;

            @CoroutineFn
            int get() {
                return late(field) + captured + hidden(count);
            }

            @CoroutineFn
            Local next() {
                return late(new Local());
            }
        }
        record Two(int a, int b) {
            @CoroutineFn
            int sum() {
                return late(a) + late(b);
            }
        }
        interface Op {
            @CoroutineFn
            int op(int x);
        }
        enum Kind {
            ADD;

            @CoroutineFn
            int of(int x) {
                return late(x) + ordinal() + 1;
            }
        }
        Op op = x -> Kind.ADD.of(x) + captured;
        return new Local().next().get() + new Two(late(1), 2).sum() + op.op(late(3));
    }

    @Override
    @CoroutineFn
    public void run() {
        Inner inner = new Inner();
        Inner.Deeper deeper = late(inner).new Deeper();
        log(deeper.sum());
        log(deeper.sum());
        log(new Nested().secret() + Nested.shared());
        Shape shape = anonymous(late(3.0));
        log(shape.area() + shape.half());
        log(local(5));
        new Object() {
            int depth;

            @CoroutineFn
            void down(int n) {
                depth += late(n);
                if (n > 0) down(n - 1);
                log("anonymous" + depth);
            }
        }.down(2);
    }
}
