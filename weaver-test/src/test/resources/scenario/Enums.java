package scenario;

import static dev.pirn.weavertest.Trace.log;
import static scenario.Late.late;

import dev.pirn.Coroutine;
import dev.pirn.CoroutineEntry;
import dev.pirn.CoroutineFn;
import java.util.EnumMap;

/** Enums whose constants have bodies; switches over them. */
public class Enums implements CoroutineEntry {
    enum Op {
        ADD {
            @Override
            @CoroutineFn
            int apply(int a, int b) {
                return late(a) + late(b);
            }
        },
        MULTIPLY {
            @Override
            @CoroutineFn
            int apply(int a, int b) {
                return late(a) * b;
            }

            @Override
            @CoroutineFn
            String show(int a) {
                return "times " + super.show(a);
            }
        },
        NEGATE {
            @Override
            int apply(int a, int b) {
                return -a;
            }
        };

        @CoroutineFn
        abstract int apply(int a, int b);

        @CoroutineFn
        String show(int a) {
            return name() + late(apply(a, a));
        }
    }

    enum Planet {
        EARTH(1.0), MARS(0.1);

        private final double mass;

        Planet(double mass) {
            this.mass = mass;
        }

        @CoroutineFn
        static Planet heaviest() {
            Planet best = null;
            for (Planet each : values()) if (best == null || late(each.mass) > best.mass) best = each;
            return best;
        }
    }

    @CoroutineFn
    private static int old(Op op) {
        int n = 0;
        switch (late(op)) {
            case ADD:
                n += late(1);
            case MULTIPLY:
                Coroutine.yield();
                n += op.apply(3, 4);
                break;
            default:
                return late(-1);
        }
        return n;
    }

    @CoroutineFn
    private static String arrows(Op op) {
        return switch (op) {
            case ADD, NEGATE -> op.show(late(5));
            case MULTIPLY -> {
                int n = late(op.ordinal());
                yield op.show(n) + n;
            }
        };
    }

    @Override
    @CoroutineFn
    public void run() {
        var seen = new EnumMap<Op, String>(Op.class);
        for (Op op : Op.values()) seen.put(op, old(op) + arrows(op) + op.show(7));
        log(seen);
        log(Planet.heaviest() + Op.valueOf(late("ADD")).show(1));
        try {
            log(arrows(late((Op) null)));
        } catch (NullPointerException e) {
            log("null");
        }
    }
}
