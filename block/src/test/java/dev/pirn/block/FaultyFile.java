package dev.pirn.block;

import dev.pirn.Completion;
import dev.pirn.CoroutineFn;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;

/**
 * A real file whose calls do first what a test says: fail, or do less. Then they do what they are asked. What
 * was called is in {@link #trace}, with the bytes asked for: {@code here} on the loop's thread.
 */
final class FaultyFile implements Descriptor {
    /**
     * What the next calls of one kind return, on the loop's thread and by an {@link AsyncIo}: an error, or at
     * most so many bytes.
     */
    final ArrayDeque<Long> here = new ArrayDeque<>();
    final ArrayDeque<Long> async = new ArrayDeque<>();
    final List<String> trace = new ArrayList<>();
    /** Runs within the next call that is made here: what another loop does meanwhile. Null for nothing. */
    Runnable meanwhile;
    boolean inMemory;
    /** Whether nothing is in the page cache. */
    boolean evicted;
    int flushed;
    /** What addresses, offsets and lengths must be multiples of; else {@code EINVAL}, as with O_DIRECT. */
    int unit = 1;
    int byRing; // So many calls were a ring's.

    private final Descriptor file;
    /** Opened when what waits for the disk may go on. */
    private CountDownLatch held = new CountDownLatch(0);
    private Completion<Void> release;
    private Completion<Void> heldByRing; // The same, until a coroutine waits for it.

    FaultyFile(Descriptor file) {
        this.file = file;
    }

    /** From now on the disk answers nobody, until {@link #release}; one coroutine may wait for it. */
    void hold() {
        held = new CountDownLatch(1);
        release = new Completion<>("a disk that is held");
        heldByRing = release;
    }

    void release() {
        held.countDown();
        release.complete(null);
    }

    @CoroutineFn
    private void awaitInLoop() {
        Completion<Void> first = heldByRing;
        heldByRing = null;
        if (first != null) first.join();
    }

    private void awaitHere() {
        try {
            held.await();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private long answerAsync(MemorySegment memory, long offset) {
        if (((memory.address() | memory.byteSize() | offset) & unit - 1) != 0) return -Errno.EINVAL;
        return answer(async, memory.byteSize());
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
        awaitHere();
        long most = answerAsync(target, offset);
        return note("read " + target.byteSize(),
                most <= 0 ? most : file.read(target.asSlice(0, most), offset));
    }

    @Override
    public long write(MemorySegment source, long offset) {
        long most = answerAsync(source, offset);
        return note("write " + source.byteSize(),
                most <= 0 ? most : file.write(source.asSlice(0, most), offset));
    }

    @Override
    public long read(LoopRing ring, MemorySegment target, long offset) {
        long most = answerAsync(target, offset);
        byRing++;
        awaitInLoop();
        return note("read " + target.byteSize(),
                most <= 0 ? most : file.read(ring, target.asSlice(0, most), offset));
    }

    @Override
    public long write(LoopRing ring, MemorySegment source, long offset) {
        long most = answerAsync(source, offset);
        byRing++;
        return note("write " + source.byteSize(),
                most <= 0 ? most : file.write(ring, source.asSlice(0, most), offset));
    }

    @Override
    public int flush(LoopRing ring) {
        byRing++;
        return flushed < 0 ? flushed : file.flush(ring);
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
    public int truncate(long size) {
        return file.truncate(size);
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
