package dev.pirn.nbd;

import static dev.pirn.nbd.Proto.*;

import dev.pirn.CoroutineEntry;
import dev.pirn.aio.CoSocket;
import dev.pirn.block.BlockDevice;
import dev.pirn.block.Buffer;
import dev.pirn.block.Extent;
import dev.pirn.CoroutineFn;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import jdk.jfr.FlightRecorder;

/**
 * A request in flight, from its header's receipt until its reply was sent. Run as a coroutine, it does what
 * was asked.
 *
 * <p>It has one buffer all its life: a WRITE's payload comes in it, and the {@link Reply} goes out in it.
 */
final class Transaction implements CoroutineEntry {
    /** True where the module jdk.jfr is. */
    private static final boolean RECORDED = ModuleLayer.boot().findModule("jdk.jfr")
            .filter(Transaction.class.getModule()::canRead).isPresent();

    private final Connection connection;
    private final Request request;
    private final Buffer buffer;
    /** What BLOCK_STATUS found. */
    private List<Reply.Found> found = List.of();
    /** The parts of a READ that is answered by more than one chunk. */
    private List<Extent> extents = List.of();
    private Fault fault;
    /** Where its data goes from the page cache; null if that goes through the buffer. */
    private final CoSocket directTo;
    private final long askedNanos;
    private DirectReply direct;
    /** Null unless a Flight Recorder wants it. */
    private final RequestEvent event =
            RECORDED && FlightRecorder.isInitialized() ? RequestEvent.begun() : null;

    /**
     * Makes one.
     *
     * @param fault what is wrong with the request already, or null; it is not run then, but replied to
     * @param directTo where the data of a READ goes from the page cache; or null, and the buffer holds it
     */
    Transaction(Connection connection, Request request, Buffer buffer, Fault fault,
            CoSocket directTo) {
        this.connection = connection;
        this.request = request;
        this.buffer = buffer;
        this.fault = fault;
        this.directTo = directTo;
        this.askedNanos = directTo == null ? 0 : System.nanoTime();
    }

    @Override
    public void run() {
        try {
            perform(connection.device());
        } catch (IOException e) {
            fault = Fault.of(request, e);
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
            case NBD_CMD_READ -> read(device);
            case NBD_CMD_WRITE -> device.write(offset, buffer.payload((int) length), fua);
            case NBD_CMD_WRITE_ZEROES -> writeZeroes(device, !request.has(NBD_CMD_FLAG_NO_HOLE), fua);
            case NBD_CMD_TRIM -> {
                device.discard(offset, length);
                if (fua) device.flush();
            }
            case NBD_CMD_CACHE -> device.prefetch(offset, length);
            case NBD_CMD_BLOCK_STATUS -> found = status(device);
            case NBD_CMD_FLUSH -> device.flush();
            default -> throw new AssertionError(request);
        }
    }

    @CoroutineFn
    private List<Reply.Found> status(BlockDevice device) throws IOException {
        long asked = request.contexts() & connection.terms().contexts();
        int most = request.has(NBD_CMD_FLAG_REQ_ONE) ? 1 : Reply.extentsMax(Long.bitCount(asked));
        var all = new ArrayList<Reply.Found>();
        for (int id = 1; id <= Limits.CONTEXTS_MAX; id++) {
            if ((asked & 1L << id) == 0) continue;
            all.add(new Reply.Found(id, id == BASE_ALLOCATION_ID
                    ? Reply.allocation(device.extents(request.offset(), request.length(), most))
                    : connection.terms().export().context(id).source()
                            .status(request.offset(), request.length(), most)));
        }
        return all;
    }

    @CoroutineFn
    private void writeZeroes(BlockDevice device, boolean mayUnmap, boolean fua) throws IOException {
        if (!request.has(NBD_CMD_FLAG_FAST_ZERO)) {
            device.writeZeroes(request.offset(), request.length(), mayUnmap, fua);
        } else if (!device.writeZeroesFast(request.offset(), request.length(), mayUnmap, fua)) {
            fault = request.fault(NBD_ENOTSUP, "zeroing is no faster than writing here");
        }
    }

    /** Reads all of it, or, if the client takes fragments, all but its holes, each part at its place. */
    @CoroutineFn
    private void read(BlockDevice device) throws IOException {
        int length = (int) request.length();
        Framing framing = connection.terms().framing();
        if (framing.hasChunks() && !request.has(NBD_CMD_FLAG_DF)) {
            extents = connection.knownData().cut(device, request.offset(), length);
        }
        if (directTo != null) return;
        if (extents.isEmpty()) {
            device.read(request.offset(), buffer.payload(length));
            return;
        }
        long offset = request.offset();
        int at = Chunks.start(framing, extents);
        for (Extent each : extents) {
            if (!each.isZero()) device.read(offset, Chunks.data(framing, buffer, at, each));
            at += Chunks.size(framing, each);
            offset += each.length();
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

    /**
     * The reply, ready to be sent; or what comes before the data of a direct one, which {@link #send} sends,
     * and then what comes behind it.
     */
    ByteBuffer reply() {
        if (direct != null) return direct.head();
        Framing framing = connection.terms().framing();
        if (directTo != null && fault == null) {
            direct = new DirectReply(directTo, request, buffer, askedNanos, extents, framing);
            return direct.head();
        }
        if (fault == null && !extents.isEmpty()) return Chunks.read(framing, buffer, request, extents);
        if (fault == null && !found.isEmpty()) return Reply.blockStatus(framing, buffer, request, found);
        return framing.hasChunks() ? Reply.chunk(framing, buffer, request, fault)
                : Reply.simple(buffer, request, fault);
    }

    /** Whether {@link #reply} was the begin of its reply only. */
    boolean isDirect() {
        return direct != null;
    }

    /** Sends the data of its reply; returns whether {@link #reply} has more then. Suspends. */
    @CoroutineFn
    boolean send() throws IOException {
        fault = direct.send(connection);
        return connection.terms().framing().hasChunks();
    }

    /** Its reply was sent, or will never be: says so to those who count and record. */
    void replied() {
        connection.lane().counters.replied(request, fault != null);
        if (event != null) event.end(connection, request, fault == null ? 0 : fault.error());
    }

    Buffer buffer() {
        return buffer;
    }
}
