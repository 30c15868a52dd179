package dev.pirn.tool.img;

import dev.pirn.block.BlockDevice;
import dev.pirn.block.Driver;
import dev.pirn.block.Extent;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/** Parts of disks, one behind the other, to be read as one. The disks stay their owner's. */
final class Concatenation implements Driver {
    /** {@code length} bytes of a disk. */
    private record Part(BlockDevice disk, long start, long length) { }

    private final List<Part> parts;
    private final long size;

    private Concatenation(List<Part> parts) {
        this.parts = parts;
        this.size = parts.stream().mapToLong(Part::length).reduce(0, Math::addExact);
    }

    /** One disk of several; of one it is that one. */
    static BlockDevice of(List<BlockDevice> disks) {
        if (disks.size() == 1) return disks.getFirst();
        var parts = disks.stream().map(each -> new Part(each, 0, each.size())).toList();
        return BlockDevice.of("all", new Concatenation(parts), true);
    }

    /** A disk that is {@code length} bytes of another one. */
    static BlockDevice part(BlockDevice disk, long start, long length) {
        var parts = List.of(new Part(disk, start, length));
        return BlockDevice.of(disk.name(), new Concatenation(parts), true);
    }

    @Override
    public long size() {
        return size;
    }

    @Override
    public void read(long offset, MemorySegment target) throws IOException {
        long begin = 0; // Of the part, in this disk.
        for (Part each : parts) {
            long from = Math.max(offset, begin);
            long to = Math.min(offset + target.byteSize(), begin + each.length);
            if (from < to) {
                each.disk.read(each.start + from - begin, target.asSlice(from - offset, to - from));
            }
            begin += each.length;
        }
    }

    @Override
    public List<Extent> extents(long offset, long length, int countMax) throws IOException {
        var found = new ArrayList<Extent>();
        long begin = 0;
        for (Part each : parts) {
            long from = Math.max(offset, begin);
            long to = Math.min(offset + length, begin + each.length);
            if (from < to && found.size() < countMax) {
                var some = each.disk.extents(each.start + from - begin, to - from, countMax - found.size());
                found.addAll(some);
                // It may have more to tell, and what comes next must not be taken for it.
                if (some.stream().mapToLong(Extent::length).sum() < to - from) break;
            }
            begin += each.length;
        }
        return found;
    }

    @Override
    public void prefetch(long offset, long length) { }

    @Override
    public void flush() { }

    @Override
    public void close() { }

    @Override
    public void write(long offset, MemorySegment source) {
        throw new AssertionError("read-only");
    }

    @Override
    public void writeZeroes(long offset, long length, boolean mayUnmap) {
        throw new AssertionError("read-only");
    }

    @Override
    public void discard(long offset, long length) {
        throw new AssertionError("read-only");
    }
}
