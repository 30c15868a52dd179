package scenario;

import static dev.pirn.weavertest.Trace.log;
import static scenario.Late.late;

import dev.pirn.Coroutine;
import dev.pirn.CoroutineEntry;
import dev.pirn.CoroutineFn;

/** Monitors that are let go of before each yield. */
public class Monitors implements CoroutineEntry {
    private int count;

    private synchronized int counted(int by) {
        return count += by;
    }

    @CoroutineFn
    private synchronized int marked() {
        return ++count;
    }

    @Override
    @CoroutineFn
    public void run() {
        Object lock = new Object();
        int n = late(1);
        synchronized (lock) {
            n += 2;
            synchronized (Monitors.class) {
                n *= 3;
            }
        }
        Coroutine.yield();
        for (int k = 0; k < 3; k++) {
            synchronized (lock) {
                if (k == 1) continue;
                n++;
            }
            n += late(k);
        }
        try {
            synchronized (late(lock)) {
                throw new IllegalStateException("s");
            }
        } catch (IllegalStateException e) {
            n += late(100);
        }
        log(n + counted(late(2)) + marked());
        log(Thread.holdsLock(lock) || Thread.holdsLock(Monitors.class) || Thread.holdsLock(this));
    }
}
