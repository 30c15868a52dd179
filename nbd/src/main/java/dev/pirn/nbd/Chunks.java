package dev.pirn.nbd;

import static dev.pirn.nbd.Proto.*;

import dev.pirn.block.Buffer;
import dev.pirn.block.Extent;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.List;

/**
 * The structured reply to a READ that found holes: a chunk for each part, in one piece. A hole takes less
 * room in the reply than on the disk, so that all of it fits where the data alone would have been:
 *
 * <pre>
 *   │ headroom ┬ payload ………
 *              │    data   │   hole   │ data │
 *      │ header│    data   │chunk│header│ data │
 *
 *   0            4       6      8          16       20              28
 *   │ magic      │ flags │ type │ cookie   │ length │ offset        │ OFFSET_DATA: data …
 *   │ 0x668e33ef │ u16   │ u16  │ u64      │ u32    │ u64           │ OFFSET_HOLE: u32 size of the hole
 * </pre>
 *
 * <p>All parts are there before the first is sent: nothing can go wrong between two chunks.
 */
final class Chunks {
    /** Bytes of a chunk of data before the data. */
    private static final int DATA_SIZE = 28;
    private static final int HOLE_SIZE = DATA_SIZE + Integer.BYTES;
    private static final int PAYLOAD_AT = 20;

    private Chunks() { }

    /** Where in the buffer the reply begins. */
    static int start(List<Extent> parts) {
        return parts.getFirst().isZero() ? Buffer.HEADROOM : Buffer.HEADROOM - DATA_SIZE;
    }

    /** Bytes of the chunk for {@code part}. */
    static int size(Extent part) {
        return part.isZero() ? HOLE_SIZE : DATA_SIZE + (int) part.length();
    }

    /** Where the data of {@code part} belongs, whose chunk begins at {@code at} of the buffer. */
    static MemorySegment data(Buffer buffer, int at, Extent part) {
        return buffer.payload(buffer.capacity()).asSlice(at + DATA_SIZE - Buffer.HEADROOM, part.length());
    }

    /** Makes the reply around the data, which is there. */
    static ByteBuffer read(Buffer buffer, Request request, List<Extent> parts) {
        ByteBuffer bytes = buffer.bytes().clear();
        int at = start(parts);
        long offset = request.offset();
        long end = offset + request.length();
        for (Extent each : parts) {
            boolean last = offset + each.length() == end;
            head(bytes, at, request, each, offset, last ? NBD_REPLY_FLAG_DONE : 0);
            at += size(each);
            offset += each.length();
        }
        return bytes.limit(at).position(start(parts));
    }

    /** Puts all of a hole's chunk at {@code at}, or what comes before the data; returns where that ends. */
    static int head(ByteBuffer bytes, int at, Request request, Extent part, long offset, int flags) {
        bytes.putInt(at, NBD_STRUCTURED_REPLY_MAGIC)
                .putShort(at + 4, (short) flags)
                .putShort(at + 6, (short) (part.isZero() ? NBD_REPLY_TYPE_OFFSET_HOLE
                        : NBD_REPLY_TYPE_OFFSET_DATA))
                .putLong(at + 8, request.cookie())
                .putInt(at + 16, size(part) - PAYLOAD_AT)
                .putLong(at + PAYLOAD_AT, offset);
        if (!part.isZero()) return at + DATA_SIZE;
        bytes.putInt(at + DATA_SIZE, (int) part.length());
        return at + HOLE_SIZE;
    }
}
