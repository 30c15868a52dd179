package dev.pirn.block;

import dev.pirn.aio.ThreadPool;
import dev.pirn.CoroutineFn;
import dev.pirn.NoCoroutineFn;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;

/**
 * The file below an image format: bytes at offsets, that grow where they are written behind their end, and
 * are zeroes there until then.
 *
 * <p>To be implemented by those who have files of their own, far away or failing on purpose. All but
 * {@link #size} and {@link #close} may suspend; many calls, from coroutines of any loops, may be inside at a
 * time; those that overlap are ordered by nobody.
 */
public interface StorageFile extends AutoCloseable {
    /**
     * Opens the file at {@code path}. Blocks: call it in the pool.
     *
     * @param pool whose threads do the file work; stays the caller's
     * @throws IOException if it cannot be opened as asked
     */
    @NoCoroutineFn
    static StorageFile open(Path path, RawOptions options, ThreadPool pool) throws IOException {
        // A disk of the host, say, does not grow either.
        if (!Files.isRegularFile(path)) return of(BlockDevice.openRaw(path, options, pool));
        return OpenFile.open(path, options, pool);
    }

    /**
     * Makes the file at {@code path}, or empties it, and opens it for reading and writing. Blocks.
     *
     * @throws IOException if that cannot be done
     */
    @NoCoroutineFn
    static StorageFile create(Path path, ThreadPool pool) throws IOException {
        FileChannel.open(path, StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING,
                StandardOpenOption.WRITE).close();
        return open(path, RawOptions.DEFAULT, pool);
    }

    /**
     * A disk as such a file, one that cannot grow: another server's export, say. It is closed with it.
     *
     * @throws IllegalStateException when it is written to, if the disk is read-only
     */
    static StorageFile of(BlockDevice device) {
        return new DeviceFile(device);
    }

    /** What errors call it. */
    String name();

    /** Its size in bytes, now. */
    long size() throws IOException;

    /**
     * How long it can become. Where it has a size of its own, as a disk has, that: it never changes then,
     * what is written behind it, zeroes apart, throws {@link NoSpaceException}, and {@link #resize} to less
     * does nothing.
     */
    default long sizeMax() {
        return Long.MAX_VALUE;
    }

    /** Fills {@code target}; what lies behind the end reads as zeroes. */
    @CoroutineFn
    void read(long offset, MemorySegment target) throws IOException;

    /** Writes all of {@code source}; behind the end the file grows. */
    @CoroutineFn
    void write(long offset, MemorySegment source) throws IOException;

    /**
     * Makes the range read as zeroes; behind the end the file grows.
     *
     * @param mayUnmap whether the storage may be given back
     */
    @CoroutineFn
    void writeZeroes(long offset, long length, boolean mayUnmap) throws IOException;

    /** Gives back the storage of the range, which then reads as before or as zeroes; or leaves it. */
    @CoroutineFn
    void discard(long offset, long length) throws IOException;

    /**
     * Has on stable storage what was written, and the size, of calls that have returned. If that fails, what
     * was written before may be lost whatever a later one says: then all that come later must fail, too.
     */
    @CoroutineFn
    void flush() throws IOException;

    /** Cuts the file, or makes it longer by zeroes. Nobody may write meanwhile. */
    @CoroutineFn
    void resize(long size) throws IOException;

    /** Reserves storage for the range, as far as the system can; the size stays. */
    @CoroutineFn
    void reserve(long offset, long length) throws IOException;

    /** As {@link Driver#extents}; the range must lie in the file. */
    @CoroutineFn
    List<Extent> extents(long offset, long length, int countMax) throws IOException;

    /** Closes it. Does not flush. */
    @Override
    void close() throws IOException;
}
