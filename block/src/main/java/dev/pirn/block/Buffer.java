package dev.pirn.block;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;

/**
 * Memory outside the heap, of a {@link BufferPool}: payload, and room before it for a message's header.
 *
 * <pre>
 *   bytes():  0          HEADROOM                      HEADROOM + capacity()
 *             ├─ headroom ┼─ payload ───────────────────┤
 *                         └─ payload(length) ──▶
 * </pre>
 *
 * <p>A header written right before the payload makes one contiguous message: one element of a gathered write,
 * and no copy.
 */
public final class Buffer {
    /** Bytes before the payload; more than any header has. */
    public static final int HEADROOM = 64;
    /** What a payload's address is a multiple of: most disks take it as it is, past the page cache. */
    static final int ALIGNMENT = 512;

    final Arena arena;
    boolean taken;

    private final BufferPool pool;
    private final MemorySegment payload;
    private final ByteBuffer bytes;

    Buffer(BufferPool pool, int capacity) {
        this.pool = pool;
        // Shared, for the loop and the pool's threads use it; and an arena, for closed it frees at once.
        this.arena = Arena.ofShared();
        // Aligned by hand: asked for it, an arena takes as much again for the room before the payload.
        MemorySegment all = arena.allocate(HEADROOM + (long) ALIGNMENT + capacity);
        long start = -(all.address() + HEADROOM) & ALIGNMENT - 1;
        MemorySegment used = all.asSlice(start, HEADROOM + (long) capacity);
        this.payload = used.asSlice(HEADROOM);
        this.bytes = used.asByteBuffer();
    }

    /** Bytes of payload that it can hold; at least what was asked for. */
    public int capacity() {
        return bytes.capacity() - HEADROOM;
    }

    /** The first {@code length} bytes of the payload. */
    public MemorySegment payload(int length) {
        return length == payload.byteSize() ? payload : payload.asSlice(0, length);
    }

    /**
     * All of it, header room included; always the same view, big-endian, so that taking it allocates nothing.
     * Whoever holds the buffer sets position and limit.
     */
    public ByteBuffer bytes() {
        return bytes;
    }

    /**
     * Gives it back. Nobody may touch it afterwards.
     *
     * @throws IllegalStateException if it was given back before
     */
    public void release() {
        pool.release(this);
    }
}
