package dev.pirn.block.qcow2;

import dev.pirn.block.StorageFile;
import dev.pirn.CoroutineFn;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;

/** Reads small entries, one behind the other, by large pieces. For one coroutine. */
final class Window {
    /** The longest that can be read. */
    static final int SIZE = 64 << 10;

    private final StorageFile file;
    private final MemorySegment window = Slice.allocate(SIZE);
    private long windowAt = -SIZE;

    Window(StorageFile file) {
        this.file = file;
    }

    /** A copy of {@code size} bytes at {@code at} of the file. Suspends. */
    @CoroutineFn
    ByteBuffer bytes(long at, int size) throws IOException {
        if (at < windowAt || at + size > windowAt + SIZE) {
            file.read(at, window);
            windowAt = at;
        }
        ByteBuffer bytes = ByteBuffer.allocate(size);
        MemorySegment.ofBuffer(bytes).copyFrom(window.asSlice(at - windowAt, size));
        return bytes;
    }
}
