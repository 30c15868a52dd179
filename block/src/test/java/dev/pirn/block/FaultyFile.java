package dev.pirn.block;

import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;

/**
 * A real file whose calls do first what a test says: fail, or do less. Then they do what they are asked. What
 * was called is in {@link #trace}, with the bytes asked for: {@code here} on the loop's thread.
 */
final class FaultyFile implements Descriptor {
    /** What the next calls of one kind return: an error, or at most so many bytes. */
    final ArrayDeque<Long> here = new ArrayDeque<>();
    final ArrayDeque<Long> inPool = new ArrayDeque<>();
    final List<String> trace = new ArrayList<>();
    /** Runs within the next call that is made here: what another loop does meanwhile. Null for nothing. */
    Runnable meanwhile;
    boolean inMemory;
    /** Whether nothing is in the page cache. */
    boolean evicted;
    int flushed;

    private final Descriptor file;

    FaultyFile(Descriptor file) {
        this.file = file;
    }

    private static long answer(ArrayDeque<Long> script, long length) {
        Long next = script.poll();
        return next == null ? length : next < 0 ? next : Math.min(next, length);
    }

    private void others() {
        Runnable now = meanwhile;
        meanwhile = null;
        if (now != null) now.run();
    }

    private long note(String what, long result) {
        synchronized (trace) {
            trace.add(what + " = " + result);
        }
        return result;
    }

    @Override
    public long readHere(long address, long length, long offset, int flags) {
        long most = answer(here, length);
        others();
        return note("readHere " + length + (flags == NOWAIT ? " NOWAIT" : ""),
                most <= 0 ? most : file.readHere(address, most, offset, 0));
    }

    @Override
    public long writeHere(long address, long length, long offset, int flags) {
        long most = answer(here, length);
        others();
        return note("writeHere " + length + (flags == NOWAIT ? " NOWAIT" : ""),
                most <= 0 ? most : file.writeHere(address, most, offset, 0));
    }

    @Override
    public long read(MemorySegment target, long offset) {
        long most = answer(inPool, target.byteSize());
        return note("read " + target.byteSize(),
                most <= 0 ? most : file.read(target.asSlice(0, most), offset));
    }

    @Override
    public long write(MemorySegment source, long offset) {
        long most = answer(inPool, source.byteSize());
        return note("write " + source.byteSize(),
                most <= 0 ? most : file.write(source.asSlice(0, most), offset));
    }

    @Override
    public long size() {
        return file.size();
    }

    @Override
    public boolean isCached(long offset, long length) {
        boolean cached = !evicted && file.isCached(offset, length);
        note("isCached " + length, cached ? 1 : 0);
        return cached;
    }

    @Override
    public FileChannel channel() {
        return file.channel();
    }

    @Override
    public int flush() {
        return flushed < 0 ? flushed : file.flush();
    }

    @Override
    public int allocate(int mode, long offset, long length) {
        return file.allocate(mode, offset, length);
    }

    @Override
    public void willNeed(long offset, long length) {
        file.willNeed(offset, length);
    }

    @Override
    public long seek(long offset, int whence) {
        return file.seek(offset, whence);
    }

    @Override
    public boolean isInMemory() {
        return inMemory;
    }

    @Override
    public void close() {
        file.close();
    }
}
