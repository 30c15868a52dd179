package dev.pirn.block;

import dev.pirn.MayBlock;
import java.util.ArrayDeque;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Lends memory outside the heap and keeps what comes back, up to a bound.
 *
 * <p>One for each event loop, made by {@link #of}: not safe for use by two threads; or one for many threads,
 * made by {@link #shared}, where each use costs a lock. A {@link Buffer} may be filled by any thread while it
 * is lent.
 *
 * <pre>
 *   take ──▶ kept, of its class? ──no──▶ surplus freed, if the bound was lowered ──▶ allocated
 *                     ▲
 *   release ──▶ room under the bound? ──no──▶ freed, at once
 * </pre>
 *
 * <p>Classes are powers of two from {@link #SIZE_MIN} to {@link #SIZE_MAX}; what is larger is made to measure
 * and never kept. What is lent is bounded by the borrowers, who count it; the pool counts it too
 * ({@link #lentBytes}). Payloads begin at multiples of 512 bytes: most disks take them past the page cache.
 */
public final class BufferPool implements AutoCloseable {
    /** The smallest buffer, in bytes of payload. */
    public static final int SIZE_MIN = 4 << 10;
    /** The largest that is kept, in bytes of payload. */
    public static final int SIZE_MAX = 32 << 20;

    private static final int SHIFT_MIN = Integer.numberOfTrailingZeros(SIZE_MIN);
    private static final int CLASSES = Integer.numberOfTrailingZeros(SIZE_MAX) - SHIFT_MIN + 1;

    /** Null for one of one thread. No other lock is taken under it. */
    private final ReentrantLock lock;
    private long keptBytesMax;
    /** By class. The last to come back is the first to go: its memory is in the caches. */
    private final ArrayDeque<Buffer>[] kept = classes();
    private long keptBytes;
    private long lentBytes;
    private int lent;

    private BufferPool(long keptBytesMax, ReentrantLock lock) {
        this.keptBytesMax = requireNotNegative(keptBytesMax);
        this.lock = lock;
    }

    /**
     * Makes an empty one.
     *
     * @param keptBytesMax most bytes that it keeps while nobody uses them
     */
    public static BufferPool of(long keptBytesMax) {
        return new BufferPool(keptBytesMax, null);
    }

    /** As {@link #of}, for use by many threads at a time. */
    public static BufferPool shared(long keptBytesMax) {
        return new BufferPool(keptBytesMax, new ReentrantLock());
    }

    private static long requireNotNegative(long keptBytesMax) {
        if (keptBytesMax < 0) {
            throw new IllegalArgumentException("a pool that keeps " + keptBytesMax + " bytes");
        }
        return keptBytesMax;
    }

    @SuppressWarnings({"unchecked", "rawtypes"})
    private static ArrayDeque<Buffer>[] classes() {
        var classes = new ArrayDeque[CLASSES];
        for (int i = 0; i < CLASSES; i++) classes[i] = new ArrayDeque<Buffer>();
        return classes;
    }

    /**
     * Bytes of payload that a buffer for {@code length} has: what a borrower with a budget pays.
     *
     * @throws IllegalArgumentException if {@code length} is negative, or more than
     *     {@link BlockDevice#REQUEST_SIZE_MAX}
     */
    public static int sizeFor(int length) {
        if (length < 0 || length > BlockDevice.REQUEST_SIZE_MAX) {
            throw new IllegalArgumentException("a buffer of " + length + " bytes, not 0 to "
                    + BlockDevice.REQUEST_SIZE_MAX);
        }
        return length > SIZE_MAX ? length : SIZE_MIN << classOf(length);
    }

    private static int classOf(int length) {
        return length <= SIZE_MIN ? 0 : Integer.SIZE - Integer.numberOfLeadingZeros(length - 1) - SHIFT_MIN;
    }

    /**
     * Lends a buffer for {@code length} bytes of payload. It holds anything.
     *
     * @throws IllegalArgumentException as {@link #sizeFor}
     * @throws OutOfMemoryError if the system has no more
     */
    public Buffer take(int length) {
        int size = sizeFor(length);
        lock();
        try {
            Buffer buffer = length > SIZE_MAX ? null : kept[classOf(length)].pollLast();
            if (buffer != null) keptBytes -= size;
            freeSurplus(); // Before more is allocated: what is lent now is counted already by who lowered it.
            if (buffer == null) buffer = new Buffer(this, size);
            buffer.taken = true;
            lent++;
            lentBytes += size;
            return buffer;
        } finally {
            unlock();
        }
    }

    void release(Buffer buffer) {
        lock();
        try {
            if (!buffer.taken) throw new IllegalStateException("a buffer was released twice");
            buffer.taken = false;
            int size = buffer.capacity();
            lent--;
            lentBytes -= size;
            if (size > SIZE_MAX || keptBytes + size > keptBytesMax) {
                buffer.arena.close();
            } else {
                keptBytes += size;
                kept[classOf(size)].addLast(buffer);
            }
        } finally {
            unlock();
        }
    }

    /**
     * Sets another bound. Surplus is freed by the next {@link #take}, when it has looked for what it needs,
     * or by {@link #trim}.
     *
     * @param bytesMax most bytes that it keeps from now on while nobody uses them
     */
    public void keep(long bytesMax) {
        requireNotNegative(bytesMax);
        lock();
        try {
            keptBytesMax = bytesMax;
        } finally {
            unlock();
        }
    }

    /** Frees what is over the bound. */
    public void trim() {
        lock();
        try {
            freeSurplus();
        } finally {
            unlock();
        }
    }

    /** The largest first: few closes make much room. */
    private void freeSurplus() {
        for (int i = CLASSES - 1; keptBytes > keptBytesMax; ) {
            Buffer oldest = kept[i].pollFirst();
            if (oldest == null) {
                i--;
            } else {
                keptBytes -= oldest.capacity();
                oldest.arena.close();
            }
        }
    }

    @MayBlock("held by others for some hundred instructions, or while they free memory")
    private void lock() {
        if (lock != null) lock.lock();
    }

    private void unlock() {
        if (lock != null) lock.unlock();
    }

    /** How many buffers are lent; of a shared one, while others work, a number of lately. */
    public int lent() {
        return lent;
    }

    /** Bytes of payload that are lent. */
    public long lentBytes() {
        return lentBytes;
    }

    /** Bytes of payload that nobody uses and that are kept for the next borrower. */
    public long keptBytes() {
        return keptBytes;
    }

    /** Bytes of payload that are lent or kept: all that it has of the system. */
    public long allocatedBytes() {
        lock();
        try {
            return lentBytes + keptBytes;
        } finally {
            unlock();
        }
    }

    /** Frees what is kept; what is lent stays usable. The pool works on, as an empty one. */
    @Override
    public void close() {
        lock();
        try {
            for (var each : kept) {
                each.forEach(buffer -> buffer.arena.close());
                each.clear();
            }
            keptBytes = 0;
        } finally {
            unlock();
        }
    }
}
