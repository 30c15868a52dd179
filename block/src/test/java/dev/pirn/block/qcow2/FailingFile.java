package dev.pirn.block.qcow2;

import dev.pirn.block.Extent;
import dev.pirn.block.StorageFile;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.List;

/** A file of which one call fails, or all from one on, without having done anything. */
final class FailingFile implements StorageFile {
    private final StorageFile file;
    /** Calls until then succeed. */
    private int left = Integer.MAX_VALUE;
    private boolean forEver;
    private boolean failed;

    FailingFile(StorageFile file) {
        this.file = file;
    }

    /** Has the call after {@code count} others fail; and all after it if {@code all}. */
    void failAfter(int count, boolean all) {
        left = count;
        forEver = all;
        failed = false;
    }

    /** From now on all is well; returns whether a call failed. */
    boolean heal() {
        left = Integer.MAX_VALUE;
        return failed;
    }

    private void mayFail() throws IOException {
        if (left-- > 0 || failed && !forEver) return;
        failed = true;
        left = 0;
        throw new IOException("failed on purpose");
    }

    @Override
    public String name() {
        return file.name();
    }

    @Override
    public long size() throws IOException {
        mayFail();
        return file.size();
    }

    @Override
    public void read(long offset, MemorySegment target) throws IOException {
        mayFail();
        file.read(offset, target);
    }

    @Override
    public void write(long offset, MemorySegment source) throws IOException {
        mayFail();
        file.write(offset, source);
    }

    @Override
    public void writeZeroes(long offset, long length, boolean mayUnmap) throws IOException {
        mayFail();
        file.writeZeroes(offset, length, mayUnmap);
    }

    @Override
    public void discard(long offset, long length) throws IOException {
        mayFail();
        file.discard(offset, length);
    }

    @Override
    public void flush() throws IOException {
        mayFail(); // And no more, for the power stays on: else most of a test's time.
    }

    @Override
    public void resize(long size) throws IOException {
        mayFail();
        file.resize(size);
    }

    @Override
    public void reserve(long offset, long length) throws IOException {
        mayFail();
        file.reserve(offset, length);
    }

    @Override
    public List<Extent> extents(long offset, long length, int countMax) throws IOException {
        mayFail();
        return file.extents(offset, length, countMax);
    }

    @Override
    public void close() throws IOException {
        file.close();
    }
}
