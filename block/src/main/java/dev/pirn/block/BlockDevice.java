package dev.pirn.block;

import dev.pirn.aio.ThreadPool;
import dev.pirn.CoroutineFn;
import dev.pirn.NoCoroutineFn;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;

/**
 * A disk of fixed size, in bytes, that coroutines read and write.
 *
 * <p>The only door to a {@link Driver}: a request is checked here, once, so that no driver has to. Many
 * coroutines of any event loops may be inside at a time. Requests that overlap are ordered by nobody: after
 * two writes of one byte at a time, either may have won.
 *
 * <p>A memory segment belongs to the request until that returns or throws. Threads of a pool touch it, so it
 * must not be of a confined arena; a heap segment must be of a {@code byte[]}.
 *
 * <p>A request outside the disk, or that writes to a disk that is read-only, is the caller's bug; nothing was
 * done then.
 */
public final class BlockDevice implements AutoCloseable {
    /**
     * Largest request with data, in bytes: what nbdkit and libnbd allow ({@code MAX_REQUEST_SIZE}). Zeroing,
     * discarding and prefetching carry no data and may be as long as the disk.
     */
    public static final int REQUEST_SIZE_MAX = 64 << 20;

    /** Largest {@link #blockSize}, in bytes: what NBD allows as a minimum. */
    public static final int BLOCK_SIZE_MAX = 64 << 10;

    private final String name;
    private final Driver driver;
    private final long size;
    private final int blockSize;
    private final boolean readOnly;
    private final boolean writesThrough;
    /** Requests that have not returned. */
    private final AtomicInteger inside = new AtomicInteger();
    private volatile boolean closed;

    BlockDevice(String name, Driver driver, boolean readOnly) {
        this(name, driver, readOnly, false);
    }

    private BlockDevice(String name, Driver driver, boolean readOnly, boolean writesThrough) {
        this.writesThrough = writesThrough;
        this.name = name;
        this.driver = driver;
        this.size = driver.size();
        this.blockSize = driver.blockSize();
        this.readOnly = readOnly;
    }

    /**
     * Opens a raw image: byte <i>n</i> of the file is byte <i>n</i> of the disk. Blocks, as opening a file
     * does: call it before the loop runs, or in the pool.
     *
     * @param pool whose threads do the file work; stays the caller's
     * @throws UnsupportedOptionException if the options ask for what there is not
     * @throws IOException if the file cannot be opened as asked; nothing stays open
     */
    @NoCoroutineFn
    public static BlockDevice openRaw(Path path, RawOptions options, ThreadPool pool) throws IOException {
        return openRaw(path, options, pool, RawFiles.ofSystem());
    }

    @NoCoroutineFn
    static BlockDevice openRaw(Path path, RawOptions options, ThreadPool pool, RawFiles files)
            throws IOException {
        Driver driver = RawDriver.open(path, options, Objects.requireNonNull(pool, "pool"), files);
        return new BlockDevice(path.toString(), driver, options.readOnly());
    }

    /**
     * Puts the door before a driver of your own, which it closes when it is closed.
     *
     * @param name what errors call it
     * @param readOnly whether every write is refused
     * @throws IllegalArgumentException if the driver's block size is none
     */
    public static BlockDevice of(String name, Driver driver, boolean readOnly) {
        int blockSize = Objects.requireNonNull(driver, "driver").blockSize();
        if (Integer.bitCount(blockSize) != 1 || blockSize < 1 || blockSize > BLOCK_SIZE_MAX) {
            throw new IllegalArgumentException(name + ": blocks of " + blockSize
                    + " bytes, not a power of two of at most " + BLOCK_SIZE_MAX);
        }
        return new BlockDevice(Objects.requireNonNull(name, "name"), driver, readOnly);
    }

    /**
     * Puts a filter between the door and its driver: returns a door whose requests pass it, and which is to
     * be used from then on. This one takes no more requests, as after {@link #close}; what is below stays
     * open.
     *
     * @param filter makes the driver of the new door, of that of this one; closing it closes both
     * @throws IllegalStateException if this one was closed, or has a request inside
     */
    public BlockDevice filtered(UnaryOperator<Driver> filter) {
        return replaced("filtered", filter, writesThrough);
    }

    /**
     * Has each write, of data or zeroes, on stable storage when it returns, as if it were asked for so: by a
     * door that is to be used from then on, as {@link #filtered} has it.
     *
     * @throws IllegalStateException as that
     */
    public BlockDevice writingThrough() {
        return replaced("made to write through", UnaryOperator.identity(), true);
    }

    private BlockDevice replaced(String what, UnaryOperator<Driver> filter, boolean through) {
        if (closed) throw new IllegalStateException(name + ": " + what + " after close");
        requireNobodyInside(what);
        var other = new BlockDevice(name, filter.apply(driver), readOnly, through);
        closed = true;
        return other;
    }

    /** Whether it is such a door. */
    public boolean writesThrough() {
        return writesThrough;
    }

    /** What errors call it: the path it was opened by. */
    public String name() {
        return name;
    }

    /** Its size in bytes, any number, not only multiples of 512. Never changes. */
    public long size() {
        return size;
    }

    /**
     * The block that is read and written as a whole, in bytes: a power of two, 1 for most. Other requests are
     * done as well, but by reading what surrounds them, and for writes by writing it back.
     */
    public int blockSize() {
        return blockSize;
    }

    /** What it is the door of, for those who know of what kind that is. Requests go through this. */
    public Driver driver() {
        return driver;
    }

    /** True if every write is refused. */
    public boolean isReadOnly() {
        return readOnly;
    }

    /**
     * Fills {@code target} with the bytes at {@code offset}: all of them, or it throws. Suspends the calling
     * coroutine while the disk works.
     *
     * @param offset first byte, counted from the start of the disk; need not be aligned
     * @throws IllegalArgumentException if the range is not inside the disk, or is longer than
     *     {@link #REQUEST_SIZE_MAX}
     * @throws IOException if the disk failed, or somebody made the file shorter; {@code target} then holds
     *     anything
     */
    @CoroutineFn
    public void read(long offset, MemorySegment target) throws IOException {
        long length = target.byteSize();
        checkData("read", offset, length);
        if (length == 0) return; // NBD leaves this undefined; nothing is the least surprising.

        enter("read");
        try {
            driver.read(offset, target);
        } finally {
            leave();
        }
    }

    /**
     * True if {@link #send} can give these bytes, and would do so without waiting for the disk, if it is
     * called now. Does not suspend.
     *
     * @throws IllegalArgumentException if the range is not inside the disk
     */
    public boolean canSend(long offset, long length) {
        checkRange("canSend", offset, length);
        return length > 0 && !closed && driver.canSend(offset, length);
    }

    /**
     * Gives {@code length} bytes at {@code offset} to {@code sink}, in order and in pieces, from the file
     * that they are in. Suspends while the sink does, and while the disk works: what is no longer in the page
     * cache is brought there first.
     *
     * <p>What comes out at the other end are the bytes as they are then: a write that is done meanwhile may
     * be seen, or a part of it.
     *
     * @param length may exceed {@link #REQUEST_SIZE_MAX}
     * @param askedNanos when {@link #canSend} said that it can, by {@link System#nanoTime}: what it said is
     *     believed for a moment, for to ask costs a tenth of the sending
     * @throws IllegalArgumentException if the range is not inside the disk
     * @throws IllegalStateException if this disk cannot: {@link #canSend} has not said that it can
     * @throws IOException if the disk failed, or somebody made the file shorter; the sink got what came
     *     before. Or what the sink throws
     */
    @CoroutineFn
    public void send(long offset, long length, long askedNanos, FileSink sink) throws IOException {
        checkRange("send", offset, length);
        if (length == 0) return;

        enter("send");
        try {
            driver.send(offset, length, askedNanos, sink);
        } finally {
            leave();
        }
    }

    /**
     * Writes all of {@code source} at {@code offset}. Suspends. Never makes the file longer.
     *
     * @param fua whether to return only when the data is on stable storage ("force unit access"); else it is
     *     there after the next {@link #flush}
     * @throws IllegalArgumentException as {@link #read}
     * @throws IllegalStateException if the disk is read-only
     * @throws NoSpaceException if there is no room for it; any part may have been written
     * @throws IOException if the disk failed, or somebody made the file shorter; any part may have been
     *     written
     */
    @CoroutineFn
    public void write(long offset, MemorySegment source, boolean fua) throws IOException {
        long length = source.byteSize();
        checkData("write", offset, length);
        checkWritable("write");
        if (length == 0) return;

        enter("write");
        try {
            driver.write(offset, source, fua | writesThrough);
        } finally {
            leave();
        }
    }

    /**
     * Makes {@code length} bytes at {@code offset} read as zero, without the data crossing memory where the
     * system can do that. Suspends.
     *
     * @param length may exceed {@link #REQUEST_SIZE_MAX}
     * @param mayUnmap whether the storage below may be given back; done only if the disk was opened with
     *     {@link Discard#UNMAP} ({@code BDRV_REQ_MAY_UNMAP})
     * @param fua as in {@link #write}
     * @throws IllegalArgumentException if the range is not inside the disk
     * @throws IllegalStateException if the disk is read-only
     * @throws IOException as {@link #write}; any part of the range may be zero then, the rest is as it was
     */
    @CoroutineFn
    public void writeZeroes(long offset, long length, boolean mayUnmap, boolean fua) throws IOException {
        checkRange("writeZeroes", offset, length);
        checkWritable("writeZeroes");
        if (length == 0) return;

        enter("writeZeroes");
        try {
            driver.writeZeroes(offset, length, mayUnmap, fua | writesThrough);
        } finally {
            leave();
        }
    }

    /**
     * As {@link #writeZeroes}, if that is faster than writing; else leaves it ({@code BDRV_REQ_NO_FALLBACK}).
     *
     * @return false if it is not; each byte of the range is as it was, or zero
     */
    @CoroutineFn
    public boolean writeZeroesFast(long offset, long length, boolean mayUnmap, boolean fua)
            throws IOException {
        checkRange("writeZeroes", offset, length);
        checkWritable("writeZeroes");
        if (length == 0) return true;

        enter("writeZeroes");
        try {
            return driver.writeZeroesFast(offset, length, mayUnmap, fua | writesThrough);
        } finally {
            leave();
        }
    }

    /**
     * Says that nobody needs {@code length} bytes at {@code offset} any more: they may read as before, or as
     * zero. A hint, which does nothing unless the disk was opened with {@link Discard#UNMAP}. Suspends.
     *
     * @throws IllegalArgumentException if the range is not inside the disk
     * @throws IllegalStateException if the disk is read-only
     * @throws IOException if the disk failed; any part may have been discarded
     */
    @CoroutineFn
    public void discard(long offset, long length) throws IOException {
        checkRange("discard", offset, length);
        checkWritable("discard");
        if (length == 0) return;

        enter("discard");
        try {
            driver.discard(offset, length);
        } finally {
            leave();
        }
    }

    /**
     * Puts on stable storage what was written by requests that returned before this call. Suspends. On a disk
     * that is read-only there is nothing to do.
     *
     * @throws IOException if the disk failed; what was written since the flush before may be lost
     */
    @CoroutineFn
    public void flush() throws IOException {
        if (readOnly) return;

        enter("flush");
        try {
            driver.flush();
        } finally {
            leave();
        }
    }

    /**
     * Says that {@code length} bytes at {@code offset} will be read soon (NBD's CACHE). A hint. Suspends.
     *
     * @throws IllegalArgumentException if the range is not inside the disk
     * @throws IOException if the disk failed
     */
    @CoroutineFn
    public void prefetch(long offset, long length) throws IOException {
        checkRange("prefetch", offset, length);
        if (length == 0) return;

        enter("prefetch");
        try {
            driver.prefetch(offset, length);
        } finally {
            leave();
        }
    }

    /**
     * Says how {@code length} bytes at {@code offset} are stored, from the first on: extents without a gap,
     * the last of which may end before the range does. What it says is true until somebody writes there.
     * Where nobody knows, all is data. Suspends.
     *
     * @param countMax extents to return at most; at least 1 comes back
     * @throws IllegalArgumentException if the range is empty or not inside the disk, or {@code countMax} less
     *     than 1
     * @throws IOException if the disk failed
     */
    @CoroutineFn
    public List<Extent> extents(long offset, long length, int countMax) throws IOException {
        checkRange("extents", offset, length);
        if (length == 0) throw new IllegalArgumentException(name + ": extents of no bytes at " + offset);
        if (countMax < 1) throw new IllegalArgumentException(name + ": at most " + countMax + " extents");

        enter("extents");
        try {
            return driver.extents(offset, length, countMax);
        } finally {
            leave();
        }
    }

    /**
     * Puts into the image what its format keeps in memory until the end, as the bitmaps of qcow2: to be
     * called before {@link #close} by who wrote. Suspends.
     *
     * @throws IllegalStateException while a request is inside
     * @throws IOException if the disk failed; what it is about counts as lost then, and the disk's bytes do
     * not
     */
    @CoroutineFn
    public void finish() throws IOException {
        requireNobodyInside("finished");
        enter("finish");
        try {
            driver.finish();
        } finally {
            leave();
        }
    }

    /**
     * Closes the file. Does not flush. From any thread, when nobody will begin a request any more. A second
     * call does nothing.
     *
     * @throws IllegalStateException while a request is inside; it stays open then
     */
    @Override
    public void close() throws IOException {
        requireNobodyInside("closed");
        if (closed) return;
        closed = true;
        driver.close();
    }

    private void requireNobodyInside(String what) {
        int requests = inside.get();
        if (requests == 0) return;
        throw new IllegalStateException(name + ": " + what + " while " + requests + " requests are inside");
    }

    private void enter(String verb) {
        if (closed) throw new IllegalStateException(name + ": " + verb + " after close");
        inside.incrementAndGet();
    }

    private void leave() {
        inside.decrementAndGet();
        assert driver.size() == size : name + ": the driver changed the size of the disk";
    }

    private void checkWritable(String verb) {
        if (!readOnly) return;
        throw new IllegalStateException(name + ": " + verb + " to a disk that was opened read-only");
    }

    private void checkData(String verb, long offset, long length) {
        if (length > REQUEST_SIZE_MAX) {
            throw new IllegalArgumentException("%s: %s of %d bytes, more than %d at a time"
                    .formatted(name, verb, length, REQUEST_SIZE_MAX));
        }
        checkRange(verb, offset, length);
    }

    private void checkRange(String verb, long offset, long length) {
        // Not offset + length > size: that can overflow.
        if (offset < 0 || length < 0 || offset > size - length) {
            throw new IllegalArgumentException("%s: %s of [%d, +%d) outside the disk's %d bytes"
                    .formatted(name, verb, offset, length, size));
        }
    }

    /** Names it for people. */
    @Override
    public String toString() {
        return name + " (" + size + " bytes" + (readOnly ? ", read-only)" : ")");
    }
}
