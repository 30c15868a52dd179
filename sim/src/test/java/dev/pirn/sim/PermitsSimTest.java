package dev.pirn.sim;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.pirn.CoroutineFn;
import dev.pirn.lock.CoBudget;
import dev.pirn.lock.CoSemaphore;
import dev.pirn.sim.junit.SimTest;
import java.util.concurrent.CancellationException;

/** CoBudget and CoSemaphore, by coroutines of several loops that want more or less of it. */
class PermitsSimTest {
    private static final int MEMBERS = 5;
    private static final int TIMES = 3;
    private static final int TOTAL = 5;

    @SimTest(seeds = 7000)
    void neverMoreThanThereIsAndTheLargeIsServedInItsTurn(Sim sim) {
        var crowd = new Crowd(sim);
        var budget = new CoBudget("b", TOTAL);
        var asked = new Asked(crowd.isOfOneLoop());
        int[] out = {0};
        for (int i = 0; i < MEMBERS; i++) {
            crowd.start("member " + i, () -> {
                for (int time = 0; time < TIMES; time++) {
                    crowd.pause();
                    int count = 1 + crowd.below(TOTAL);
                    if (!get(crowd, budget, asked, count)) continue;
                    out[0] += count;
                    try {
                        assertTrue(out[0] <= TOTAL, out[0] + " out");
                        crowd.pause();
                    } finally {
                        out[0] -= count;
                        budget.put(count);
                    }
                }
            });
        }
        crowd.cancelSome();
        sim.run();
        assertEquals(TOTAL, budget.available());
        budget.close(); // Throws if somebody waits or has not put back.
    }

    @CoroutineFn
    private static boolean get(Crowd crowd, CoBudget budget, Asked asked, int count) {
        if (crowd.chance(5)) return budget.tryGet(count);
        asked.asks();
        try {
            budget.get(count);
        } catch (CancellationException e) {
            asked.gaveUp();
            throw e;
        }
        asked.has();
        return true;
    }

    /** Permits go from who releases to who acquires; as many as were released, never more. */
    @SimTest(seeds = 3000)
    void whatIsReleasedIsAcquiredOnce(Sim sim) {
        var crowd = new Crowd(sim);
        var semaphore = new CoSemaphore("s", 0);
        int[] released = {0};
        int[] acquired = {0};
        for (int i = 0; i < 3; i++) {
            crowd.start("acquirer " + i, () -> {
                for (int time = 0; time < TIMES; time++) {
                    crowd.pause();
                    int count = 1 + crowd.below(3);
                    semaphore.acquire(count);
                    acquired[0] += count;
                    assertTrue(acquired[0] <= released[0], acquired[0] + " of " + released[0]);
                }
            });
        }
        crowd.cancelSome();
        int most = 3 * 3 * TIMES; // Enough for all, if nobody is cancelled.
        for (int i = 0; i < 3; i++) {
            crowd.start("releaser " + i, () -> {
                for (int time = 0; time < most / 3; time++) {
                    crowd.pause();
                    released[0]++;
                    semaphore.release();
                }
            });
        }
        sim.run();
        assertEquals(released[0] - acquired[0], semaphore.available());
    }
}
