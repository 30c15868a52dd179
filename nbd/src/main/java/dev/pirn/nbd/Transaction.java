package dev.pirn.nbd;

import static dev.pirn.nbd.Proto.*;

import dev.pirn.CoroutineEntry;
import dev.pirn.block.BlockDevice;
import dev.pirn.block.Buffer;
import dev.pirn.block.NoSpaceException;
import dev.pirn.CoroutineFn;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * A request in flight, from its header's receipt until its reply was sent. Run as a coroutine, it does what
 * was asked.
 *
 * <p>It has one buffer all its life: a WRITE's payload comes in it, and the {@link Reply} goes out in it.
 */
final class Transaction implements CoroutineEntry {
    private final Connection connection;
    private final Request request;
    private final Buffer buffer;
    private Fault fault;

    /**
     * Makes one.
     *
     * @param fault what is wrong with the request already, or null; it is not run then, but replied to
     */
    Transaction(Connection connection, Request request, Buffer buffer, Fault fault) {
        this.connection = connection;
        this.request = request;
        this.buffer = buffer;
        this.fault = fault;
    }

    @Override
    public void run() {
        try {
            perform(connection.device());
        } catch (NoSpaceException e) {
            fault = request.fault(NBD_ENOSPC, "no space is left below the disk");
            connection.diskFailed(request, e);
        } catch (IOException e) {
            fault = request.fault(NBD_EIO, "the disk failed; the server's log says how");
            connection.diskFailed(request, e);
        } catch (Throwable e) {
            // Ours. Whatever it is, the client waits for a reply, and its neighbours did nothing.
            fault = e instanceof OutOfMemoryError ? request.fault(NBD_ENOMEM, "the server is out of memory")
                    : request.fault(NBD_EIO, "a bug of the server; its log says which");
            connection.bug(request, e);
        }
        connection.replies().add(this);
    }

    @CoroutineFn
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

    /** Bytes of a WRITE's payload. */
    int payloadLength() {
        return (int) request.length();
    }

    /** Where a WRITE's payload belongs. */
    ByteBuffer payload() {
        return buffer.bytes().limit(Buffer.HEADROOM + (int) request.length()).position(Buffer.HEADROOM);
    }

    /** The reply, ready to be sent. */
    ByteBuffer reply() {
        return connection.isStructured() ? Reply.structured(buffer, request, fault)
                : Reply.simple(buffer, request, fault);
    }

    Buffer buffer() {
        return buffer;
    }
}
