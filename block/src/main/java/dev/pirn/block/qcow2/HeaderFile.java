package dev.pirn.block.qcow2;

import dev.pirn.block.StorageFile;
import dev.pirn.CoroutineFn;
import dev.pirn.lock.CoMutex;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.function.UnaryOperator;

/** An image's header as it stands in the file, changed field by field; what else is there stays. */
final class HeaderFile {
    private final StorageFile file;
    private final CoMutex lock;
    private volatile Header header;
    private volatile boolean unsafe;

    HeaderFile(StorageFile file, Header header) {
        this.file = file;
        this.header = header;
        this.lock = new CoMutex("header of " + file.name());
    }

    Header header() {
        return header;
    }

    /** Whether it was written, but may not be on stable storage. */
    boolean isUnsafe() {
        return unsafe;
    }

    /** Says that a flush succeeded which began after the last update. */
    void settle() {
        unsafe = false;
    }

    /**
     * Writes what {@code change} makes of it: one write, in one sector, so that it is never half done. On
     * stable storage after the next flush: tell {@link #settle} then.
     */
    @CoroutineFn
    void update(UnaryOperator<Header> change) throws IOException {
        lock.lock();
        try {
            updateHeld(change);
        } finally {
            lock.unlock();
        }
    }

    /** The same, and flushes. */
    @CoroutineFn
    void updateSafely(UnaryOperator<Header> change) throws IOException {
        lock.lock();
        try {
            updateHeld(change);
            if (!unsafe) return;
            file.flush();
            unsafe = false;
        } finally {
            lock.unlock();
        }
    }

    @CoroutineFn
    private void updateHeld(UnaryOperator<Header> change) throws IOException {
        Header changed = change.apply(header);
        if (changed.equals(header) && !unsafe) return;
        MemorySegment bytes = Slice.allocate(Header.LENGTH_V3);
        changed.put(bytes.asByteBuffer());
        unsafe = true;
        // The compression type and what comes after it never change, and may be unknown here.
        file.write(0, bytes.asSlice(0, changed.version() < 3 ? Header.LENGTH_V2 : Header.LENGTH_V3_MIN));
        header = changed;
    }
}
