package dev.pirn.nbd;

import static dev.pirn.nbd.Proto.*;

import java.nio.ByteBuffer;

/**
 * Which headers the transmission phase has, as was agreed on. In all but the simple one a reply is one chunk
 * or more. {@link Request} draws the requests.
 *
 * <pre>
 *   a chunk, STRUCTURED:
 *   0            4       6      8          16       20
 *   │ magic      │ flags │ type │ cookie   │ length │ payload: length bytes
 *   │ 0x668e33ef │ u16   │ u16  │ u64      │ u32    │
 *
 *   EXTENDED:
 *   0            4       6      8          16                       24       32
 *   │ magic      │ flags │ type │ cookie   │ offset, the request's  │ length │ payload: length bytes
 *   │ 0x6e8a278c │ u16   │ u16  │ u64      │ u64                    │ u64    │
 * </pre>
 */
enum Framing {
    /** Compact requests, simple replies: what nobody has to ask for. */
    SIMPLE,
    /** Compact requests, structured replies: {@code NBD_OPT_STRUCTURED_REPLY}. */
    STRUCTURED,
    /** Extended requests and replies, with lengths of 64 bits: {@code NBD_OPT_EXTENDED_HEADERS}. */
    EXTENDED;

    private static final int COMPACT_CHUNK_SIZE = 20;
    private static final int EXTENDED_SIZE = 32;

    /** Whether replies are chunks. */
    boolean hasChunks() {
        return this != SIMPLE;
    }

    /** Bytes of a request without payload. */
    int requestSize() {
        return this == EXTENDED ? EXTENDED_SIZE : Request.SIZE;
    }

    /** Bytes of a chunk without payload. */
    int chunkSize() {
        return this == EXTENDED ? EXTENDED_SIZE : COMPACT_CHUNK_SIZE;
    }

    /** Puts the header of a chunk, whose payload has {@code length} bytes, at {@code at} of {@code bytes}. */
    void putChunk(ByteBuffer bytes, int at, int flags, int type, Request request, int length) {
        bytes.putInt(at, this == EXTENDED ? NBD_EXTENDED_REPLY_MAGIC : NBD_STRUCTURED_REPLY_MAGIC)
                .putShort(at + 4, (short) flags).putShort(at + 6, (short) type)
                .putLong(at + 8, request.cookie());
        if (this == EXTENDED) bytes.putLong(at + 16, request.offset()).putLong(at + 24, length);
        else bytes.putInt(at + 16, length);
    }
}
