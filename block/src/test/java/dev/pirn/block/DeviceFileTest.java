package dev.pirn.block;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A disk as the file below an image. */
class DeviceFileTest {
    private static final int SIZE = 10_000;

    private final List<String> trace = new ArrayList<>();
    private final byte[] bytes = new byte[SIZE];
    private IOException flushFails;
    private long size = SIZE;

    /** A disk that notes what is asked of it. */
    private final class Disk implements Driver {
        @Override
        public long size() {
            return size;
        }

        @Override
        public void read(long offset, MemorySegment target) {
            trace.add("read " + offset + " +" + target.byteSize());
            if (size == SIZE) {
                MemorySegment.copy(MemorySegment.ofArray(bytes), offset, target, 0, target.byteSize());
            }
        }

        @Override
        public void write(long offset, MemorySegment source) {
            trace.add("write " + offset + " +" + source.byteSize());
            if (size == SIZE) {
                MemorySegment.copy(source, 0, MemorySegment.ofArray(bytes), offset, source.byteSize());
            }
        }

        @Override
        public void writeZeroes(long offset, long length, boolean mayUnmap) {
            trace.add("zero " + offset + " +" + length + (mayUnmap ? " unmap" : ""));
        }

        @Override
        public void discard(long offset, long length) {
            trace.add("discard " + offset + " +" + length);
        }

        @Override
        public void flush() throws IOException {
            trace.add("flush");
            if (flushFails != null) throw flushFails;
        }

        @Override
        public void prefetch(long offset, long length) { }

        @Override
        public void close() {
            trace.add("close");
        }
    }

    private StorageFile file() {
        return StorageFile.of(BlockDevice.of("disk", new Disk(), false));
    }

    @Test
    void behindTheEndAreZeroes() throws Exception {
        bytes[SIZE - 1] = 7;
        MemorySegment target = Loops.filled(4, 0x55);
        Loops.run(() -> {
            file().read(SIZE - 1, target);
            assertArrayEquals(new byte[] {7, 0, 0, 0}, target.toArray(ValueLayout.JAVA_BYTE));
            file().read(SIZE + 5, target);
        });
        assertArrayEquals(new byte[4], target.toArray(ValueLayout.JAVA_BYTE));
        assertEquals(List.of("read 9999 +1"), trace);
    }

    @Test
    void zeroesBehindTheEndAreThereAlready() throws Exception {
        MemorySegment source = Loops.filled(4, 0);
        source.set(ValueLayout.JAVA_BYTE, 0, (byte) 9);
        Loops.run(() -> {
            StorageFile file = file();
            file.write(SIZE - 1, source);
            file.write(SIZE + 100, Loops.filled(4, 0));
            file.writeZeroes(SIZE - 2, 10, true);
            file.writeZeroes(SIZE, 10, true);
            file.discard(SIZE - 3, 10);
            file.discard(SIZE, 10);
        });
        assertEquals(List.of("write 9999 +1", "zero 9998 +2 unmap", "discard 9997 +3"), trace);
        assertEquals(9, bytes[SIZE - 1]);
    }

    @Test
    void dataBehindTheEndHasNoRoomAndNothingIsWritten() throws Exception {
        Loops.run(() -> {
            var e = assertThrows(NoSpaceException.class, () -> file().write(SIZE - 2, Loops.filled(3, 1)));
            assertEquals("disk: write of [9998, +3), but it ends at 10000, and cannot grow", e.getMessage());
        });
        assertEquals(List.of(), trace);
    }

    @Test
    void sizeStaysAsItIs() throws Exception {
        Loops.run(() -> {
            StorageFile file = file();
            file.resize(5);
            file.resize(SIZE);
            assertEquals(SIZE, file.size());
            assertEquals(SIZE, file.sizeMax());
            assertThrows(NoSpaceException.class, () -> file.resize(SIZE + 1));
        });
    }

    @Test
    void longerThanOneRequestMayBe() throws Exception {
        size = 1L << 40;
        MemorySegment long1 = Loops.filled(BlockDevice.REQUEST_SIZE_MAX + 10, 0);
        Loops.run(() -> {
            file().write(5, long1);
            file().read(5, long1);
        });
        assertEquals(List.of("write 5 +67108864", "write 67108869 +10", "read 5 +67108864",
                "read 67108869 +10"), trace);
    }

    /** As of a connection that was lost, and is there again: what it lost stays lost. */
    @Test
    void flushThatFailedOnceFailsForEver() throws Exception {
        Loops.run(() -> {
            StorageFile file = file();
            flushFails = new IOException("lost");
            assertEquals("lost", assertThrows(IOException.class, file::flush).getMessage());
            flushFails = null;
            assertThrows(IOException.class, file::flush);
        });
        assertEquals(List.of("flush"), trace);
    }
}
