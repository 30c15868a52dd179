package dev.pirn.block;

import dev.pirn.aio.CoFile;
import dev.pirn.aio.ThreadPool;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * A file as a disk, byte for byte.
 *
 * <p>Zeroing tries, each as long as the file system has not refused it for good:
 * <pre>
 *   PUNCH_HOLE, if the request and the options allow ──▶ ZERO_RANGE ──▶ zeroes written, CHUNK_SIZE at a time
 * </pre>
 */
final class RawDriver implements Driver {
    /**
     * What is written at a time where the system cannot zero, and read at a time where it cannot prefetch.
     */
    private static final int CHUNK_SIZE = 1 << 20;

    private static final ByteBuffer ZEROES = ByteBuffer.allocateDirect(CHUNK_SIZE).asReadOnlyBuffer();
    /** Where prefetched bytes go: nobody reads it, so that all may write it at a time. */
    private static final ByteBuffer WASTE = ByteBuffer.allocateDirect(CHUNK_SIZE);

    private final CoFile file;
    private final LinuxFile linux; // Null where there is none.
    private final ThreadPool pool;
    private final boolean unmap;
    private final long size;
    /** The modes of fallocate that this file system has refused for good. Touched by the loop alone. */
    private int refused;

    private RawDriver(CoFile file, LinuxFile linux, ThreadPool pool, boolean unmap) throws IOException {
        this.file = file;
        this.linux = linux;
        this.pool = pool;
        this.unmap = unmap;
        this.size = file.size();
    }

    static RawDriver open(Path path, RawOptions options, ThreadPool pool, boolean nativeAccess)
            throws IOException {
        boolean readOnly = options.readOnly();
        OpenOption[] how = readOnly ? new OpenOption[] {StandardOpenOption.READ}
                : new OpenOption[] {StandardOpenOption.READ, StandardOpenOption.WRITE};
        CoFile file = CoFile.open(path, pool, how);
        LinuxFile linux = null;
        try {
            // By name a second time: the JDK does not tell the descriptor that it has.
            if (nativeAccess) linux = LinuxFile.open(path, readOnly);
            return new RawDriver(file, linux, pool, options.discard() == Discard.UNMAP);
        } catch (IOException | RuntimeException e) {
            if (linux != null) linux.close();
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
        file.read(target.asByteBuffer(), offset);
    }

    @Override
    public void write(long offset, MemorySegment source) throws IOException {
        write(offset, source.asByteBuffer());
    }

    private void write(long offset, ByteBuffer source) throws IOException {
        checkStillThere(offset, source.remaining());
        try {
            file.write(source, offset);
        } catch (IOException e) {
            throw isNoSpace(e) ? new NoSpaceException(file + ": " + e.getMessage(), e) : e;
        }
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

    /**
     * The JDK has no type for it and does not tell errno; the text is the C library's. Where that is not in
     * English, a full disk is a disk that failed, as it would be without this.
     */
    private static boolean isNoSpace(IOException e) {
        String message = e.getMessage();
        return message != null && (message.contains("No space left") || message.contains("quota exceeded"));
    }

    @Override
    public void writeZeroes(long offset, long length, boolean mayUnmap) throws IOException {
        checkStillThere(offset, length);
        if (mayUnmap && unmap && allocate(LinuxFile.FALLOC_FL_PUNCH_HOLE, offset, length)) return;
        if (allocate(LinuxFile.FALLOC_FL_ZERO_RANGE, offset, length)) return;
        for (long done = 0; done < length; done += CHUNK_SIZE) {
            write(offset + done, ZEROES.duplicate().limit((int) Math.min(CHUNK_SIZE, length - done)));
        }
    }

    @Override
    public void discard(long offset, long length) throws IOException {
        if (unmap) allocate(LinuxFile.FALLOC_FL_PUNCH_HOLE, offset, length);
    }

    /** Has the system do it; false if it cannot, and then nothing was changed. */
    private boolean allocate(int mode, long offset, long length) throws IOException {
        if (linux == null || (refused & mode) != 0) return false;
        var outcome = pool.call(() -> linux.allocate(mode | LinuxFile.FALLOC_FL_KEEP_SIZE, offset, length));
        if (outcome == LinuxFile.Outcome.NEVER) refused |= mode;
        return outcome == LinuxFile.Outcome.DONE;
    }

    @Override
    public void flush() throws IOException {
        file.flush();
    }

    @Override
    public void prefetch(long offset, long length) throws IOException {
        if (linux != null) {
            pool.call(() -> {
                linux.willNeed(offset, length);
                return null;
            });
            return;
        }
        for (long done = 0; done < length; done += CHUNK_SIZE) {
            file.read(WASTE.duplicate().limit((int) Math.min(CHUNK_SIZE, length - done)), offset + done);
        }
    }

    @Override
    public void close() throws IOException {
        try (linux) {
            file.close();
        }
    }
}
