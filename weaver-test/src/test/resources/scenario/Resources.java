package scenario;

import static dev.pirn.weavertest.Trace.log;
import static scenario.Late.late;
import static scenario.Late.lateThrow;

import dev.pirn.Coroutine;
import dev.pirn.CoroutineEntry;
import dev.pirn.CoroutineFn;
import java.util.Arrays;

/** Resources open and close by yielding; what close throws is suppressed, or thrown. */
public class Resources implements CoroutineEntry {
    record Resource(String name, boolean fails) implements AutoCloseable {
        @CoroutineFn
        static Resource open(String name, boolean fails) {
            Coroutine.yield();
            if (name.isEmpty()) throw new IllegalArgumentException("no name");
            log("open " + name);
            return new Resource(name, fails);
        }

        @Override
        @CoroutineFn
        public void close() throws Exception {
            log("close " + late(name));
            if (fails) lateThrow(new Exception("close " + name));
        }
    }

    @CoroutineFn
    private static int use(boolean bodyFails, boolean closeFails) throws Exception {
        try (Resource a = Resource.open("a", closeFails); Resource b = Resource.open("b", closeFails);
                Resource none = null) {
            log(a.name() + late(b.name()) + none);
            if (bodyFails) lateThrow(new Exception("body"));
            return late(1);
        } finally {
            log(late("after"));
        }
    }

    @CoroutineFn
    private static void opensHalf() throws Exception {
        Resource outer = Resource.open("outer", false);
        try (outer; var c = Resource.open("", false)) {
            log("never" + c);
        } catch (IllegalArgumentException e) {
            log(e.getMessage() + e.getSuppressed().length);
        }
    }

    @Override
    @CoroutineFn
    public void run() throws Exception {
        for (int k = 0; k < 4; k++) {
            try {
                log(use((k & 1) != 0, (k & 2) != 0));
            } catch (Exception e) {
                log(e.getMessage() + Arrays.toString(e.getSuppressed()));
                Coroutine.yield();
            }
        }
        opensHalf();
        for (int k = 0; k < 3; k++) {
            try (var each = Resource.open("loop" + k, k == 2)) {
                if (k == 0) continue;
                if (late(k) == 1) log(each.name());
            } catch (Exception e) {
                log(e.getMessage());
                break;
            }
        }
    }
}
