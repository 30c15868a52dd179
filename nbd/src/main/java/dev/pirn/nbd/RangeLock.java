package dev.pirn.nbd;

import dev.pirn.CoroutineFn;
import dev.pirn.lock.CoQueue;
import java.util.ArrayList;
import java.util.List;

/**
 * Has coroutines of one loop be alone with ranges of a disk, where writes of a part of a block are a read and
 * a write of all of it (QEMU's serialising requests).
 */
final class RangeLock {
    /** A range that somebody has. Closing it lets others have it. */
    final class Held implements AutoCloseable {
        private final long start;
        private final long end;
        private final CoQueue waiting = new CoQueue("a range of blocks");

        private Held(long start, long end) {
            this.start = start;
            this.end = end;
        }

        @Override
        public void close() {
            held.remove(this);
            waiting.restartAll();
        }
    }

    private final List<Held> held = new ArrayList<>();

    /** Waits until nobody has a byte of it. Suspends. */
    @CoroutineFn
    Held lock(long start, long end) {
        Held other;
        while ((other = find(start, end)) != null) other.waiting.await(null);
        var mine = new Held(start, end);
        held.add(mine);
        return mine;
    }

    private Held find(long start, long end) {
        for (Held each : held) {
            if (each.start < end && start < each.end) return each;
        }
        return null;
    }
}
