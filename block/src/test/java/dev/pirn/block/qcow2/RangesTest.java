package dev.pirn.block.qcow2;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.BitSet;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** Ranges are a set of bytes. */
class RangesTest {
    private static final int END = 40;
    private static final int STEPS = 5000;
    private static final long SEED = 20251126;

    private final Ranges ranges = new Ranges();
    private final BitSet model = new BitSet();

    private void compare(String what) {
        for (int from = 0; from < END; from++) {
            for (int to = from + 1; to <= END; to++) {
                int first = model.nextSetBit(from);
                assertEquals(first >= 0 && first < to, ranges.overlaps(from, to), what);
            }
        }
        int runs = 0;
        for (int at = model.nextSetBit(0); at >= 0; at = model.nextSetBit(model.nextClearBit(at))) runs++;
        assertEquals(runs, ranges.count(), what);
    }

    @Test
    void addedAndRemovedAsInASet() {
        var random = new SplittableRandom(SEED);
        for (int i = 0; i < STEPS; i++) {
            int from = random.nextInt(END);
            int to = from + random.nextInt(END - from + 1);
            if (random.nextBoolean()) {
                ranges.add(from, to);
                model.set(from, to);
            } else {
                ranges.remove(from, to);
                model.clear(from, to);
            }
            compare("seed " + SEED + ", step " + i);
        }
    }
}
