package dev.pirn.block.qcow2;

import dev.pirn.Completion;
import dev.pirn.Coroutine;
import dev.pirn.CoroutineFn;
import dev.pirn.aio.EventLoop;
import dev.pirn.block.Extent;
import dev.pirn.block.StorageFile;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** A file whose next write, or every read, takes a second when a test says so. */
final class SlowFile implements StorageFile {
    boolean slow;
    /** Writes that are as fast as ever before that one. */
    int skipped;

    /** Whether reads take a second too, so many of them. */
    boolean slowReads;
    int slowReadsLeft = Integer.MAX_VALUE;
    /** Whether a cancellation ends them; not if a disk has the memory. */
    boolean cancellable;
    /** Slow reads until one fails. */
    int readsUntilFailure = Integer.MAX_VALUE;
    /** Slow reads so far, those that have not come back, and the most of these at a time. */
    int reads;
    int reading;
    int readingMax;
    /** Whoever has read since a test cleared it. */
    final Set<Coroutine> readers = new HashSet<>();

    private final StorageFile file;

    SlowFile(StorageFile file) {
        this.file = file;
    }

    @Override
    public String name() {
        return file.name();
    }

    @Override
    public long size() throws IOException {
        return file.size();
    }

    @Override
    @CoroutineFn
    public void read(long offset, MemorySegment target) throws IOException {
        readers.add(Coroutine.self());
        if (slowReads && slowReadsLeft-- > 0) takeASecond();
        file.read(offset, target);
    }

    @CoroutineFn
    private void takeASecond() throws IOException {
        reads++;
        boolean fails = readsUntilFailure-- == 0;
        readingMax = Math.max(readingMax, ++reading);
        var over = new Completion<Void>("a slow read");
        EventLoop.current().timer("a slow read", () -> over.complete(null)).arm(1_000_000_000);
        try {
            if (cancellable) over.join(); else over.joinUninterruptibly();
        } finally {
            reading--;
        }
        if (fails) throw new IOException("read " + reads + " failed on purpose");
    }

    @Override
    @CoroutineFn
    public void write(long offset, MemorySegment source) throws IOException {
        boolean waits = slow && skipped-- <= 0;
        if (waits) slow = false;
        if (waits) EventLoop.sleep(Duration.ofSeconds(1));
        file.write(offset, source);
    }

    @Override
    @CoroutineFn
    public void writeZeroes(long offset, long length, boolean mayUnmap) throws IOException {
        file.writeZeroes(offset, length, mayUnmap);
    }

    @Override
    @CoroutineFn
    public void discard(long offset, long length) throws IOException {
        file.discard(offset, length);
    }

    @Override
    @CoroutineFn
    public void flush() throws IOException {
        file.flush();
    }

    @Override
    @CoroutineFn
    public void resize(long size) throws IOException {
        file.resize(size);
    }

    @Override
    @CoroutineFn
    public void reserve(long offset, long length) throws IOException {
        file.reserve(offset, length);
    }

    @Override
    @CoroutineFn
    public List<Extent> extents(long offset, long length, int countMax) throws IOException {
        return file.extents(offset, length, countMax);
    }

    @Override
    public void close() throws IOException {
        file.close();
    }
}
