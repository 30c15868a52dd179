package scenario;

import static dev.pirn.weavertest.Trace.log;
import static scenario.Late.late;

import dev.pirn.CoroutineEntry;
import dev.pirn.CoroutineFn;

/** Assertions whose condition and message suspend. */
public class Assertions implements CoroutineEntry {
    @Override
    @CoroutineFn
    public void run() {
        assert late(1) == 1 : late("never");
        try {
            assert late(1) == late(2) : "not " + late("equal");
        } catch (AssertionError e) {
            log(e.getMessage());
        }
        try {
            assert late(false);
        } catch (AssertionError e) {
            log(late(e.getMessage()));
        }
    }
}
