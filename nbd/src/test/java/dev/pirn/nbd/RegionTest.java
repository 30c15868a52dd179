package dev.pirn.nbd;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.pirn.Completion;
import dev.pirn.nbd.Region.Part;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class RegionTest {
    private final Region region = new Region(64);
    private final Part hoarder = new Part(null);
    private final Part second = new Part(null);
    private final Part third = new Part(null);
    private final List<Completion<Boolean>> woken = new ArrayList<>();

    private boolean gets(Part part, long bytes) {
        return region.take(part, bytes, 0) == null;
    }

    /** Takes one at a time until there is no more to have. */
    private long hoard(Part part) {
        while (gets(part, 1)) continue;
        return region.held(part);
    }

    @Test
    void oneThatHoardsGetsHalfAndTheNextHalfOfTheRest() {
        assertEquals(32, hoard(hoarder));
        assertEquals(16, hoard(second));
        assertEquals(8, hoard(third));
        assertEquals(8, region.free());
    }

    @Test
    void whoHasNothingGetsAllThatIsFree() {
        assertTrue(gets(hoarder, 64));
        assertEquals(0, region.free());
    }

    @Test
    void whoWaitsForItsOwnRepliesHoldsNobodyUp() {
        hoard(hoarder);
        assertTrue(gets(second, 10));
    }

    @Test
    void whoHasNothingIsOvertakenByNobody() {
        assertTrue(gets(hoarder, 40));
        Completion<Boolean> large = region.take(second, 30, 0);
        assertNotNull(large);
        Completion<Boolean> small = region.take(third, 1, 0);
        assertNotNull(small, "24 are free, but another came first");
        region.release(hoarder, 5, 0, woken);
        assertEquals(List.of(), woken);
        region.release(hoarder, 5, 0, woken);
        assertEquals(List.of(large, small), woken);
        assertEquals(30, region.held(second));
    }

    @Test
    void whoLeavesTheLineHoldsNobodyUp() {
        assertTrue(gets(hoarder, 40));
        Completion<Boolean> large = region.take(second, 30, 0);
        Completion<Boolean> small = region.take(third, 1, 0);
        assertSame(large, region.leaveLine(second, 0, woken));
        assertEquals(List.of(small), woken);
        assertNull(region.leaveLine(second, 0, woken));
    }

    @Test
    void stalestIsWhoMovedLongestAgo() {
        region.take(hoarder, 20, 1000);
        region.take(second, 10, 1005);
        region.take(third, 64, 1006);
        assertTrue(region.starves(third));
        assertNull(region.stalest(third, 1019, 20));
        assertSame(hoarder, region.stalest(third, 1030, 20));
        region.release(hoarder, 1, 1029, woken);
        assertSame(second, region.stalest(third, 1030, 20));
        region.release(second, 10, 1030, woken);
        assertNull(region.stalest(third, 1040, 20));
    }
}
