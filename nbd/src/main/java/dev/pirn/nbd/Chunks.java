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
 *   a header, as Framing draws it, and behind it
 *   │ offset │ OFFSET_DATA: data …
 *   │ u64    │ OFFSET_HOLE: u32 size of the hole
 * </pre>
 *
 * <p>All parts are there before the first is sent: nothing can go wrong between two chunks.
 */
final class Chunks {
    private Chunks() { }

    /** Bytes of a chunk of data before the data. */
    private static int dataSize(Framing framing) {
        return framing.chunkSize() + Long.BYTES;
    }

    /** Where in the buffer the reply begins. */
    static int start(Framing framing, List<Extent> parts) {
        return parts.getFirst().isZero() ? Buffer.HEADROOM : Buffer.HEADROOM - dataSize(framing);
    }

    /** Bytes of the chunk for {@code part}. */
    static int size(Framing framing, Extent part) {
        return dataSize(framing) + (part.isZero() ? Integer.BYTES : (int) part.length());
    }

    /** Where the data of {@code part} belongs, whose chunk begins at {@code at} of the buffer. */
    static MemorySegment data(Framing framing, Buffer buffer, int at, Extent part) {
        long start = at + dataSize(framing) - Buffer.HEADROOM;
        return buffer.payload(buffer.capacity()).asSlice(start, part.length());
    }

    /** Makes the reply around the data, which is there. */
    static ByteBuffer read(Framing framing, Buffer buffer, Request request, List<Extent> parts) {
        ByteBuffer bytes = buffer.bytes().clear();
        int start = start(framing, parts);
        int at = start;
        long offset = request.offset();
        long end = offset + request.length();
        for (Extent each : parts) {
            boolean last = offset + each.length() == end;
            head(framing, bytes, at, request, each, offset, last ? NBD_REPLY_FLAG_DONE : 0);
            at += size(framing, each);
            offset += each.length();
        }
        return bytes.limit(at).position(start);
    }

    /** Puts all of a hole's chunk at {@code at}, or what comes before the data; returns where that ends. */
    static int head(Framing framing, ByteBuffer bytes, int at, Request request, Extent part, long offset,
            int flags) {
        int header = framing.chunkSize();
        int type = part.isZero() ? NBD_REPLY_TYPE_OFFSET_HOLE : NBD_REPLY_TYPE_OFFSET_DATA;
        framing.putChunk(bytes, at, flags, type, request, size(framing, part) - header);
        bytes.putLong(at + header, offset);
        if (!part.isZero()) return at + dataSize(framing);
        bytes.putInt(at + dataSize(framing), (int) part.length());
        return at + size(framing, part);
    }
}
