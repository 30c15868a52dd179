package dev.pirn.nbd;

import dev.pirn.block.BlockDevice;
import dev.pirn.block.Driver;
import dev.pirn.block.Extent;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/** A disk that never fails: data and holes of 16 KiB in turn, as far as it says. */
final class MemoryDisk implements Driver {
    static final int SIZE = 256 << 10;
    private static final int EXTENT = 16 << 10;

    private final MemorySegment bytes = MemorySegment.ofArray(new byte[SIZE]);

    static BlockDevice open(boolean readOnly) throws IOException {
        return BlockDevice.of("disk", new MemoryDisk(), readOnly);
    }

    @Override
    public long size() {
        return SIZE;
    }

    @Override
    public void read(long offset, MemorySegment target) {
        MemorySegment.copy(bytes, offset, target, 0, target.byteSize());
    }

    @Override
    public void write(long offset, MemorySegment source) {
        MemorySegment.copy(source, 0, bytes, offset, source.byteSize());
    }

    @Override
    public void writeZeroes(long offset, long length, boolean mayUnmap) {
        bytes.asSlice(offset, length).fill((byte) 0);
    }

    @Override
    public List<Extent> extents(long offset, long length, int countMax) {
        var extents = new ArrayList<Extent>();
        long at = offset;
        while (at < offset + length && extents.size() < countMax) {
            long next = Math.min(offset + length, (at / EXTENT + 1) * EXTENT);
            extents.add(at / EXTENT % 2 == 0 ? Extent.ofData(next - at) : Extent.ofHole(next - at));
            at = next;
        }
        return extents;
    }

    @Override
    public void discard(long offset, long length) { }

    @Override
    public void flush() { }

    @Override
    public void prefetch(long offset, long length) { }

    @Override
    public void close() { }
}
