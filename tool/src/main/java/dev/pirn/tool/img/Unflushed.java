package dev.pirn.tool.img;

import dev.pirn.block.Extent;
import dev.pirn.block.StorageFile;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * A file whose flushes do nothing ({@code -t unsafe}): all is in the page cache at the end, and the system
 * brings it to the disk when it likes. A conversion that a power cut ends is begun anew anyway, and waiting
 * for the disk took most of its time.
 */
record Unflushed(StorageFile file) implements StorageFile {
    @Override
    public String name() {
        return file.name();
    }

    @Override
    public long size() throws IOException {
        return file.size();
    }

    @Override
    public void read(long offset, MemorySegment target) throws IOException {
        file.read(offset, target);
    }

    @Override
    public void write(long offset, MemorySegment source) throws IOException {
        file.write(offset, source);
    }

    @Override
    public void writeZeroes(long offset, long length, boolean mayUnmap) throws IOException {
        file.writeZeroes(offset, length, mayUnmap);
    }

    @Override
    public void discard(long offset, long length) throws IOException {
        file.discard(offset, length);
    }

    @Override
    public void flush() {
        // That is the point.
    }

    @Override
    public void resize(long size) throws IOException {
        file.resize(size);
    }

    @Override
    public void reserve(long offset, long length) throws IOException {
        file.reserve(offset, length);
    }

    @Override
    public List<Extent> extents(long offset, long length, int countMax) throws IOException {
        return file.extents(offset, length, countMax);
    }

    @Override
    public void close() throws IOException {
        file.close();
    }
}
