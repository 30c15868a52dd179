package dev.pirn.nbd;

import static dev.pirn.nbd.Proto.*;

import dev.pirn.block.Buffer;
import dev.pirn.block.Extent;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * The messages that answer a request, each put together in the request's buffer: the header stands right
 * before the payload, so that a reply is one piece.
 *
 * <pre>
 *   simple:
 *   0            4       8          16
 *   │ magic      │ error │ cookie   │ payload of a READ that succeeded …
 *   │ 0x67446698 │ u32   │ u64      │
 *
 *   one chunk, with DONE, whose header Framing draws (of a READ with holes: more, see Chunks; of a
 *   BLOCK_STATUS one for each context, the last with DONE):
 *   NONE              nothing
 *   OFFSET_DATA       u64 offset │ payload …
 *   ERROR             u32 error │ u16 length │ message …
 *   BLOCK_STATUS      u32 context │ u32 length │ u32 flags │ … again
 *   BLOCK_STATUS_EXT  u32 context │ u32 count │ u64 length │ u64 flags │ … count times
 * </pre>
 */
final class Reply {
    private static final int SIMPLE_SIZE = 16;
    /** Bytes of an error chunk's payload before its message. */
    private static final int ERROR_SIZE = 6;

    private Reply() { }

    /**
     * Makes the simple one.
     *
     * @param fault what went wrong, or null
     */
    static ByteBuffer simple(Buffer buffer, Request request, Fault fault) {
        int length = fault == null ? request.repliedLength() : 0;
        return simpleHead(message(buffer, SIMPLE_SIZE, length), request, fault);
    }

    private static ByteBuffer simpleHead(ByteBuffer bytes, Request request, Fault fault) {
        int at = bytes.position();
        return bytes.putInt(at, NBD_SIMPLE_REPLY_MAGIC)
                .putInt(at + 4, fault == null ? NBD_SUCCESS : fault.error())
                .putLong(at + 8, request.cookie());
    }

    /** Makes the one chunk; else as {@link #simple}. */
    static ByteBuffer chunk(Framing framing, Buffer buffer, Request request, Fault fault) {
        if (fault != null) return error(framing, buffer, request, fault);
        int length = request.repliedLength();
        int header = framing.chunkSize();
        // A chunk of no data is not allowed, so that a READ of nothing is answered as a WRITE is.
        if (length == 0) return done(framing, message(buffer, header, 0), NBD_REPLY_TYPE_NONE, request);
        ByteBuffer bytes = message(buffer, header + Long.BYTES, length);
        bytes.putLong(bytes.position() + header, request.offset());
        return done(framing, bytes, NBD_REPLY_TYPE_OFFSET_DATA, request);
    }

    /** What one context says of a range. */
    record Found(int context, List<NbdContext.Status> parts) { }

    /** How many extents of each of so many contexts the smallest buffer holds. */
    static int extentsMax(int contexts) {
        if (contexts == 1) return Limits.STATUS_EXTENTS_MAX; // Whose headers stand before the payload.
        int head = Framing.EXTENDED.chunkSize() + 2 * Integer.BYTES;
        return (Limits.STATUS_EXTENTS_MAX * 2 * Long.BYTES / contexts - head) / (2 * Long.BYTES);
    }

    /** What {@code base:allocation} says of them. */
    static List<NbdContext.Status> allocation(List<Extent> extents) {
        return extents.stream().map(each -> new NbdContext.Status(each.length(), state(each))).toList();
    }

    /** Makes the one to a BLOCK_STATUS: a chunk for each context. */
    static ByteBuffer blockStatus(Framing framing, Buffer buffer, Request request, List<Found> found) {
        boolean extended = framing == Framing.EXTENDED;
        int type = extended ? NBD_REPLY_TYPE_BLOCK_STATUS_EXT : NBD_REPLY_TYPE_BLOCK_STATUS;
        int header = framing.chunkSize();
        int head = extended ? 2 * Integer.BYTES : Integer.BYTES;
        int part = extended ? 2 * Long.BYTES : 2 * Integer.BYTES;
        int length = -header - head;
        for (Found each : found) length += header + head + part * each.parts().size();
        ByteBuffer bytes = message(buffer, header + head, length);
        int at = bytes.position();
        for (Found each : found) {
            int size = head + part * each.parts().size();
            boolean last = each == found.getLast();
            framing.putChunk(bytes, at, last ? NBD_REPLY_FLAG_DONE : 0, type, request, size);
            at += header;
            bytes.putInt(at, each.context());
            if (extended) bytes.putInt(at + Integer.BYTES, each.parts().size());
            at += head;
            for (NbdContext.Status status : each.parts()) {
                if (extended) bytes.putLong(at, status.length()).putLong(at + Long.BYTES, status.flags());
                else bytes.putInt(at, (int) status.length()).putInt(at + Integer.BYTES, status.flags());
                at += part;
            }
        }
        return bytes;
    }

    private static int state(Extent extent) {
        return (extent.isHole() ? NBD_STATE_HOLE : 0) | (extent.isZero() ? NBD_STATE_ZERO : 0);
    }

    private static ByteBuffer error(Framing framing, Buffer buffer, Request request, Fault fault) {
        byte[] why = fault.why().getBytes(StandardCharsets.UTF_8);
        int length = Math.min(why.length, STRING_LENGTH_MAX); // Which the smallest buffer holds.
        ByteBuffer bytes = message(buffer, framing.chunkSize() + ERROR_SIZE, length);
        int at = bytes.position() + framing.chunkSize();
        bytes.putInt(at, fault.error()).putShort(at + 4, (short) length);
        bytes.put(at + ERROR_SIZE, why, 0, length);
        return done(framing, bytes, NBD_REPLY_TYPE_ERROR, request);
    }

    /** Makes the header of the simple one to a READ whose data is sent apart. */
    static ByteBuffer simpleHead(Buffer buffer, Request request) {
        return simpleHead(message(buffer, SIMPLE_SIZE, 0), request, null);
    }

    /** Makes the chunk that ends a READ whose data is sent apart. */
    static ByteBuffer end(Framing framing, Buffer buffer, Request request, Fault fault) {
        return fault != null ? error(framing, buffer, request, fault)
                : done(framing, message(buffer, framing.chunkSize(), 0), NBD_REPLY_TYPE_NONE, request);
    }

    /** Puts the header of the last chunk before its payload, which is there. */
    private static ByteBuffer done(Framing framing, ByteBuffer bytes, int type, Request request) {
        int at = bytes.position();
        framing.putChunk(bytes, at, NBD_REPLY_FLAG_DONE, type, request,
                bytes.remaining() - framing.chunkSize());
        return bytes;
    }

    /** Position and limit around a header and the payload behind it. */
    private static ByteBuffer message(Buffer buffer, int headerSize, int length) {
        return buffer.bytes().limit(Buffer.HEADROOM + length).position(Buffer.HEADROOM - headerSize);
    }
}
