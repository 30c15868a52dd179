package dev.pirn.block.qcow2;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import org.junit.jupiter.api.Test;

/** What the tests of damaged images rely upon: whatever needs more than 64 MB fails. */
@SmallMemory
class SmallMemoryTest {
    private static final long BYTES_MAX = 64 << 20;

    /** All tables are read to segments of such an arena. */
    @Test
    void heapAndSegmentsHave64MBInAll() {
        long heap = Runtime.getRuntime().maxMemory();
        assertTrue(heap < BYTES_MAX, "a heap of " + heap + " bytes");
        assertThrows(OutOfMemoryError.class, () -> Arena.ofAuto().allocate(BYTES_MAX - heap));
    }
}
