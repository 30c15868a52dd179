package dev.pirn.nbd;

import dev.pirn.CoroutineFn;
import dev.pirn.block.BlockDevice;
import dev.pirn.block.Extent;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * Where a connection's READs find holes. It remembers the last range that was data throughout, so that a disk
 * without holes is searched once in {@link Limits#HOLES_AHEAD_BYTES}; what has become a hole since is read as
 * the zeroes that it holds, which costs but is not wrong.
 */
final class KnownData {
    private long start;
    private long end;

    /**
     * Cuts a READ into what is data and what a hole. Suspends.
     *
     * @return nothing if it is better read as one; else extents that together have {@code length} bytes, each
     *     hole of them long enough to hold the headers of two chunks
     */
    @CoroutineFn
    List<Extent> cut(BlockDevice disk, long offset, int length) throws IOException {
        if (length < Limits.HOLES_READ_SIZE_MIN) return List.of();
        if (offset >= start && offset + length <= end) return List.of();
        long ahead = Math.clamp(disk.size() - offset, length, Math.max(length, Limits.HOLES_AHEAD_BYTES));
        List<Extent> found = disk.extents(offset, ahead, Limits.READ_EXTENTS_MAX);
        Extent first = found.getFirst();
        if (!first.isZero()) {
            start = offset;
            end = offset + first.length();
        }
        List<Extent> cut = clip(found, length);
        return cut.size() == 1 && !cut.getFirst().isZero() ? List.of() : cut;
    }

    /** What comes after the last is taken for data, and what is too short to be a chunk too. */
    private static List<Extent> clip(List<Extent> found, int length) {
        var cut = new ArrayList<Extent>();
        long data = 0;
        long left = length;
        for (Extent each : found) {
            long bytes = Math.min(each.length(), left);
            left -= bytes;
            if (!each.isZero() || bytes < Limits.HOLE_SIZE_MIN) {
                data += bytes;
                continue;
            }
            if (data > 0) cut.add(Extent.ofData(data));
            cut.add(Extent.ofHole(bytes));
            data = 0;
        }
        if (data + left > 0) cut.add(Extent.ofData(data + left));
        return cut;
    }
}
