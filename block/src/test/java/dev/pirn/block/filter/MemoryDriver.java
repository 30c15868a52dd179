package dev.pirn.block.filter;

import dev.pirn.block.Driver;
import dev.pirn.block.Extent;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/** A disk in memory, that notes what it was asked. */
final class MemoryDriver implements Driver {
    final MemorySegment content;
    final List<String> trace = new ArrayList<>();
    boolean closed;

    MemoryDriver(int size) {
        content = MemorySegment.ofArray(new byte[size]).fill((byte) 'o');
    }

    @Override
    public long size() {
        return content.byteSize();
    }

    @Override
    public void read(long offset, MemorySegment target) {
        trace.add("read " + offset + " +" + target.byteSize());
        target.copyFrom(content.asSlice(offset, target.byteSize()));
    }

    @Override
    public void write(long offset, MemorySegment source) {
        throw new AssertionError("a filter says whether it is FUA");
    }

    @Override
    public void write(long offset, MemorySegment source, boolean fua) {
        trace.add("write " + offset + " +" + source.byteSize() + (fua ? " fua" : ""));
        content.asSlice(offset, source.byteSize()).copyFrom(source);
    }

    @Override
    public void writeZeroes(long offset, long length, boolean mayUnmap) {
        throw new AssertionError("a filter says whether it is FUA");
    }

    @Override
    public void writeZeroes(long offset, long length, boolean mayUnmap, boolean fua) {
        trace.add("zero " + offset + " +" + length + (mayUnmap ? " unmap" : "") + (fua ? " fua" : ""));
        content.asSlice(offset, length).fill((byte) 0);
    }

    @Override
    public boolean writeZeroesFast(long offset, long length, boolean mayUnmap, boolean fua) {
        trace.add("fast zero " + offset + " +" + length + (mayUnmap ? " unmap" : "") + (fua ? " fua" : ""));
        content.asSlice(offset, length).fill((byte) 0);
        return true;
    }

    @Override
    public void discard(long offset, long length) {
        trace.add("discard " + offset + " +" + length);
    }

    @Override
    public void flush() {
        trace.add("flush");
    }

    @Override
    public void prefetch(long offset, long length) {
        trace.add("prefetch " + offset + " +" + length);
    }

    @Override
    public List<Extent> extents(long offset, long length, int countMax) {
        trace.add("extents " + offset + " +" + length);
        return List.of(Extent.ofHole(length));
    }

    @Override
    public void close() {
        closed = true;
    }
}
