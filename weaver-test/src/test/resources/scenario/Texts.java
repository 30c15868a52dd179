package scenario;

import static dev.pirn.weavertest.Trace.log;
import static scenario.Late.late;

import dev.pirn.Coroutine;
import dev.pirn.CoroutineEntry;
import dev.pirn.CoroutineFn;

/** Switches over texts, of which some have equal hashes; texts that are put together of late parts. */
public class Texts implements CoroutineEntry {
    @CoroutineFn
    private static String old(String text) {
        String all = "";
        switch (late(text)) {
            case "a":
                all += late("first");
            case "Aa":
            case "b":
                all += late("second");
                break;
            case "BB":
                Coroutine.yield();
                return all + "third";
            default:
                all += late(text);
        }
        return all;
    }

    @CoroutineFn
    private static int arrows(String text) {
        return switch (text) {
            case "Aa", "BB" -> late(1);
            case "" -> {
                if (late(true)) yield late(2);
                yield 3;
            }
            default -> text.length() > late(1) ? arrows(text.substring(1)) : late(-1);
        };
    }

    @Override
    @CoroutineFn
    public void run() {
        for (String each : new String[] {"a", "b", "Aa", "BB", "c", ""}) log(old(each));
        log(arrows("Aa") + arrows("") * 10 + arrows("xyzBB") * 100 + arrows("q"));
        String s = "x";
        s += late(1);
        s += late('c') + late(2);
        s += s + late(s) + late(3.5f) + late((Object) null);
        log(s);
        String[] cell = {"0"};
        cell[late(0)] += late("1") + (cell[0] = "changed");
        log(cell[0]);
        log("""
                a block
                of %s""".formatted(late("text")).length());
        log(new StringBuilder().append(late(1)).append(late("b")).insert(late(0), late('z')).reverse());
        char c = 'a';
        c += late(1);
        log(c + "" + (char) (c + late(1)));
    }
}
