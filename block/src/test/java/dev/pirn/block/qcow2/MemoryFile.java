package dev.pirn.block.qcow2;

import dev.pirn.block.Extent;
import dev.pirn.block.StorageFile;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;

/** A file in memory: some pieces of it are there, wherever they are; the others are holes. */
final class MemoryFile implements StorageFile {
    private static final int SIZE_MAX = 64 << 20;
    private static final long CALLS_MAX = 2_000_000;

    private byte[] bytes;
    private long size;
    /** Calls that may still be made, before somebody turns in a circle. */
    private long callsLeft = CALLS_MAX;

    MemoryFile(byte[] bytes) {
        this.bytes = bytes;
        this.size = bytes.length;
    }

    long calls() {
        return CALLS_MAX - callsLeft;
    }

    byte[] content() {
        return Arrays.copyOf(bytes, (int) Math.min(size, bytes.length));
    }

    /** Says that it is so long, by a hole. */
    void growTo(long length) {
        size = Math.max(size, length);
    }

    private void count() {
        if (--callsLeft < 0) throw new AssertionError("too many calls");
    }

    @Override
    public String name() {
        return "memory";
    }

    @Override
    public long size() {
        return size;
    }

    @Override
    public void read(long offset, MemorySegment target) {
        count();
        long there = Math.clamp(bytes.length - offset, 0, target.byteSize());
        MemorySegment.copy(MemorySegment.ofArray(bytes), there == 0 ? 0 : offset, target, 0, there);
        target.asSlice(there).fill((byte) 0);
    }

    private void reach(long end) throws IOException {
        count();
        if (end > SIZE_MAX) throw new IOException("memory: File too large: " + end);
        if (end > bytes.length) bytes = Arrays.copyOf(bytes, (int) Math.max(end, bytes.length * 3L / 2));
        size = Math.max(size, end);
    }

    @Override
    public void write(long offset, MemorySegment source) throws IOException {
        reach(offset + source.byteSize());
        MemorySegment.copy(source, 0, MemorySegment.ofArray(bytes), offset, source.byteSize());
    }

    @Override
    public void writeZeroes(long offset, long length, boolean mayUnmap) throws IOException {
        reach(offset + length);
        Arrays.fill(bytes, (int) offset, (int) (offset + length), (byte) 0);
    }

    @Override
    public void discard(long offset, long length) {
        count();
    }

    @Override
    public void flush() {
        count();
    }

    @Override
    public void resize(long to) throws IOException {
        if (to < bytes.length) bytes = Arrays.copyOf(bytes, (int) to);
        size = to;
    }

    @Override
    public void reserve(long offset, long length) {
        count();
    }

    @Override
    public List<Extent> extents(long offset, long length, int countMax) {
        count();
        long there = bytes.length - offset;
        return List.of(there <= 0 ? Extent.ofHole(length) : Extent.ofData(Math.min(there, length)));
    }

    @Override
    public void close() { }
}
