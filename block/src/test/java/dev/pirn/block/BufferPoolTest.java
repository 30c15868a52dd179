package dev.pirn.block;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.ValueLayout;
import org.junit.jupiter.api.Test;

class BufferPoolTest {
    private static final int MIB = 1 << 20;

    private final BufferPool pool = BufferPool.of(2 * MIB);

    @Test
    void classesArePowersOfTwo() {
        assertEquals(4096, BufferPool.sizeFor(0));
        assertEquals(4096, BufferPool.sizeFor(4096));
        assertEquals(8192, BufferPool.sizeFor(4097));
        assertEquals(8192, BufferPool.sizeFor(8192));
        assertEquals(32 * MIB, BufferPool.sizeFor(16 * MIB + 1));
        assertEquals(32 * MIB, BufferPool.sizeFor(32 * MIB));
        assertEquals(32 * MIB + 1, BufferPool.sizeFor(32 * MIB + 1));
        assertThrows(IllegalArgumentException.class, () -> BufferPool.sizeFor(-1));
        assertThrows(IllegalArgumentException.class, () -> BufferPool.sizeFor(64 * MIB + 1));
        for (int length : new int[] {0, 1, 4096, 4097, 65536, 100_000, MIB}) {
            Buffer buffer = pool.take(length);
            assertEquals(BufferPool.sizeFor(length), buffer.capacity());
            buffer.release();
        }
    }

    @Test
    void whatComesBackIsLentAgain() {
        Buffer first = pool.take(5000);
        first.release();
        assertEquals(8192, pool.keptBytes());
        assertSame(first, pool.take(8000));
        assertEquals(0, pool.keptBytes());
        assertNotSame(first, pool.take(8000));
        assertEquals(2, pool.lent());
        assertEquals(16384, pool.lentBytes());
    }

    @Test
    void headerAndPayloadAreOnePiece() {
        Buffer buffer = pool.take(4096);
        buffer.payload(8).set(ValueLayout.JAVA_BYTE, 0, (byte) 7);
        assertEquals(7, buffer.bytes().get(Buffer.HEADROOM));
        assertSame(buffer.bytes(), buffer.bytes());
        assertSame(buffer.payload(4096), buffer.payload(4096));
        assertEquals(8, buffer.payload(8).byteSize());
        assertEquals(0, buffer.payload(1).address() % 512, "as most disks want it");
        assertThrows(IndexOutOfBoundsException.class, () -> buffer.payload(4097));
    }

    @Test
    void releasedTwice() {
        Buffer buffer = pool.take(1);
        buffer.release();
        assertThrows(IllegalStateException.class, buffer::release);
        assertEquals(0, pool.lent());
    }

    @Test
    void surplusIsFreedAtOnce() {
        Buffer first = pool.take(2 * MIB);
        Buffer second = pool.take(2 * MIB);
        first.release();
        second.release();
        assertEquals(2 * MIB, pool.keptBytes());
        assertTrue(first.payload(1).scope().isAlive());
        assertFalse(second.payload(1).scope().isAlive());
        assertEquals(0, pool.lentBytes());
    }

    @Test
    void madeToMeasureIsNeverKept() {
        var large = BufferPool.of(Long.MAX_VALUE);
        Buffer buffer = large.take(33 * MIB);
        assertEquals(33 * MIB, buffer.capacity());
        buffer.release();
        assertFalse(buffer.payload(1).scope().isAlive());
        assertEquals(0, large.keptBytes());
    }

    @Test
    void surplusOfALoweredBoundIsFreedBeforeMoreIsAllocated() {
        var shared = BufferPool.shared(2 * MIB);
        Buffer small = shared.take(MIB / 2);
        Buffer large = shared.take(MIB);
        small.release();
        large.release();
        shared.keep(MIB / 2);
        assertEquals(MIB + MIB / 2, shared.allocatedBytes());
        assertSame(small, shared.take(MIB / 2), "what is there is lent before it is freed");
        assertFalse(large.payload(1).scope().isAlive(), "and what is over the bound then is freed");
        assertEquals(MIB / 2, shared.allocatedBytes());
        small.release();
        shared.keep(0);
        shared.trim();
        assertEquals(0, shared.allocatedBytes());
        assertThrows(IllegalArgumentException.class, () -> shared.keep(-1));
    }

    @Test
    void closeFreesWhatIsKept() {
        Buffer kept = pool.take(1);
        Buffer lent = pool.take(1);
        kept.release();
        pool.close();
        assertFalse(kept.payload(1).scope().isAlive());
        assertTrue(lent.payload(1).scope().isAlive());
        lent.release();
        pool.close();
        assertFalse(lent.payload(1).scope().isAlive());
    }
}
