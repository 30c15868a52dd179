package dev.pirn.block;

import dev.pirn.aio.ThreadPool;
import dev.pirn.NoCoroutineFn;
import java.io.EOFException;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.List;

/** A {@link RawFile} as a {@link StorageFile}. */
final class OpenFile implements StorageFile {
    private final RawFile file;
    private final Allocation allocation;
    private final Flushes flushes;
    /** At most the size: a read below it asks nobody. Plain: what a loop does not see, it asks again. */
    private long sizeMin;

    private OpenFile(RawFile file, RawOptions options) throws IOException {
        this.file = file;
        this.flushes = Flushes.of(options.cache(), file.toString(), file::flush);
        this.allocation = new Allocation(file, options.discard() == Discard.UNMAP);
        this.sizeMin = file.size();
    }

    @NoCoroutineFn
    static OpenFile open(Path path, RawOptions options, ThreadPool pool) throws IOException {
        return open(path, options, pool, RawFiles.ofSystem());
    }

    @NoCoroutineFn
    static OpenFile open(Path path, RawOptions options, ThreadPool pool, RawFiles files) throws IOException {
        RawFile file = files.openToGrow(path, options, pool);
        try {
            return new OpenFile(file, options);
        } catch (IOException | RuntimeException e) {
            file.close();
            throw e;
        }
    }

    @Override
    public String name() {
        return file.toString();
    }

    @Override
    public long size() throws IOException {
        return file.size();
    }

    @Override
    public void read(long offset, MemorySegment target) throws IOException {
        if (offset + target.byteSize() <= sizeMin) {
            try {
                file.read(offset, target);
                return;
            } catch (EOFException e) {
                sizeMin = 0; // Somebody made it shorter.
            }
        }
        long size = file.size();
        sizeMin = size;
        long there = Math.clamp(size - offset, 0, target.byteSize());
        if (there > 0) file.read(offset, target.asSlice(0, there));
        target.asSlice(there).fill((byte) 0);
    }

    @Override
    public void write(long offset, MemorySegment source) throws IOException {
        file.write(offset, source);
    }

    @Override
    public void writeZeroes(long offset, long length, boolean mayUnmap) throws IOException {
        long size = file.size();
        if (offset + length > size) {
            // One byte, and the others are a hole. Not by resize: somebody else may be writing behind it.
            file.write(offset + length - 1, Allocation.zeroes(1));
        }
        long inside = Math.min(length, size - offset);
        if (inside <= 0) return;
        if (allocation.zero(offset, inside, mayUnmap)) return;
        for (long done = 0; done < inside; ) {
            MemorySegment piece = Allocation.zeroes(inside - done);
            file.write(offset + done, piece);
            done += piece.byteSize();
        }
    }

    @Override
    public void discard(long offset, long length) throws IOException {
        allocation.punch(offset, length);
    }

    @Override
    public void flush() throws IOException {
        flushes.flush();
    }

    @Override
    public void resize(long size) throws IOException {
        if (size < sizeMin) sizeMin = size;
        file.resize(size);
    }

    @Override
    public void reserve(long offset, long length) throws IOException {
        file.allocate(0, offset, length); // Who cannot has no storage to reserve.
    }

    @Override
    public List<Extent> extents(long offset, long length, int countMax) throws IOException {
        return file.extents(offset, length, countMax);
    }

    @Override
    public void close() throws IOException {
        file.close();
    }

    /** Names it for people. */
    @Override
    public String toString() {
        return name();
    }
}
