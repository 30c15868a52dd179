package dev.pirn.nbd;

import static dev.pirn.nbd.Proto.*;

import dev.pirn.CoroutineEntry;
import dev.pirn.block.BlockDevice;
import dev.pirn.block.Buffer;
import dev.pirn.block.NoSpaceException;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * A request in flight, from its header's receipt until its reply was sent. Run as a coroutine, it does what
 * was asked.
 *
 * <p>It has one buffer all its life: a WRITE's payload comes in it, a READ's goes out in it, and the reply's
 * header stands right before the payload, so that a reply is one piece.
 *
 * <pre>
 *   0            4       8          16
 *   │ magic      │ error │ cookie   │ payload of a READ that succeeded …
 *   │ 0x67446698 │ u32   │ u64      │
 * </pre>
 */
final class Transaction implements CoroutineEntry {
    private static final int REPLY_HEADER_SIZE = 16;
    private static final int REPLY_START = Buffer.HEADROOM - REPLY_HEADER_SIZE;

    private final Connection connection;
    private final Request request;
    private final Buffer buffer;
    private int error;

    /**
     * Makes one.
     *
     * @param error what is wrong with the request already; it is not run then, but replied to
     */
    Transaction(Connection connection, Request request, Buffer buffer, int error) {
        this.connection = connection;
        this.request = request;
        this.buffer = buffer;
        this.error = error;
    }

    @Override
    public void run() {
        try {
            perform(connection.device());
        } catch (NoSpaceException e) {
            error = NBD_ENOSPC;
            connection.diskFailed(request, e);
        } catch (IOException e) {
            error = NBD_EIO;
            connection.diskFailed(request, e);
        } catch (Throwable e) {
            // Ours. Whatever it is, the client waits for a reply, and its neighbours did nothing.
            error = e instanceof OutOfMemoryError ? NBD_ENOMEM : NBD_EIO;
            connection.bug(request, e);
        }
        connection.replies().add(this);
    }

    private void perform(BlockDevice device) throws IOException {
        long offset = request.offset();
        long length = request.length();
        boolean fua = request.has(NBD_CMD_FLAG_FUA);
        switch (request.type()) {
            case NBD_CMD_READ -> device.read(offset, buffer.payload((int) length));
            case NBD_CMD_WRITE -> device.write(offset, buffer.payload((int) length), fua);
            case NBD_CMD_WRITE_ZEROES ->
                    device.writeZeroes(offset, length, !request.has(NBD_CMD_FLAG_NO_HOLE), fua);
            case NBD_CMD_TRIM -> {
                device.discard(offset, length);
                if (fua) device.flush();
            }
            case NBD_CMD_CACHE -> device.prefetch(offset, length);
            case NBD_CMD_FLUSH -> device.flush();
            default -> throw new AssertionError(request);
        }
    }

    /** Where a WRITE's payload belongs. */
    ByteBuffer payload() {
        return buffer.bytes().limit(Buffer.HEADROOM + (int) request.length()).position(Buffer.HEADROOM);
    }

    /** The reply, ready to be sent. */
    ByteBuffer reply() {
        boolean hasData = error == NBD_SUCCESS && request.type() == NBD_CMD_READ;
        int end = Buffer.HEADROOM + (hasData ? (int) request.length() : 0);
        return buffer.bytes().limit(end).position(REPLY_START)
                .putInt(REPLY_START, NBD_SIMPLE_REPLY_MAGIC)
                .putInt(REPLY_START + 4, error)
                .putLong(REPLY_START + 8, request.cookie());
    }

    Buffer buffer() {
        return buffer;
    }
}
