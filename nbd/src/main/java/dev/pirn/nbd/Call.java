package dev.pirn.nbd;

import static dev.pirn.nbd.Proto.*;

import dev.pirn.Completion;
import dev.pirn.block.Buffer;
import dev.pirn.block.BufferPool;
import dev.pirn.block.Extent;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * A request of the client's, until it has its reply.
 *
 * <pre>
 *   queued ──▶ sent ──reply──▶ done                       who waits: woken
 *     │ ▲        │ connection lost: queued again, or failed
 *     │ └────────┘
 *     │          └─ cancelled: abandoned, its reply goes into the void ──▶ done
 *     └─ cancelled: forgotten
 * </pre>
 *
 * <p>The payload of a WRITE is a copy. A caller who is cancelled has its memory back at once, and the stream
 * must be whole all the same.
 */
final class Call {
    final Request request;
    final Completion<Void> done = new Completion<>(this);
    /** Where a READ's data goes; null for others, and once nobody waits. */
    private MemorySegment target;
    private final Buffer payload;
    private Pieces pieces;

    boolean abandoned;
    /** Whether any of it may have reached the server. */
    boolean sent;
    /** Whether the sender has hold of it. */
    boolean sending;
    /** Whether it had its reply, or will get none. */
    boolean retired;
    /** Whether a write to some of the same bytes was answered while it was not. */
    boolean overtaken;
    int resends;
    /** Of a FLUSH: the writes that it covers. */
    long covers;
    /** The first error chunk's. */
    IOException error;
    int errors;
    private final int extentsMax;
    private List<Extent> extents = List.of();

    private Call(Request request, MemorySegment target, Buffer payload, int extentsMax) {
        this.extentsMax = extentsMax;
        this.request = request;
        this.target = target;
        this.payload = payload;
    }

    /** Makes a READ. */
    static Call read(Request request, MemorySegment target) {
        return new Call(request, target, null, 0);
    }

    /** Makes a WRITE, with a copy of what it writes. */
    static Call write(Request request, MemorySegment source, BufferPool buffers) {
        Buffer payload = buffers.take((int) request.length());
        MemorySegment.copy(source, 0, payload.payload((int) request.length()), 0, request.length());
        return new Call(request, null, payload, 0);
    }

    /** Makes a BLOCK_STATUS that keeps at most {@code extentsMax} of what it is told. */
    static Call status(Request request, int extentsMax) {
        return new Call(request, null, null, extentsMax);
    }

    /** Makes any other. */
    static Call of(Request request) {
        return new Call(request, null, null, 0);
    }

    /** The message, its payload behind the header if it has one; else put together in {@code header}. */
    ByteBuffer message(ByteBuffer header, Framing framing) {
        ByteBuffer message = header.clear();
        if (payload != null) {
            message = payload.bytes();
            message.limit(Buffer.HEADROOM + (int) request.length())
                    .position(Buffer.HEADROOM - framing.requestSize());
        }
        int start = message.position();
        request.put(message, framing);
        if (payload == null) message.flip();
        return message.position(start);
    }

    /** Says that nobody waits any more: the caller's memory is not touched from here on. */
    void abandon() {
        abandoned = true;
        target = null;
    }

    /** Gives back what it holds, as soon as the sender has let go of it. */
    void release() {
        if (retired && !sending && payload != null) payload.release();
    }

    /** Forgets what came of a reply whose rest was lost. */
    void rewind() {
        pieces = null;
        error = null;
        errors = 0;
        extents = List.of();
        sent = false;
        overtaken = false;
        resends++;
    }

    /** Notes data that comes, and returns false if some of it has come already. */
    boolean covers(long offset, long length) {
        if (pieces == null) pieces = new Pieces();
        return pieces.add(offset, length);
    }

    int pieces() {
        return pieces == null ? 0 : pieces.count();
    }

    long missing() {
        return request.length() - (pieces == null ? 0 : pieces.covered());
    }

    /** Puts data where it belongs, if anybody still wants it. */
    void put(MemorySegment data, long offset) {
        if (target != null) MemorySegment.copy(data, 0, target, offset - request.offset(), data.byteSize());
    }

    /** As {@link #put}, of zeroes. */
    void zero(long offset, long length) {
        if (target != null) target.asSlice(offset - request.offset(), length).fill((byte) 0);
    }

    /** Notes what a BLOCK_STATUS says next, while there is room. */
    void tell(Extent extent) {
        if (extents.isEmpty()) extents = new ArrayList<>();
        if (extents.size() < extentsMax) extents.add(extent);
    }

    /** What a BLOCK_STATUS said; nothing if nothing was said. The last may reach beyond the request. */
    List<Extent> extents() {
        return extents;
    }

    /** Whether it changes what later readers see. */
    boolean isWrite() {
        return request.isWrite();
    }

    /** Whether its being answered leaves something for a flush to do. */
    boolean leavesUnflushed() {
        return isWrite() && request.type() != NBD_CMD_TRIM && !request.has(NBD_CMD_FLAG_FUA);
    }

    boolean overlaps(Request other) {
        return request.offset() < other.offset() + other.length()
                && other.offset() < request.offset() + request.length();
    }

    /** Names it for people. */
    @Override
    public String toString() {
        return "the reply to " + request;
    }
}
