package dev.pirn.block;

import dev.pirn.aio.ThreadPool;
import dev.pirn.CoroutineFn;
import dev.pirn.NoCoroutineFn;
import java.io.EOFException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.List;

/** A {@link RawFile} as a {@link StorageFile}. */
final class OpenFile implements StorageFile {
    private static final int CHUNK_SIZE = 1 << 20;
    private static final MemorySegment ZEROES = Arena.global().allocate(CHUNK_SIZE, 64).asReadOnly();

    private final RawFile file;
    private final boolean unmap;
    private final Flushes flushes;
    /** At most the size: a read below it asks nobody. Plain: what a loop does not see, it asks again. */
    private long sizeMin;
    /** The modes of allocate that this file system has refused for good. */
    private int refused;

    private OpenFile(RawFile file, boolean unmap) throws IOException {
        this.file = file;
        this.flushes = new Flushes(file.toString(), file::flush);
        this.unmap = unmap;
        this.sizeMin = file.size();
    }

    @NoCoroutineFn
    static OpenFile open(Path path, RawOptions options, ThreadPool pool) throws IOException {
        if (options.cache() == CacheMode.NONE) {
            throw new UnsupportedOptionException(CacheMode.NONE, path + ": a file that grows");
        }
        RawFile file = RawFiles.ofSystem().open(path, options, pool);
        try {
            return new OpenFile(file, options.discard() == Discard.UNMAP);
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
            file.write(offset + length - 1, ZEROES.asSlice(0, 1));
        }
        long inside = Math.min(length, size - offset);
        if (inside <= 0) return;
        if (mayUnmap && unmap && allocate(RawFile.FALLOC_FL_PUNCH_HOLE, offset, inside)) return;
        if (allocate(RawFile.FALLOC_FL_ZERO_RANGE, offset, inside)) return;
        for (long done = 0; done < inside; done += CHUNK_SIZE) {
            file.write(offset + done, ZEROES.asSlice(0, Math.min(CHUNK_SIZE, inside - done)));
        }
    }

    @Override
    public void discard(long offset, long length) throws IOException {
        if (unmap) allocate(RawFile.FALLOC_FL_PUNCH_HOLE, offset, length);
    }

    /** Has the system do it; false if it cannot, and then nothing was changed. */
    @CoroutineFn
    private boolean allocate(int mode, long offset, long length) throws IOException {
        if ((refused & mode) != 0) return false;
        var outcome = file.allocate(mode, offset, length);
        if (outcome == RawFile.Outcome.NEVER) refused |= mode;
        return outcome == RawFile.Outcome.DONE;
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
