package dev.pirn.nbd;

import static dev.pirn.nbd.Proto.*;

import dev.pirn.aio.EventLoop;
import dev.pirn.block.Extent;
import dev.pirn.block.NoSpaceException;
import dev.pirn.block.RefusedException;
import dev.pirn.CoroutineFn;
import java.io.EOFException;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

/**
 * Reads one connection's replies, and gives each to the call whose cookie it has. {@link Reply} draws them.
 *
 * <p>A payload is copied from what was received: a read that waits in the kernel with the caller's memory
 * could not be taken back from there when the caller is cancelled.
 *
 * <p>Whatever does not fit the call is the server's breach of the protocol. Nothing is allocated by what a
 * server says, and nothing it says is longer than what it was asked for.
 */
final class ReplyReader {
    private static final int SIMPLE_SIZE = 16;
    private static final int CHUNK_SIZE = 20;
    private static final int HOLE_SIZE = 12;
    private static final int STATUS_EXTENT_SIZE = 8;
    /** Bytes of an error chunk's payload before its message. */
    private static final int ERROR_SIZE = 6;

    private record Chunk(int flags, int type, int length) { }

    private final Calls calls;
    private final Blame blame;
    private final Input input;
    private final Agreed agreed;
    private int turnBytes;

    ReplyReader(Calls calls, Blame blame, Link link) {
        this.calls = calls;
        this.blame = blame;
        this.input = link.input();
        this.agreed = link.agreed();
    }

    /**
     * Reads until the connection is lost. Suspends.
     *
     * @throws java.net.ProtocolException if the server broke a rule
     * @throws IOException if the connection was lost, in any other way
     */
    @CoroutineFn
    void run() throws IOException {
        while (input.need(SIMPLE_SIZE)) {
            ByteBuffer in = input.buffer();
            int magic = in.getInt(in.position());
            switch (magic) {
                case NBD_SIMPLE_REPLY_MAGIC -> simple();
                case NBD_STRUCTURED_REPLY_MAGIC -> chunk();
                default -> throw blame.rule("a reply that begins with 0x%08x".formatted(magic));
            }
            if (turnBytes > Limits.TURN_BYTES_MAX) {
                turnBytes = 0;
                EventLoop.sleep(Duration.ZERO); // Others of the loop want a turn.
            }
        }
        throw new EOFException("the server closed the connection");
    }

    @CoroutineFn
    private void simple() throws IOException {
        ByteBuffer in = input.buffer();
        in.getInt();
        int error = in.getInt();
        Call call = call(in.getLong());
        int type = call.request.type();
        if (agreed.structured() && (type == NBD_CMD_READ || type == NBD_CMD_BLOCK_STATUS)) {
            throw blame.rule("a simple reply to " + call.request + ", where structured ones were agreed on");
        }
        if (error == NBD_SUCCESS && type == NBD_CMD_READ) {
            call.covers(call.request.offset(), call.request.length());
            data(call, call.request.offset(), (int) call.request.length());
        }
        if (error != NBD_SUCCESS) call.error = error(call, error, "");
        done(call);
    }

    @CoroutineFn
    private void chunk() throws IOException {
        input.expect(CHUNK_SIZE);
        ByteBuffer in = input.buffer();
        in.getInt();
        int flags = Short.toUnsignedInt(in.getShort());
        int type = Short.toUnsignedInt(in.getShort());
        Call call = call(in.getLong());
        var chunk = new Chunk(flags, type, in.getInt());
        if (!agreed.structured()) {
            throw blame.rule("a structured reply to " + call.request + ", where simple ones were agreed on");
        }
        if ((flags & ~NBD_REPLY_FLAG_DONE) != 0) throw bad(call, chunk, "flags 0x%x".formatted(flags));
        if (chunk.length < 0) throw bad(call, chunk, "its length");
        if ((type & NBD_REPLY_TYPE_ERROR_BIT) != 0) {
            errorChunk(call, chunk);
        } else {
            content(call, chunk);
        }
        if ((flags & NBD_REPLY_FLAG_DONE) != 0) done(call);
    }

    @CoroutineFn
    private void content(Call call, Chunk chunk) throws IOException {
        switch (chunk.type) {
            case NBD_REPLY_TYPE_NONE -> {
                if (chunk.length != 0) throw bad(call, chunk, "a payload");
                if (chunk.flags != NBD_REPLY_FLAG_DONE) throw bad(call, chunk, "more to come");
            }
            case NBD_REPLY_TYPE_OFFSET_DATA -> {
                if (chunk.length <= Long.BYTES) throw bad(call, chunk, "no data");
                long length = chunk.length - Long.BYTES;
                long offset = place(call, chunk, length);
                data(call, offset, (int) length);
            }
            case NBD_REPLY_TYPE_OFFSET_HOLE -> {
                if (chunk.length != HOLE_SIZE) throw bad(call, chunk, "its length");
                input.expect(HOLE_SIZE);
                ByteBuffer in = input.buffer();
                long length = Integer.toUnsignedLong(in.getInt(in.position() + Long.BYTES));
                if (length == 0) throw bad(call, chunk, "no hole");
                long offset = place(call, chunk, length);
                in.getInt(); // The length, which we know.
                call.zero(offset, length);
            }
            case NBD_REPLY_TYPE_BLOCK_STATUS -> status(call, chunk);
            default -> throw bad(call, chunk, "a type that we do not know");
        }
    }

    /** Takes a chunk's offset, and checks that its bytes were asked for and have not come yet. */
    @CoroutineFn
    private long place(Call call, Chunk chunk, long length) throws IOException {
        input.expect(Long.BYTES);
        long offset = input.buffer().getLong();
        Request request = call.request;
        if (request.type() != NBD_CMD_READ) throw bad(call, chunk, "it asked for no data");
        long first = offset - request.offset();
        if (offset < 0 || first < 0 || first > request.length() - length) {
            throw bad(call, chunk, "[" + Long.toUnsignedString(offset) + ", +" + length + "), outside of it");
        }
        if (!call.covers(offset, length)) {
            throw bad(call, chunk, "[%d, +%d), of which some came before".formatted(offset, length));
        }
        if (call.pieces() > Limits.PIECES_MAX) {
            throw bad(call, chunk, "more than " + Limits.PIECES_MAX + " pieces that do not touch");
        }
        return offset;
    }

    /** Receives {@code length} bytes of a READ. Suspends. */
    @CoroutineFn
    private void data(Call call, long offset, int length) throws IOException {
        turnBytes += length;
        for (int done = 0; done < length; ) {
            input.expect(1);
            ByteBuffer in = input.buffer();
            int step = Math.min(length - done, in.remaining());
            call.put(MemorySegment.ofBuffer(in.slice(in.position(), step)), offset + done);
            in.position(in.position() + step);
            done += step;
        }
    }

    /** Extents from the request's begin on: one if REQ_ONE asks for it, else the last may reach beyond. */
    @CoroutineFn
    private void status(Call call, Chunk chunk) throws IOException {
        if (call.request.type() != NBD_CMD_BLOCK_STATUS) throw bad(call, chunk, "it asked for no status");
        int count = (chunk.length - Integer.BYTES) / STATUS_EXTENT_SIZE;
        if (chunk.length != Integer.BYTES + count * STATUS_EXTENT_SIZE) throw bad(call, chunk, "its length");
        boolean one = call.request.has(NBD_CMD_FLAG_REQ_ONE);
        if (one && count != 1) throw bad(call, chunk, "not one extent, which was asked for");
        if (count < 1 || count > Limits.STATUS_EXTENTS_TAKEN) throw bad(call, chunk, count + " extents");
        if (!call.extents().isEmpty()) throw bad(call, chunk, "a second one");
        input.expect(Integer.BYTES);
        int context = input.buffer().getInt();
        if (context != agreed.allocationId()) throw bad(call, chunk, "context " + context);
        long left = call.request.length();
        for (int i = 0; i < count; i++) {
            input.expect(STATUS_EXTENT_SIZE);
            long length = Integer.toUnsignedLong(input.buffer().getInt());
            int flags = input.buffer().getInt();
            if (length == 0 || length % agreed.blockSizeMin() != 0 || left <= 0 || one && length > left) {
                throw bad(call, chunk, "an extent of " + length + " bytes");
            }
            left -= length;
            call.tell(new Extent(length, (flags & NBD_STATE_HOLE) != 0, (flags & NBD_STATE_ZERO) != 0));
        }
        turnBytes += chunk.length;
    }

    @CoroutineFn
    private void errorChunk(Call call, Chunk chunk) throws IOException {
        if (chunk.length < ERROR_SIZE || chunk.length > Limits.ERROR_CHUNK_MAX) {
            throw bad(call, chunk, "its length");
        }
        if (++call.errors > Limits.ERROR_CHUNKS_MAX) {
            throw bad(call, chunk, "more than " + Limits.ERROR_CHUNKS_MAX + " errors");
        }
        input.expect(chunk.length);
        ByteBuffer in = input.buffer();
        int end = in.position() + chunk.length;
        int error = in.getInt();
        int length = Short.toUnsignedInt(in.getShort());
        boolean hasOffset = chunk.type == NBD_REPLY_TYPE_ERROR_OFFSET;
        if (error == NBD_SUCCESS) throw bad(call, chunk, "an error without its number");
        if (length > end - in.position() - (hasOffset ? Long.BYTES : 0)) {
            throw bad(call, chunk, "a message of " + length + " bytes");
        }
        String text = StandardCharsets.UTF_8.decode(in.slice(in.position(), length)).toString();
        if (hasOffset) checkErrorOffset(call, chunk, in.getLong(in.position() + length));
        in.position(end);
        if (call.error == null) call.error = error(call, error, text);
    }

    private void checkErrorOffset(Call call, Chunk chunk, long offset) throws IOException {
        Request request = call.request;
        if (offset >= request.offset() && offset - request.offset() < request.length()) return;
        throw bad(call, chunk, "an error at " + Long.toUnsignedString(offset) + ", outside of it");
    }

    private Call call(long cookie) throws IOException {
        turnBytes += Limits.TURN_REQUEST_BYTES;
        Call call = calls.pending(cookie);
        if (call != null) return call;
        throw blame.rule("a reply with cookie " + Long.toUnsignedString(cookie)
                + ", to a request that was never sent or has its reply");
    }

    private void done(Call call) throws IOException {
        Request request = call.request;
        if (call.error == null && request.type() == NBD_CMD_READ && call.missing() > 0) {
            throw blame.rule("the reply to " + request + " ended with " + call.missing() + " bytes missing");
        }
        if (call.error == null && request.type() == NBD_CMD_BLOCK_STATUS && call.extents().isEmpty()) {
            throw blame.rule("the reply to " + request + " ended without a status");
        }
        calls.answered(call);
    }

    private IOException bad(Call call, Chunk chunk, String what) {
        return blame.rule("a chunk of type %d and %d bytes to %s: %s".formatted(chunk.type,
                Integer.toUnsignedLong(chunk.length), call.request, what));
    }

    /** Makes the exception for what the server could not do. */
    private IOException error(Call call, int error, String text) {
        String name = switch (error) {
            case NBD_EPERM -> "EPERM, not permitted";
            case NBD_EIO -> "EIO, an I/O error";
            case NBD_ENOMEM -> "ENOMEM, out of memory";
            case NBD_EINVAL -> "EINVAL, an invalid argument";
            case NBD_ENOSPC -> "ENOSPC, no space left";
            case NBD_EOVERFLOW -> "EOVERFLOW, too large";
            case NBD_ENOTSUP -> "ENOTSUP, not supported";
            case NBD_ESHUTDOWN -> "ESHUTDOWN, the server is shutting down";
            default -> "error " + Integer.toUnsignedString(error);
        };
        String what = blame + ": " + call.request + " failed: " + name + Blame.suffix(text);
        return switch (error) {
            case NBD_ENOSPC -> new NoSpaceException(what, null);
            case NBD_ENOTSUP -> new UnsupportedRequestException(what, null);
            case NBD_EPERM -> new RefusedException(RefusedException.Reason.NOT_PERMITTED, what, null);
            case NBD_ENOMEM -> new RefusedException(RefusedException.Reason.NO_MEMORY, what, null);
            default -> new IOException(what);
        };
    }
}
