package dev.pirn.nbd;

import dev.pirn.block.Driver;
import dev.pirn.block.Extent;
import dev.pirn.block.filter.Filter;
import java.util.ArrayList;
import java.util.List;

/** Says that every second part of the disk is a hole, whatever is there. */
record HoleyDriver(Driver below) implements Filter {
    /** Bytes of a part. */
    static final int PART = 32 << 10;

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
}
