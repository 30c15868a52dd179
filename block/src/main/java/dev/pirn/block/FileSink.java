package dev.pirn.block;

import dev.pirn.CoroutineFn;
import java.io.EOFException;
import java.io.IOException;
import java.nio.channels.FileChannel;

/** Where bytes of a disk go that are a file's, without a copy in memory: see {@link BlockDevice#send}. */
@FunctionalInterface
public interface FileSink {
    /**
     * Takes {@code length} bytes of {@code file}, from {@code position} on; suspends until it has them. They
     * are in the page cache.
     *
     * @throws EOFException if the file ends before that
     * @throws IOException if it cannot take them
     */
    @CoroutineFn
    void take(FileChannel file, long position, long length) throws IOException;
}
