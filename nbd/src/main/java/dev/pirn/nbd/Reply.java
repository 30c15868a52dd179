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
 *   structured, one chunk, and the last (of a READ with holes: more, see Chunks):
 *   0            4       6      8          16       20
 *   │ magic      │ DONE  │ type │ cookie   │ length │ NONE        nothing
 *   │ 0x668e33ef │ u16   │ u16  │ u64      │ u32    │ OFFSET_DATA u64 offset │ payload …
 *                                                   │ ERROR       u32 error │ u16 length │ message …
 *                                                   │ BLOCK_STATUS u32 context │ u32 length │ u32 flags │ …
 * </pre>
 */
final class Reply {
    private static final int SIMPLE_SIZE = 16;
    private static final int CHUNK_SIZE = 20;
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

    /** Makes the structured one; else as {@link #simple}. */
    static ByteBuffer structured(Buffer buffer, Request request, Fault fault) {
        if (fault != null) return error(buffer, request, fault);
        int length = request.repliedLength();
        // A chunk of no data is not allowed, so that a READ of nothing is answered as a WRITE is.
        if (length == 0) return chunk(message(buffer, CHUNK_SIZE, 0), NBD_REPLY_TYPE_NONE, request);
        ByteBuffer bytes = message(buffer, CHUNK_SIZE + Long.BYTES, length);
        bytes.putLong(bytes.position() + CHUNK_SIZE, request.offset());
        return chunk(bytes, NBD_REPLY_TYPE_OFFSET_DATA, request);
    }

    /** Makes the structured one to a BLOCK_STATUS that found {@code extents}. */
    static ByteBuffer blockStatus(Buffer buffer, Request request, List<Extent> extents) {
        ByteBuffer bytes = message(buffer, CHUNK_SIZE, Integer.BYTES + 2 * Integer.BYTES * extents.size());
        int at = bytes.position() + CHUNK_SIZE;
        bytes.putInt(at, BASE_ALLOCATION_ID);
        at += Integer.BYTES;
        for (Extent each : extents) {
            bytes.putInt(at, (int) each.length());
            bytes.putInt(at + Integer.BYTES,
                    (each.isHole() ? NBD_STATE_HOLE : 0) | (each.isZero() ? NBD_STATE_ZERO : 0));
            at += 2 * Integer.BYTES;
        }
        return chunk(bytes, NBD_REPLY_TYPE_BLOCK_STATUS, request);
    }

    private static ByteBuffer error(Buffer buffer, Request request, Fault fault) {
        byte[] why = fault.why().getBytes(StandardCharsets.UTF_8);
        int length = Math.min(why.length, STRING_LENGTH_MAX); // Which the smallest buffer holds.
        ByteBuffer bytes = message(buffer, CHUNK_SIZE + ERROR_SIZE, length);
        int at = bytes.position() + CHUNK_SIZE;
        bytes.putInt(at, fault.error()).putShort(at + 4, (short) length);
        bytes.put(at + ERROR_SIZE, why, 0, length);
        return chunk(bytes, NBD_REPLY_TYPE_ERROR, request);
    }

    /** Makes the header of the simple one to a READ whose data is sent apart. */
    static ByteBuffer simpleHead(Buffer buffer, Request request) {
        return simpleHead(message(buffer, SIMPLE_SIZE, 0), request, null);
    }

    /** Makes the chunk that ends a READ whose data is sent apart. */
    static ByteBuffer end(Buffer buffer, Request request, Fault fault) {
        return fault != null ? error(buffer, request, fault)
                : chunk(message(buffer, CHUNK_SIZE, 0), NBD_REPLY_TYPE_NONE, request);
    }

    private static ByteBuffer chunk(ByteBuffer bytes, int type, Request request) {
        int at = bytes.position();
        return bytes.putInt(at, NBD_STRUCTURED_REPLY_MAGIC)
                .putShort(at + 4, (short) NBD_REPLY_FLAG_DONE)
                .putShort(at + 6, (short) type)
                .putLong(at + 8, request.cookie())
                .putInt(at + 16, bytes.remaining() - CHUNK_SIZE);
    }

    /** Position and limit around a header and the payload behind it. */
    private static ByteBuffer message(Buffer buffer, int headerSize, int length) {
        return buffer.bytes().limit(Buffer.HEADROOM + length).position(Buffer.HEADROOM - headerSize);
    }
}
