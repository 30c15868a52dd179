package dev.pirn.block;

import dev.pirn.aio.ThreadPool;
import dev.pirn.CoroutineFn;
import java.io.EOFException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.ref.Reference;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * A file by its system calls: on the loop's thread what is done at once, by {@link AsyncIo} what may wait for
 * a disk.
 *
 * <pre>
 *   read,  at most HERE_SIZE_MAX ──▶ here ──all──▶ done
 *   write, the same, if allowed       └──the rest, for whatever reason──▶ AsyncIo, which finds out why
 *
 *   "here" is    NOWAIT ──EOPNOTSUPP──┬─ reads of a file in memory, writes ──▶ PLAIN
 *                                     └─ other reads ────────────────────────▶ ASYNC
 * </pre>
 */
final class NativeFile implements RawFile {
    /**
     * Most bytes that the loop's thread copies for one request: some 40 µs. What is longer gains little by
     * saving a hand-off, and costs the others of the loop much.
     */
    static final int HERE_SIZE_MAX = 256 << 10;

    /** Bytes that are sent before it is asked again whether the next are in the page cache. */
    static final int SEND_SIZE_MAX = 512 << 10;
    /**
     * For how long what is in the page cache is believed to stay there. Asking costs 7 µs of the 25 that
     * 256 KiB take; when the memory is so short that pages go sooner, the loop waits for a disk now and then.
     */
    static final long ASKED_NANOS_MAX = TimeUnit.MILLISECONDS.toNanos(10);
    /** Where bytes go that nobody reads: all may write it at a time. */
    private static final MemorySegment WASTE = Arena.global().allocate(SEND_SIZE_MAX, 64);

    /** A write of parts of pages may have to read the rest of them first. */
    private static final int PAGE_SIZE = 4 << 10;

    private enum Way { NOWAIT, PLAIN, ASYNC }

    private final Path path;
    private final Descriptor file;
    private final AsyncIo io;
    private final ThreadPool pool;
    private final int unit;
    // Plain: a loop that does not see what another found out asks the file system itself. What a refusal says
    // is said of the way that was asked: two loops that are refused NOWAIT at a time must not take it for two
    // refusals, which put every write of one image in the pool for good (nbdcopy to it: half the speed).
    private Way reads;
    private Way writes;

    /*
     * Why here: a hand-off costs more than all else of a request whose data is in the page cache (NBD, 4 KiB
     * random reads at depth 16: 111k/s at 10 µs of CPU with, 241k/s at 4.1 µs without).
     *
     * Reads: RWF_NOWAIT tells what is in the page cache; a file system that does not know it is asked once. A
     * file on tmpfs is in memory, or swapped out: then the loop waits as it would for its own heap.
     *
     * Writes: few file systems know RWF_NOWAIT for buffered writes (XFS, btrfs). On the others, as ext4, a
     * write of whole pages is a copy (1.48 µs here, 3.3 in the pool), but who dirties pages faster than the
     * disk takes them is made to wait by the kernel, and the loop with him. That is the price of the default;
     * RawOptions.withWritesInPool does not pay it.
     */

    private NativeFile(Path path, Descriptor file, AsyncIo io, ThreadPool pool, int unit, Way reads,
            Way writes) {
        this.path = path;
        this.file = file;
        this.io = io;
        this.pool = pool;
        this.unit = unit;
        this.reads = reads;
        this.writes = writes;
    }

    /** One with the page cache above it. */
    static NativeFile cached(Path path, Descriptor file, AsyncIo io, ThreadPool pool, boolean writesInPool) {
        return new NativeFile(path, file, io, pool, 1, Way.NOWAIT, writesInPool ? Way.ASYNC : Way.NOWAIT);
    }

    /** One opened with O_DIRECT, whose requests are multiples of {@code unit} bytes. */
    static NativeFile direct(Path path, Descriptor file, AsyncIo io, ThreadPool pool, int unit) {
        return new NativeFile(path, file, io, pool, unit, Way.ASYNC, Way.ASYNC);
    }

    @Override
    public long size() throws IOException {
        long size = file.size();
        if (size < 0) throw Errno.of(path + ": lseek", (int) -size);
        return size;
    }

    @Override
    public void read(long offset, MemorySegment target) throws IOException {
        boolean here = fitsHere(target);
        long done = here && reads != Way.ASYNC ? readHere(offset, target) : 0;
        if (done < target.byteSize()) readOn(offset, target, done, target.byteSize());
    }

    /**
     * As {@link #read}, of a file that was opened with O_DIRECT, and for those to whom the first
     * {@code least} bytes are enough if the file ends there.
     */
    @CoroutineFn
    void readAtLeast(long offset, MemorySegment target, long least) throws IOException {
        readOn(offset, target, 0, least);
    }

    /** Reads what is left behind the first {@code done} bytes, up to {@code least} in all, or more. */
    @CoroutineFn
    private void readOn(long offset, MemorySegment target, long done, long least) throws IOException {
        while (done < least) {
            long count = io.read(file, target.asSlice(done), offset + done);
            boolean isEnd = count == 0 || count % unit > 0;
            if (isEnd && done + count < least) {
                throw new EOFException("%s: ends %d bytes before the end of a read of [%d, +%d)"
                        .formatted(path, least - done - count, offset, least));
            }
            done += checked("read", offset, least, count);
        }
    }

    /** True if the thread that asks may touch it, and it is short. */
    private static boolean fitsHere(MemorySegment memory) {
        if (!memory.scope().isAlive()) throw new IllegalStateException("memory that was freed: " + memory);
        return memory.isNative() && memory.byteSize() <= HERE_SIZE_MAX;
    }

    /** Reads what comes without waiting; returns how many bytes. */
    private long readHere(long offset, MemorySegment target) {
        long address = target.address();
        long length = target.byteSize();
        long done = 0;
        try {
            while (done < length) {
                Way way = reads;
                if (way == Way.ASYNC) break;
                int flags = way == Way.NOWAIT ? Descriptor.NOWAIT : 0;
                long count = file.readHere(address + done, length - done, offset + done, flags);
                if (count > 0) {
                    done += count;
                } else if (isUnknown(count)) {
                    reads = way == Way.NOWAIT && file.isInMemory() ? Way.PLAIN : Way.ASYNC;
                } else {
                    break;
                }
            }
        } finally {
            Reference.reachabilityFence(target);
        }
        return done;
    }

    private static boolean isUnknown(long result) {
        return result == -Errno.EOPNOTSUPP || result == -Errno.ENOSYS;
    }

    @Override
    public boolean canSend(long offset, long length) {
        return file.isCached(offset, length);
    }

    @Override
    public void send(long offset, long length, long askedNanos, FileSink sink) throws IOException {
        for (long done = 0; done < length; done += SEND_SIZE_MAX) {
            long from = offset + done;
            long piece = Math.min(SEND_SIZE_MAX, length - done);
            if (System.nanoTime() - askedNanos > ASKED_NANOS_MAX && !file.isCached(from, piece)) {
                // Dropped since somebody asked. Read for the page cache alone.
                readOn(from, WASTE.asSlice(0, piece), 0, piece);
            }
            sink.take(file.channel(), from, piece);
        }
    }

    /** Throws what a call that failed says; a call that was interrupted did nothing, and is made again. */
    private long checked(String verb, long offset, long length, long result) throws IOException {
        if (result >= 0) return result;
        if (result == -Errno.EINTR) return 0;
        throw Errno.of("%s: %s of [%d, +%d)".formatted(path, verb, offset, length), (int) -result);
    }

    @Override
    public void write(long offset, MemorySegment source) throws IOException {
        boolean here = fitsHere(source);
        long done = here && writes != Way.ASYNC ? writeHere(offset, source) : 0;
        if (done < source.byteSize()) writeOn(offset, source, done);
    }

    /** Writes what is left behind the first {@code done} bytes. */
    @CoroutineFn
    private void writeOn(long offset, MemorySegment source, long done) throws IOException {
        long length = source.byteSize();
        while (done < length) {
            done += checked("write", offset, length, io.write(file, source.asSlice(done), offset + done));
        }
    }

    private long writeHere(long offset, MemorySegment source) {
        long address = source.address();
        long length = source.byteSize();
        long done = 0;
        try {
            while (done < length) {
                Way way = writes;
                if (!mayWriteHere(way, offset + done, length - done)) break;
                int flags = way == Way.NOWAIT ? Descriptor.NOWAIT : 0;
                long count = file.writeHere(address + done, length - done, offset + done, flags);
                if (count > 0) {
                    done += count;
                } else if (isUnknown(count)) {
                    writes = way == Way.NOWAIT ? Way.PLAIN : Way.ASYNC;
                } else {
                    break;
                }
            }
        } finally {
            Reference.reachabilityFence(source);
        }
        return done;
    }

    private boolean mayWriteHere(Way way, long offset, long length) {
        return switch (way) {
            case NOWAIT -> true;
            case PLAIN -> file.isInMemory() || (offset | length) % PAGE_SIZE == 0;
            case ASYNC -> false;
        };
    }

    @Override
    public void flush() throws IOException {
        int result = io.flush(file);
        if (result < 0) throw Errno.of(path + ": fdatasync", -result);
    }

    @Override
    public void resize(long size) throws IOException {
        int result = pool.call(() -> file.truncate(size));
        if (result < 0) throw Errno.of(path + ": ftruncate to " + size, -result);
    }

    @Override
    public Outcome allocate(int mode, long offset, long length) throws IOException {
        int errno = -pool.call(() -> {
            int result;
            do {
                result = file.allocate(mode | FALLOC_FL_KEEP_SIZE, offset, length);
            } while (result == -Errno.EINTR); // Begun anew: what is done already costs little again.
            return result;
        });
        return switch (errno) {
            case 0 -> Outcome.DONE;
            case Errno.EOPNOTSUPP, Errno.ENOSYS, Errno.ENODEV -> Outcome.NEVER;
            case Errno.EINVAL -> Outcome.NOT_HERE;
            default -> throw Errno.of("%s: fallocate(0x%x) of [%d, +%d)"
                    .formatted(path, mode, offset, length), errno);
        };
    }

    @Override
    public boolean willNeed(long offset, long length) {
        pool.call(() -> {
            file.willNeed(offset, length);
            return null;
        });
        return true;
    }

    @Override
    public List<Extent> extents(long offset, long length, int countMax) {
        return pool.call(() -> Holes.find(file, offset, length, countMax));
    }

    @Override
    public void close() {
        file.close();
    }

    @Override
    public String toString() {
        return path.toString();
    }
}
