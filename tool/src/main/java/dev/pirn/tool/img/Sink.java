package dev.pirn.tool.img;

import dev.pirn.CoroutineFn;
import dev.pirn.block.BlockDevice;
import java.io.IOException;
import java.lang.foreign.MemorySegment;

/** Where a copy goes to. */
interface Sink {
    /** Bytes that are stored together, if any of them is not zero. */
    int unit();

    @CoroutineFn
    void write(long offset, MemorySegment bytes) throws IOException;

    @CoroutineFn
    void zero(long offset, long length) throws IOException;

    /**
     * A disk.
     *
     * @param isZero whether it reads as zeroes before the copy
     * @param unit what it stores together
     */
    static Sink of(BlockDevice disk, boolean isZero, int unit) {
        return new Sink() {
            @Override
            public int unit() {
                return unit;
            }

            @Override
            public void write(long offset, MemorySegment bytes) throws IOException {
                disk.write(offset, bytes, false);
            }

            @Override
            public void zero(long offset, long length) throws IOException {
                if (!isZero) disk.writeZeroes(offset, length, true, false);
            }
        };
    }
}
