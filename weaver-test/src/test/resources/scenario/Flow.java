package scenario;

import static dev.pirn.weavertest.Trace.log;
import static scenario.Late.late;

import dev.pirn.Coroutine;
import dev.pirn.CoroutineEntry;
import dev.pirn.CoroutineFn;

/** Labelled breaks and continues, loops of every kind, switches that fall through, nested conditions. */
public class Flow implements CoroutineEntry {
    @CoroutineFn
    private static void plain() {
        for (int i = 0; i < 3; i++) {
            log("i" + i);
            Coroutine.yield();
        }
    }

    @CoroutineFn
    private static int labels(int n) {
        int t = 0;
        outer: for (int i = 0; i < n; i++) {
            int j = i;
            while (true) {
                if (j > 4) continue outer;
                if (t > 40) break outer;
                t += late(i) + late(j);
                j++;
            }
        }
        do {
            t--;
            Coroutine.yield();
        } while (t > 35);
        block: {
            if (late(t) > 30) break block;
            t = late(1000);
        }
        return t;
    }

    @CoroutineFn
    private static int table(int k) {
        switch (k) {
            case 0:
                Coroutine.yield();
                return 1;
            case 1:
                k += late(2);
            case 2:
                k += late(4);
                break;
            case 4: {
                long w = late((long) k);
                k = (int) w + late(1);
                break;
            }
            default:
                return table(k - 1) + 100;
        }
        return k;
    }

    @CoroutineFn
    private static String lookup(int k) {
        return switch (k) {
            case Integer.MIN_VALUE -> {
                Coroutine.yield();
                yield "low";
            }
            case 7 -> late("seven");
            case 1_000_000 -> "high" + late(k);
            default -> {
                String s = late("d");
                try {
                    yield s + lookup(7);
                } finally {
                    log(late("f"));
                }
            }
        };
    }

    @CoroutineFn
    private static String conditions(boolean a, boolean b, boolean c) {
        String all = late(a) && late(b) || !late(c)
                ? late(a) ? "1" : late("2") + (late(b) ? 3 : late(4)) : "5";
        if (a ? late(b) : late(c)) all += "t";
        if (!(late(a) || b) && (c | late(b)) != late(a)) all += "u";
        boolean kept = late(a) ^ b && late(c);
        while (kept && late(all).length() < 4) all += "w";
        return all + (kept ? 1 : late(2) > 1 ? 'x' : late('y')) + (a ? late(1) : late(2.5));
    }

    @Override
    @CoroutineFn
    public void run() {
        plain();
        log(labels(7));
        for (int k = 0; k < 7; k++) log(table(late(k)));
        for (int k : new int[] {Integer.MIN_VALUE, 7, 1_000_000, 3}) log(lookup(k));
        for (int k = 0; k < 8; k++) log(conditions((k & 1) != 0, (k & 2) != 0, (k & 4) != 0));
        int x = late(3), y = switch (late(x)) {
            case 3 -> late(4) + switch (late("a")) {
                case "a" -> late(5);
                default -> 6;
            };
            default -> 7;
        };
        log(x * 10 + y + (late(x) > switch (y) { case 9 -> late(2); default -> 4; } ? 100 : 200));
    }
}
