package dev.pirn.aio;

import dev.pirn.CoroutineFn;
import dev.pirn.NoCoroutineFn;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.util.Set;

/**
 * A file that suspends the coroutine which waits for it instead of the thread: each operation runs in a
 * thread pool.
 *
 * <p>Many coroutines, of any loops, may use it at a time; operations that overlap are ordered by nobody. A
 * buffer belongs to the operation until that returns.
 */
public final class CoFile implements AutoCloseable {
    private final Path path;
    private final FileChannel channel;
    private final ThreadPool pool;

    private CoFile(Path path, FileChannel channel, ThreadPool pool) {
        this.path = path;
        this.channel = channel;
        this.pool = pool;
    }

    /**
     * Opens {@code path}. Blocks, as opening a file does: call it before the loop runs, or in the pool.
     *
     * @throws IOException as {@link FileChannel#open(Path, Set, java.nio.file.attribute.FileAttribute...)}
     */
    @NoCoroutineFn
    public static CoFile open(Path path, ThreadPool pool, OpenOption... options) throws IOException {
        return new CoFile(path, FileChannel.open(path, options), pool);
    }

    /**
     * Fills {@code target} to its limit from {@code offset} on, in bytes. Suspends.
     *
     * @throws EOFException if the file ends before that; {@code target} holds what there was
     * @throws IOException if the system fails; {@code target} then holds anything
     */
    @CoroutineFn
    public void read(ByteBuffer target, long offset) throws IOException {
        int length = target.remaining();
        pool.call(() -> {
            long from = offset;
            while (target.hasRemaining()) {
                int count = channel.read(target, from);
                if (count < 0) {
                    throw new EOFException("%s: ends %d bytes before the end of a read of [%d, +%d)"
                            .formatted(path, target.remaining(), offset, length));
                }
                from += count;
            }
            return null;
        });
    }

    /**
     * Writes all of {@code source} from {@code offset} on, in bytes; past the end the file grows. Suspends.
     * Not on stable storage before {@link #flush}.
     *
     * @throws IOException if the system fails; any part may have been written
     */
    @CoroutineFn
    public void write(ByteBuffer source, long offset) throws IOException {
        pool.call(() -> {
            long to = offset;
            while (source.hasRemaining()) to += channel.write(source, to);
            return null;
        });
    }

    /** Puts what was written before on stable storage ({@code fdatasync}). Suspends. */
    @CoroutineFn
    public void flush() throws IOException {
        pool.call(() -> {
            channel.force(false);
            return null;
        });
    }

    /** Cuts it to {@code size} bytes, or makes it longer by zeroes. Suspends. */
    @CoroutineFn
    public void resize(long size) throws IOException {
        pool.call(() -> {
            long now = channel.size();
            // The JDK's truncate makes nothing longer; one byte at the end does.
            if (size > now) channel.write(ByteBuffer.allocate(1), size - 1); else channel.truncate(size);
            return null;
        });
    }

    /** Its size in bytes. Does not suspend. */
    public long size() throws IOException {
        return channel.size();
    }

    /** Its path as it was opened. */
    public Path path() {
        return path;
    }

    /** Closes it; operations that run fail. */
    @Override
    public void close() throws IOException {
        channel.close();
    }

    /** Names it for people. */
    @Override
    public String toString() {
        return path.toString();
    }
}
