package dev.pirn.nbd;

import dev.pirn.block.Driver;
import dev.pirn.block.Extent;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/** Says that every second part of the disk is a hole, whatever is there. */
record HoleyDriver(Driver below) implements Driver {
    /** Bytes of a part. */
    static final int PART = 32 << 10;

    @Override
    public long size() {
        return below.size();
    }

    @Override
    public void read(long offset, MemorySegment target) throws IOException {
        below.read(offset, target);
    }

    @Override
    public void write(long offset, MemorySegment source) throws IOException {
        below.write(offset, source);
    }

    @Override
    public void writeZeroes(long offset, long length, boolean mayUnmap) throws IOException {
        below.writeZeroes(offset, length, mayUnmap);
    }

    @Override
    public void discard(long offset, long length) throws IOException {
        below.discard(offset, length);
    }

    @Override
    public void flush() throws IOException {
        below.flush();
    }

    @Override
    public void prefetch(long offset, long length) throws IOException {
        below.prefetch(offset, length);
    }

    @Override
    public List<Extent> extents(long offset, long length, int countMax) {
        var extents = new ArrayList<Extent>();
        long end = offset + length;
        for (long at = offset; at < end && extents.size() < countMax; ) {
            long next = Math.min(end, (at / PART + 1) * PART);
            extents.add(at / PART % 2 == 0 ? Extent.ofData(next - at) : Extent.ofHole(next - at));
            at = next;
        }
        return extents;
    }

    @Override
    public void close() throws IOException {
        below.close();
    }
}
