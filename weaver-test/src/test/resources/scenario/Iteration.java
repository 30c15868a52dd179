package scenario;

import static dev.pirn.weavertest.Trace.log;
import static scenario.Late.late;

import dev.pirn.Coroutine;
import dev.pirn.CoroutineEntry;
import dev.pirn.CoroutineFn;
import java.util.ArrayList;
import java.util.ConcurrentModificationException;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Loops over collections and arrays whose bodies suspend; a function of any number of arguments. */
public class Iteration implements CoroutineEntry {
    record Countdown(int from) implements Iterable<Integer> {
        @Override
        public Iterator<Integer> iterator() {
            return new Iterator<>() {
                private int left = from;

                @Override
                public boolean hasNext() {
                    return left > 0;
                }

                @Override
                public Integer next() {
                    return left--;
                }
            };
        }
    }

    @CoroutineFn
    private static int sum(int... all) {
        int sum = late(0);
        for (int each : all) sum += late(each);
        return sum;
    }

    @SafeVarargs
    @CoroutineFn
    private static <T> String join(String by, T... all) {
        var text = new StringBuilder();
        for (T each : all) text.append(text.isEmpty() ? "" : late(by)).append(each);
        return text.toString();
    }

    @CoroutineFn
    private static void changed(List<Integer> list) {
        try {
            for (Integer each : list) {
                log(each);
                list.add(late(each));
            }
        } catch (ConcurrentModificationException e) {
            log("changed" + late(list.size()));
        }
    }

    @Override
    @CoroutineFn
    public void run() {
        for (int each : new Countdown(late(3))) {
            Coroutine.yield();
            log(each);
        }
        var map = new LinkedHashMap<String, List<Integer>>();
        map.put("a", List.of(1, 2));
        map.put("b", List.of());
        map.put("c", List.of(3));
        for (Map.Entry<String, List<Integer>> entry : map.entrySet()) {
            for (long each : entry.getValue()) log(late(entry.getKey()) + late(each));
            entry.setValue(List.of(late(9)));
        }
        log(map);
        changed(new ArrayList<>(List.of(1, 2)));
        log(sum() + sum(1) + sum(1, late(2), 3) + sum(new int[] {late(4), 5}));
        log(join(late(","), "x", late(1), 'c') + join("") + join("-", late("one")));
        char[][] grid = {{'a', 'b'}, {late('c')}};
        for (char[] row : grid) for (char each : row) log(late(each));
        Iterator<Integer> iterator = new Countdown(2).iterator();
        while (late(iterator.hasNext())) log(late(iterator.next()));
        int n = 0;
        for (int i = 0, j = late(10); i < j && late(n) < 20; i += late(2), j--) n += i * j;
        log(n);
        for (;;) if (++n > late(22)) break;
        log(n);
    }
}
