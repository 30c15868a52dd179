package dev.pirn.nbd;

import dev.pirn.Completion;
import dev.pirn.MayBlock;
import dev.pirn.block.Buffer;
import dev.pirn.block.BufferPool;
import dev.pirn.nbd.Region.Part;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The memory that all clients of a server have together, of a size that is stated: buffers that are lent, and
 * those that are kept for the next request.
 *
 * <pre>
 *   bytesMax:
 *   │ kept by     │ a place for each client:            │ large:            │ common:               │
 *   │ the loops   │ receive buffer │ what is its own    │ one of the longest│ all else              │
 *   │ 4 MiB       │ 128 KiB        │ 128 KiB            │ 32 MiB            │ 8 MiB or more         │
 *                 └ no lock, no wait for others ────────┘ └ borrowed, by requests that need more ────┘
 * </pre>
 *
 * <p>Requests of more than {@link Limits#LARGE_SIZE} borrow from a {@link Region} of their own: whoever
 * hoards 32 MiB at a time is in the way of others who want 32 MiB. Who starves while others hold what they
 * do not use has the stalest of them dropped after a while, so that nobody starves for ever.
 *
 * <p>From any thread; one lock, which is held for some hundred instructions by requests that are larger than
 * 128 KiB, or one of many. Nobody is woken under it.
 */
final class Memory {
    private final ReentrantLock lock = new ReentrantLock();
    private final long bytesMax;
    private final int clientsMax;
    private final long stallNanos;
    private final Region large = new Region(Limits.PAYLOAD_SIZE_MAX);
    private final Region common;
    /** Buffers that are worth a lock. It keeps what nobody has borrowed, and frees it before more is lent. */
    private final BufferPool buffers;

    /**
     * Shares out {@code bytesMax}.
     *
     * @param clientsMax clients that have a place at a time; 0 for as many as there is room for, when half of
     *     what there is to share out is for places
     * @param stallNanos time after which who starves has another dropped
     * @throws IllegalArgumentException if it is less than {@link #bytesFor} that many
     */
    Memory(long bytesMax, int clientsMax, long stallNanos) {
        if (bytesMax < bytesFor(Math.max(1, clientsMax))) {
            throw new IllegalArgumentException("an NBD server of %d clients with %d bytes; it needs %d"
                    .formatted(clientsMax, bytesMax, bytesFor(Math.max(1, clientsMax))));
        }
        this.bytesMax = bytesMax;
        this.clientsMax = clientsMax > 0 ? clientsMax : placesIn(bytesMax);
        this.stallNanos = stallNanos;
        common = new Region(bytesMax - bytesFor(this.clientsMax) + Limits.COMMON_BYTES_MIN);
        buffers = BufferPool.shared(unborrowed());
    }

    /** Least that a server of so many clients needs, in bytes. */
    static long bytesFor(int clients) {
        return Limits.KEPT_SMALL_BYTES_MAX + Limits.PAYLOAD_SIZE_MAX + Limits.COMMON_BYTES_MIN
                + (long) clients * Limits.PLACE_BYTES;
    }

    private static int placesIn(long bytesMax) {
        long toShareOut = bytesMax - Limits.KEPT_SMALL_BYTES_MAX - Limits.PAYLOAD_SIZE_MAX;
        long bytes = Math.min(toShareOut / 2, toShareOut - Limits.COMMON_BYTES_MIN);
        return Math.clamp(bytes / Limits.PLACE_BYTES, 1, Integer.MAX_VALUE);
    }

    int clientsMax() {
        return clientsMax;
    }

    long stallNanos() {
        return stallNanos;
    }

    /** A buffer for {@code length} bytes, of which the caller has borrowed, or owns, as many. */
    Buffer take(int length) {
        return buffers.take(length);
    }

    /**
     * Lends {@code bytes} of a region to {@code part}, and returns null; or returns what to wait for, which
     * comes true when it has them.
     */
    @MayBlock("held by others for some hundred instructions")
    Completion<Boolean> borrow(Region from, Part part, long bytes, long nowNanos) {
        lock.lock();
        try {
            Completion<Boolean> waits = from.take(part, bytes, nowNanos);
            if (waits == null) buffers.keep(unborrowed());
            return waits;
        } finally {
            lock.unlock();
        }
    }

    /** Takes back {@code bytes}, and the buffer if there is one. */
    @MayBlock("held by others for some hundred instructions")
    void giveBack(Region to, Part part, long bytes, long nowNanos, Buffer buffer) {
        var woken = new ArrayList<Completion<Boolean>>(0);
        lock.lock();
        try {
            to.release(part, bytes, nowNanos, woken);
            // First what may be kept, then what is to be kept; and before somebody else is lent it.
            buffers.keep(unborrowed() + (buffer == null ? 0 : buffer.capacity()));
            if (buffer != null) buffer.release();
            buffers.keep(unborrowed());
        } finally {
            lock.unlock();
        }
        for (Completion<Boolean> each : woken) each.complete(true);
    }

    /** Has {@code part} not wait any more, if it does. */
    @MayBlock("held by others for some hundred instructions")
    void leaveLine(Region of, Part part, long nowNanos) {
        var woken = new ArrayList<Completion<Boolean>>(0);
        Completion<Boolean> waited;
        lock.lock();
        try {
            waited = of.leaveLine(part, nowNanos, woken);
            buffers.keep(unborrowed());
        } finally {
            lock.unlock();
        }
        for (Completion<Boolean> each : woken) each.complete(true);
        if (waited != null) waited.complete(false);
    }

    /** Drops who holds most stubbornly what {@code part} starves for, if it does and there is such a one. */
    @MayBlock("held by others for some hundred instructions")
    void dropStalest(Region of, Part part, long nowNanos) {
        Part stalest;
        lock.lock();
        try {
            stalest = of.starves(part) ? of.stalest(part, nowNanos, stallNanos) : null;
        } finally {
            lock.unlock();
        }
        if (stalest != null) stalest.owner.drop();
    }

    /** Frees what may not be kept any more: for who has borrowed, and takes no buffer here. */
    void trim() {
        buffers.trim();
    }

    private long unborrowed() {
        return large.free() + common.free();
    }

    Region large() {
        return large;
    }

    Region common() {
        return common;
    }

    /** Buffers that are lent here. */
    int lent() {
        return buffers.lent();
    }

    /** Their bytes. */
    long lentBytes() {
        return buffers.lentBytes();
    }

    /** Those, and the bytes of buffers that nobody uses. */
    long allocatedBytes() {
        return buffers.allocatedBytes();
    }

    /** Frees what nobody uses. */
    void close() {
        buffers.close();
    }

    /** For the server's log. */
    @Override
    public String toString() {
        return bytesMax + " bytes for " + clientsMax + " clients";
    }
}
