package dev.pirn.block;

import java.util.ArrayList;
import java.util.List;

/**
 * Where a file has data and where holes, by {@code lseek}.
 *
 * <pre>
 *   at ──SEEK_DATA──▶ behind at: a hole up to there
 *                     at itself: data ──SEEK_HOLE──▶ up to there
 *                     ENXIO: a hole up to the end, if that is where it was
 * </pre>
 *
 * <p>Who does not know (a block device, a file system without holes) says so, or says that all is data. A
 * file that somebody made shorter has data behind its end for us: a read of that must fail, not find zeroes.
 */
final class Holes {
    private Holes() { }

    /** As {@link Driver#extents}; blocks. */
    static List<Extent> find(Descriptor file, long offset, long length, int countMax) {
        long end = offset + length;
        var extents = new ArrayList<Extent>();
        for (long at = offset; at < end && extents.size() < countMax; ) {
            Extent next = extent(file, at, end);
            extents.add(next);
            at += next.length();
        }
        return extents;
    }

    private static Extent extent(Descriptor file, long at, long end) {
        long data = file.seek(at, Descriptor.SEEK_DATA);
        if (data == -Errno.ENXIO && file.size() >= end) return Extent.ofHole(end - at);
        if (data > at) return Extent.ofHole(Math.min(data, end) - at);
        long hole = data == at ? file.seek(at, Descriptor.SEEK_HOLE) : end;
        return Extent.ofData((hole > at && file.size() >= end ? Math.min(hole, end) : end) - at);
    }
}
