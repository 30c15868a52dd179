package dev.pirn.block;

import java.util.ArrayDeque;

/**
 * Lends memory outside the heap and keeps what comes back, up to a bound.
 *
 * <p>One for each event loop: not safe for use by two threads. A {@link Buffer} may be filled by any thread
 * while it is lent; taking and releasing is for the loop.
 *
 * <pre>
 *   take ──▶ kept, of its class? ──no──▶ allocated
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

    private final long keptBytesMax;
    /** By class. The last to come back is the first to go: its memory is in the caches. */
    private final ArrayDeque<Buffer>[] kept = classes();
    private long keptBytes;
    private long lentBytes;
    private int lent;

    private BufferPool(long keptBytesMax) {
        this.keptBytesMax = keptBytesMax;
    }

    /**
     * Makes an empty one.
     *
     * @param keptBytesMax most bytes that it keeps while nobody uses them
     */
    public static BufferPool of(long keptBytesMax) {
        if (keptBytesMax < 0) {
            throw new IllegalArgumentException("a pool that keeps " + keptBytesMax + " bytes");
        }
        return new BufferPool(keptBytesMax);
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
        Buffer buffer = length > SIZE_MAX ? null : kept[classOf(length)].pollLast();
        if (buffer == null) {
            buffer = new Buffer(this, size);
        } else {
            keptBytes -= size;
        }
        buffer.taken = true;
        lent++;
        lentBytes += size;
        return buffer;
    }

    void release(Buffer buffer) {
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
    }

    /** How many buffers are lent. */
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

    /** Frees what is kept; what is lent stays usable. The pool works on, as an empty one. */
    @Override
    public void close() {
        for (var each : kept) {
            each.forEach(buffer -> buffer.arena.close());
            each.clear();
        }
        keptBytes = 0;
    }
}
