package dev.pirn.block.qcow2;

import static dev.pirn.block.qcow2.BadImage.*;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A bitmap, or a part of one, stands where something else does. Whatever the counts say that is damage, for a
 * bitmap's clusters are written to, and freed, with it; a repair drops the bitmaps, and all else stays.
 */
class SharedBitmapTest {
    @RegisterExtension
    private final BadImage image = new BadImage();
    private long extension;
    private long table;

    @BeforeEach
    void make() throws Exception {
        image.in(() -> {
            try (var disk = Qcow2Image.open(image.path, Qcow2Options.DEFAULT, image.pool())) {
                disk.bitmaps().add("one", 512, true);
                disk.write(0, Arena.ofAuto().allocate(512).fill((byte) 1));
                disk.finish();
            }
            return null;
        });
        extension = 104;
        while (image.get64(extension - 8) >>> 32 != HeaderExtension.BITMAPS) extension += 8;
        table = image.get64(image.get64(extension + 16));
        assertTrue(image.check().isClean());
    }

    private void droppedByARepair(long place) throws Exception {
        String told = image.check().messages().toString();
        String shared = "cluster " + place / CLUSTER + " is a bitmap's, and something else's";
        assertTrue(told.contains(shared), told);
        CheckReport left = image.repair(Repair.LEAKS);
        assertFalse(left.isSound(), left.toString());
        CheckReport report = image.repaired();
        assertTrue(report.messages().contains("Repairing: bitmaps are dropped, all of them"));
        image.in(() -> {
            try (var disk = Qcow2Image.open(image.path, Qcow2Options.DEFAULT, image.pool())) {
                assertEquals(List.of(), disk.bitmaps().list());
            }
            return null;
        });
        byte[] ones = new byte[FILLED];
        Arrays.fill(ones, (byte) 1);
        assertArrayEquals(ones, image.read(0, FILLED));
    }

    @ParameterizedTest
    @ValueSource(longs = {0, BLOCK, L2})
    void bitsWhereSomethingElseIs(long place) throws Exception {
        if (place == 0) image.set64(image.get64(extension + 16), CLUSTER); // Entries of 0 lead nowhere.
        else image.set64(table, place);
        droppedByARepair(place == 0 ? CLUSTER : place);
    }

    /** As a repair that only counts would leave it. */
    @Test
    void countedTwice() throws Exception {
        image.set64(table, L2).set16(BLOCK + 2 * (L2 / CLUSTER), 2).set64(L1, L2);
        droppedByARepair(L2);
    }

    @Test
    void twoEntriesForOneClusterOfBits() throws Exception {
        long bits = image.get64(table) & L2Entry.HOST_MASK;
        assertTrue(bits != 0);
        image.set64(image.get64(extension + 16), bits); // Its table is its bits.
        image.set64(bits, bits);
        droppedByARepair(bits);
    }
}
