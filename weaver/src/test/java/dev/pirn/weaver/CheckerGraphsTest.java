package dev.pirn.weaver;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The checker against an oracle that tries everything, on random classes; a failure names its seed. */
class CheckerGraphsTest {
    /** Beside the new ones of each run. */
    private static final long[] SEEDS_THAT_FAILED = {};
    private static final int GRAPHS = Boolean.getBoolean("pirn.long") ? 200_000 : 3_000;

    @Test
    @Timeout(value = 10, unit = TimeUnit.MINUTES) // For the long run.
    void saysWhatTheOracleSays() {
        for (long seed : SEEDS_THAT_FAILED) compare(seed);
        long start = Long.getLong("pirn.seed", System.nanoTime());
        int count = System.getProperty("pirn.seed") == null ? GRAPHS : 1;
        int wrong = 0;
        int right = 0;
        for (long seed = start; seed < start + count; seed++) {
            int messages = compare(seed);
            if (messages > 0) wrong++; else right++;
        }
        assertTrue(count == 1 || wrong > count / 10 && right > count / 10,
                wrong + " wrong and " + right + " right graphs");
    }

    /** Returns how many messages there were. */
    private static int compare(long seed) {
        String again = "replay: -Dtest=CheckerGraphsTest -Dpirn.seed=" + seed;
        var graph = new Graph(seed);
        var classes = GraphClasses.of(graph);
        var names = graph.types.stream().filter(each -> each.checked).map(each -> each.name).toList();
        var messages = Checker.check(names, classes::get);
        assertEquals(lines(GraphOracle.wrong(graph)), lines(found(messages)), again);
        var ways = GraphOracle.waysUp(graph);
        for (Message each : messages) {
            Integer length = ways.get(each.line());
            boolean up = each.text().contains("calls the coroutine function");
            if (length == null || !up || each.text().contains("monitor")) continue;
            int arrows = each.text().split(" → ", -1).length - 1;
            assertEquals(length == 1 ? 0 : length, arrows, () -> again + ": " + each);
        }
        return messages.size();
    }

    private static String lines(Set<String> all) {
        return String.join("\n", all);
    }

    private static Set<String> found(Iterable<Message> messages) {
        var found = new TreeSet<String>();
        for (Message each : messages) {
            String where = each.line() == 0 ? each.text().split(" ")[0] : "" + each.line();
            found.add(each.severity() + " " + where);
        }
        return found;
    }
}
