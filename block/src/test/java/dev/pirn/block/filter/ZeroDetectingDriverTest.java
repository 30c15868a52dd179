package dev.pirn.block.filter;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.pirn.block.BlockDevice;
import dev.pirn.block.Zeroes;
import dev.pirn.sim.Sim;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Writes of zeroes alone become zeroing, with their flags; others stay as they are. */
class ZeroDetectingDriverTest {
    private final MemoryDriver memory = new MemoryDriver(1 << 20);

    private interface Use {
        void of(BlockDevice disk) throws Exception;
    }

    private void with(boolean mayUnmap, Use use) {
        try (var sim = Sim.of(1)) {
            var disk = BlockDevice.of("disk", memory, false)
                    .filtered(below -> ZeroDetectingDriver.of(below, mayUnmap));
            sim.run(sim.loop("loop"), "test", () -> use.of(disk));
        }
    }

    private static MemorySegment zeroes(int length) {
        return MemorySegment.ofArray(new byte[length]);
    }

    @Test
    void zeroesAloneAreZeroed() {
        with(false, disk -> disk.write(512, zeroes(4096), false));
        assertEquals(List.of("zero 512 +4096"), memory.trace);
        assertTrue(Zeroes.areAll(memory.content.asSlice(512, 4096)));
    }

    @Test
    void unmapGivesLeaveToUnmap() {
        with(true, disk -> disk.write(512, zeroes(1), false));
        assertEquals(List.of("zero 512 +1 unmap"), memory.trace);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void fuaStays(boolean mayUnmap) {
        with(mayUnmap, disk -> {
            disk.write(0, zeroes(4096), true);
            disk.write(0, zeroes(4096).fill((byte) 1), true);
        });
        assertEquals(List.of("zero 0 +4096" + (mayUnmap ? " unmap" : "") + " fua", "write 0 +4096 fua"),
                memory.trace);
    }

    /** Not only the pages that have something in them. */
    @Test
    void oneOtherByteHasAllOfItWritten() {
        MemorySegment data = zeroes(1 << 20);
        data.set(ValueLayout.JAVA_BYTE, 700_000, (byte) 1);
        with(true, disk -> disk.write(0, data, false));
        assertEquals(List.of("write 0 +1048576"), memory.trace);
        assertEquals(-1, memory.content.mismatch(data));
    }

    @Test
    void everythingElsePassesAsItIs() {
        with(true, disk -> {
            disk.read(0, zeroes(1));
            disk.writeZeroes(0, 512, false, true);
            assertTrue(disk.writeZeroesFast(0, 512, false, false));
            disk.discard(0, 512);
            disk.flush();
            disk.prefetch(0, 512);
            assertTrue(disk.extents(0, 512, 1).getFirst().isHole());
            disk.close();
        });
        assertEquals(List.of("read 0 +1", "zero 0 +512 fua", "fast zero 0 +512", "discard 0 +512", "flush",
                "prefetch 0 +512", "extents 0 +512"), memory.trace);
        assertTrue(memory.closed);
    }

    @Test
    void theDoorBehindTheFilterIsClosed() throws Exception {
        var door = BlockDevice.of("disk", memory, false);
        var filtered = door.filtered(below -> ZeroDetectingDriver.of(below, false));
        assertEquals("disk: flush after close",
                assertThrows(IllegalStateException.class, door::flush).getMessage());
        assertEquals("disk: filtered after close",
                assertThrows(IllegalStateException.class, () -> door.filtered(below -> below)).getMessage());
        door.close();
        assertFalse(memory.closed, "what is below belongs to the new door");
        filtered.close();
        assertTrue(memory.closed);
    }

    /** One byte that is not zero, at every place of lengths around a vector and a block. */
    @Test
    void aByteAnywhereIsSeen() {
        try (var arena = Arena.ofConfined()) {
            for (int length : new int[] {1, 2, 7, 8, 9, 63, 64, 65, 511, 512, 4096, 16_384, 16_385, 32_771}) {
                MemorySegment memory = arena.allocate(length);
                assertTrue(Zeroes.areAll(memory), length + " zeroes");
                for (int at = 0; at < length; at += at < 600 || at > length - 600 ? 1 : 97) {
                    memory.set(ValueLayout.JAVA_BYTE, at, (byte) 0x80);
                    assertFalse(Zeroes.areAll(memory), "byte " + at + " of " + length);
                    memory.set(ValueLayout.JAVA_BYTE, at, (byte) 0);
                }
            }
        }
        assertTrue(Zeroes.areAll(zeroes(0)));
    }
}
