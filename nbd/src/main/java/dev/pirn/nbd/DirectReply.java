package dev.pirn.nbd;

import dev.pirn.CoroutineFn;
import dev.pirn.aio.CoSocket;
import dev.pirn.aio.CoStream;
import dev.pirn.aio.EventLoop;
import dev.pirn.block.BlockDevice;
import dev.pirn.block.Buffer;
import dev.pirn.block.Extent;
import dev.pirn.block.FileSink;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.time.Duration;
import java.util.List;

/**
 * The reply to a READ whose data goes from the page cache to the socket, by {@code sendfile(2)}.
 *
 * <pre>
 *   simple:      │ header      │ data … │
 *   structured:  │ OFFSET_DATA │ data … │ NONE, DONE
 *   with holes:  │ OFFSET_DATA │ data … │ OFFSET_HOLE │ OFFSET_DATA │ data … │ NONE, DONE
 *                  ─ head() ─▶   disk ─▶  ─── head() ───────────▶   disk ─▶  ─ head() ─▶
 * </pre>
 *
 * <p>The disk may fail when a part of the data is on its way. A structured reply then goes on with zeroes up
 * to the end of the chunk, which ERROR follows in place of NONE: that is why no chunk of data is the last
 * one. A simple reply has said already that there is no error; the connection ends.
 */
final class DirectReply implements FileSink {
    private static final ByteBuffer ZEROES = ByteBuffer.allocateDirect(64 << 10).asReadOnlyBuffer();

    private final CoSocket socket;
    private final Request request;
    private final Buffer buffer;
    /** Null for a simple reply. */
    private final List<Extent> parts;
    private final long askedNanos;
    /** Of the first part whose head was not made. */
    private int next;
    /** The disk's byte that comes next. */
    private long offset;
    /** Bytes of data still to come before the next head. */
    private long left;
    private Fault fault;
    /** Whether the socket failed: who sees an error then knows whose. */
    private boolean broken;
    /** Bytes sent since the loop last turned to others. */
    private int turnBytes;

    /**
     * Makes one.
     *
     * @param buffer for the headers
     * @param askedNanos when the disk said that it can send
     * @param holes what is data and what a hole; empty for data alone
     */
    DirectReply(CoSocket socket, Request request, Buffer buffer, long askedNanos, List<Extent> holes,
            boolean structured) {
        this.socket = socket;
        this.request = request;
        this.buffer = buffer;
        this.askedNanos = askedNanos;
        this.offset = request.offset();
        if (!structured) {
            this.parts = null;
        } else {
            this.parts = holes.isEmpty() ? List.of(Extent.ofData(request.length())) : holes;
        }
    }

    /** Where the data of {@code request} can go from the page cache now; or null. */
    static CoSocket wayFor(Request request, BlockDevice disk, CoStream stream) {
        return request.type() == Proto.NBD_CMD_READ && request.length() >= Limits.SEND_SIZE_MIN
                && stream instanceof CoSocket socket && disk.canSend(request.offset(), request.length())
                ? socket : null;
    }

    /** All that comes before the next data, or the end. */
    ByteBuffer head() {
        if (parts == null) {
            left = request.length();
            return Reply.simpleHead(buffer, request);
        }
        if (!hasMore()) return Reply.end(buffer, request, fault);
        ByteBuffer bytes = buffer.bytes().clear();
        int end = 0;
        while (left == 0 && next < parts.size()) {
            Extent part = parts.get(next++);
            end = Chunks.head(bytes, end, request, part, offset, 0);
            if (part.isZero()) offset += part.length(); else left = part.length();
        }
        return bytes.limit(end).position(0);
    }

    /**
     * Sends what comes after the first head, but for what ends a structured reply: that is one more
     * {@link #head}, to be sent together with the reply after it. Suspends.
     *
     * @return what the client is to be told about the disk, or null
     * @throws IOException if the connection cannot go on
     */
    @CoroutineFn
    Fault send(Connection connection) throws IOException {
        while (true) {
            if (left > 0) sendData(connection);
            if (!hasMore()) return fault;
            socket.write(head());
        }
    }

    /** Whether a head is followed by data, still. */
    private boolean hasMore() {
        return fault == null && parts != null && next < parts.size();
    }

    @CoroutineFn
    private void sendData(Connection connection) throws IOException {
        BlockDevice disk = connection.device();
        try {
            disk.send(offset, left, askedNanos, this);
        } catch (IOException e) {
            if (broken) throw e;
            connection.diskFailed(request, e);
            if (parts == null) throw new IOException("the disk failed within the reply to " + request, e);
            fault = request.fault(Proto.NBD_EIO, "the disk failed; the server's log says how");
            while (left > 0) {
                int length = (int) Math.min(left, ZEROES.capacity());
                socket.write(ZEROES.slice(0, length));
                left -= length;
            }
        }
    }

    @Override
    public void take(FileChannel file, long position, long length) throws IOException {
        broken = true; // Until we know better: whatever comes out of there.
        long count = socket.write(file, position, length);
        broken = false;
        offset += count;
        left -= count;
        if (count < length) {
            throw new EOFException("the file ends " + (length - count) + " bytes before the end of a piece "
                    + "of " + length + " bytes that is sent");
        }
        turnBytes += (int) count;
        if (turnBytes > Limits.TURN_BYTES_MAX) {
            // A client that reads as fast as we send never makes us wait.
            turnBytes = 0;
            EventLoop.sleep(Duration.ZERO);
        }
    }
}
