package scenario;

import static dev.pirn.weavertest.Trace.log;
import static scenario.Late.late;

import dev.pirn.Coroutine;
import dev.pirn.CoroutineEntry;
import dev.pirn.CoroutineFn;
import java.util.Iterator;
import java.util.List;
import java.util.TreeMap;

/**
 * Frames that are not woven stand between the entry and the yield: a pure coroutine's yield is refused with
 * the name of the frame, and the coroutine goes on; on the others they are suspended.
 */
public class UnwovenBetween implements CoroutineEntry {
    interface Reader {
        @CoroutineFn
        int read(int n);
    }

    /** Not woven, but suspends. */
    static class PlainReader implements Reader {
        @Override
        public int read(int n) {
            late(0);
            return -n;
        }
    }

    /** Not woven: calls back. */
    static class PlainCaller {
        static int call(Reader reader) {
            return reader.read(1) + reader.read(2);
        }
    }

    static class Shown {
        @Override
        public String toString() {
            return late("shown");
        }
    }

    /** Its next is an override of what cannot be marked. */
    static class Numbers implements Iterable<Integer> {
        @Override
        public Iterator<Integer> iterator() {
            return List.of(1, 2).stream().map(n -> late(n)).iterator();
        }
    }

    @CoroutineFn
    private static void tried(Reader what) {
        try {
            log(what.read(late(4)));
        } catch (IllegalStateException e) {
            log(e.getMessage().replaceAll("(java\\.[\\w.$]+)\\([^)]*\\)", "$1")); // The JDK's lines change.
        }
        Coroutine.yield();
    }

    @Override
    @CoroutineFn
    public void run() {
        tried(new PlainReader());
        tried(n -> PlainCaller.call(m -> late(m) + n));
        tried(n -> PlainCaller.call(m -> m + n));
        tried(n -> {
            List.of(1, 2).forEach(each -> log(late(each)));
            return n;
        });
        tried(n -> (late("text") + new Shown()).length());
        tried(n -> {
            int sum = 0;
            for (int each : new Numbers()) sum += late(each);
            return sum;
        });
        tried(n -> {
            var map = new TreeMap<Integer, Integer>();
            log(map.computeIfAbsent(n, m -> late(m) + 1));
            return map.size();
        });
    }
}
