package scenario;

import static dev.pirn.weavertest.Trace.log;
import static scenario.Late.late;

import dev.pirn.Coroutine;
import dev.pirn.CoroutineEntry;
import dev.pirn.CoroutineFn;

/** A stack that overflows throws an error that can be caught; the coroutine goes on. */
public class Overflow implements CoroutineEntry {
    @CoroutineFn
    private static int forever(int n) {
        return forever(n + 1) + late(1);
    }

    @Override
    @CoroutineFn
    public void run() {
        for (int k = 0; k < 2; k++) {
            String kept = late("kept" + k);
            try {
                log(forever(0));
            } catch (StackOverflowError e) {
                Coroutine.yield();
                log("overflow " + kept + late(k));
            }
        }
    }
}
