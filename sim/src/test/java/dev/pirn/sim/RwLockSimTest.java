package dev.pirn.sim;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.pirn.CoroutineFn;
import dev.pirn.lock.CoRwLock;
import dev.pirn.sim.junit.SimTest;
import java.util.List;
import java.util.concurrent.CancellationException;

/** CoRwLock, by coroutines of several loops that read, write, and change from one to the other at random. */
class RwLockSimTest {
    private static final int MEMBERS = 5;
    private static final int TIMES = 3;

    /** Who is inside, and how often something was written. */
    private static final class Guarded {
        final Crowd crowd;
        final CoRwLock lock = new CoRwLock("l");
        final Asked asked;
        int readers;
        int writers;
        int written;

        Guarded(Crowd crowd) {
            this.crowd = crowd;
            this.asked = new Asked(crowd.isOfOneLoop());
        }

        @CoroutineFn
        void lock(boolean writes) {
            asked.asks();
            try {
                if (writes) lock.writeLock(); else lock.readLock();
            } catch (CancellationException e) {
                asked.gaveUp();
                throw e;
            }
            asked.has();
        }

        /** The caller reads; others may, nobody writes, and nothing changes. */
        @CoroutineFn
        void read() {
            readers++;
            int before = written;
            try {
                assertEquals(0, writers, "writers");
                crowd.pause();
                assertEquals(before, written, "written while it was read");
            } finally {
                readers--;
            }
        }

        @CoroutineFn
        void write() {
            writers++;
            try {
                assertEquals(1, writers, "writers");
                assertEquals(0, readers, "readers");
                written++;
                crowd.pause();
                assertEquals(0, readers, "readers");
            } finally {
                writers--;
            }
        }

        @CoroutineFn
        void upgrade() {
            int before = written;
            if (lock.upgrade()) assertEquals(before, written, "written before who was the first");
            write();
        }

        @CoroutineFn
        void downgrade() {
            int before = written;
            lock.downgrade();
            assertEquals(before, written);
            read();
        }
    }

    @SimTest(seeds = 10_000)
    void manyReadOrOneWrites(Sim sim) {
        var crowd = new Crowd(sim);
        var guarded = new Guarded(crowd);
        for (int i = 0; i < MEMBERS; i++) {
            crowd.start("member " + i, () -> {
                for (int time = 0; time < TIMES; time++) {
                    crowd.pause();
                    visit(guarded, crowd.below(4));
                }
            });
        }
        crowd.cancelSome();
        sim.run();
        assertEquals(List.of(), guarded.lock.holders());
        assertEquals(0, guarded.readers + guarded.writers);
    }

    @CoroutineFn
    private static void visit(Guarded guarded, int how) {
        boolean writes = how % 2 == 1;
        guarded.lock(writes);
        try {
            if (writes) guarded.write(); else guarded.read();
            if (how == 2) guarded.upgrade();
            if (how == 3) guarded.downgrade();
        } finally {
            guarded.lock.unlock();
        }
    }
}
