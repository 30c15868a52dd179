package dev.pirn.block;

import dev.pirn.aio.ThreadPool;
import dev.pirn.CoroutineFn;
import dev.pirn.NoCoroutineFn;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.List;

/** A file as a disk, byte for byte. */
final class RawDriver implements Driver {
    /** What is read at a time where the system cannot prefetch. */
    private static final int CHUNK_SIZE = 1 << 20;
    /** Where prefetched bytes go: nobody reads it, so that all may write it at a time. */
    private static final MemorySegment WASTE = Arena.global().allocate(CHUNK_SIZE, 64);

    private final RawFile file;
    private final Allocation allocation;
    private final long size;
    private final Flushes flushes;

    RawDriver(RawFile file, RawOptions options) throws IOException {
        this.file = file;
        this.flushes = Flushes.of(options.cache(), file.toString(), file::flush);
        this.allocation = new Allocation(file, options.discard() == Discard.UNMAP);
        this.size = file.size();
    }

    /** Opens the file. */
    @NoCoroutineFn
    static RawDriver open(Path path, RawOptions options, ThreadPool pool, RawFiles files)
            throws IOException {
        RawFile file = files.open(path, options, pool);
        try {
            return new RawDriver(file, options);
        } catch (IOException | RuntimeException e) {
            file.close();
            throw e;
        }
    }

    @Override
    public long size() {
        return size;
    }

    @Override
    public void read(long offset, MemorySegment target) throws IOException {
        file.read(offset, target);
    }

    @Override
    public boolean canSend(long offset, long length) {
        return file.canSend(offset, length);
    }

    @Override
    public void send(long offset, long length, long askedNanos, FileSink sink) throws IOException {
        file.send(offset, length, askedNanos, sink);
    }

    @Override
    public void write(long offset, MemorySegment source) throws IOException {
        checkStillThere(offset, source.byteSize());
        file.write(offset, source);
    }

    /**
     * Refuses to write behind the end of a file that somebody made shorter: the write would make it longer
     * again, and what lies between would read as zeroes instead of failing.
     */
    private void checkStillThere(long offset, long length) throws IOException {
        long now = file.size();
        if (now < offset + length) {
            throw new IOException(("%s: write of [%d, +%d), but the file has %d bytes now instead of %d: "
                    + "who made it shorter?").formatted(file, offset, length, now, size));
        }
    }

    @Override
    public void writeZeroes(long offset, long length, boolean mayUnmap) throws IOException {
        if (zeroByAllocation(offset, length, mayUnmap)) return;
        for (long done = 0; done < length; ) {
            MemorySegment piece = Allocation.zeroes(length - done);
            write(offset + done, piece);
            done += piece.byteSize();
        }
    }

    @Override
    public boolean writeZeroesFast(long offset, long length, boolean mayUnmap, boolean fua)
            throws IOException {
        boolean done = zeroByAllocation(offset, length, mayUnmap);
        if (done && fua) flush();
        return done;
    }

    @CoroutineFn
    private boolean zeroByAllocation(long offset, long length, boolean mayUnmap) throws IOException {
        checkStillThere(offset, length);
        return allocation.zero(offset, length, mayUnmap);
    }

    @Override
    public void discard(long offset, long length) throws IOException {
        allocation.punch(offset, length);
    }

    /** Once it failed, it fails for good: see {@link Flushes}. */
    @Override
    public void flush() throws IOException {
        flushes.flush();
    }

    @Override
    public void prefetch(long offset, long length) throws IOException {
        if (file.willNeed(offset, length)) return;
        for (long done = 0; done < length; done += CHUNK_SIZE) {
            file.read(offset + done, WASTE.asSlice(0, Math.min(CHUNK_SIZE, length - done)));
        }
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
