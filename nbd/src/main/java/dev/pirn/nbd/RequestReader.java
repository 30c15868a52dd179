package dev.pirn.nbd;

import static dev.pirn.nbd.Proto.*;

import dev.pirn.CoroutineFn;
import java.io.IOException;
import java.net.ProtocolException;
import java.nio.ByteBuffer;

/** Takes one client's requests out of what was received. */
final class RequestReader {
    /** Bytes of a BLOCK_STATUS's payload that names one context: u64 length, u32 context. */
    private static final int STATUS_PAYLOAD_SIZE = 12;

    private final Input input;
    private final Terms terms;
    private final ReplyQueue replies;

    /**
     * Makes one.
     *
     * @param replies flushed before a wait for the client
     */
    RequestReader(Input input, Terms terms, ReplyQueue replies) {
        this.input = input;
        this.terms = terms;
        this.replies = replies;
    }

    /** Takes the next, which is there. Suspends, if it is one whose payload belongs to the question. */
    @CoroutineFn
    Request next() throws IOException {
        Request request = Request.parse(input.buffer(), terms.framing());
        if (request == null) throw new ProtocolException("a request without its magic");
        return isStatusWithPayload(request) ? status(request) : request;
    }

    private boolean isStatusWithPayload(Request request) {
        return request.type() == NBD_CMD_BLOCK_STATUS && request.has(NBD_CMD_FLAG_PAYLOAD_LEN)
                && terms.takesStatusPayload() && request.length() == STATUS_PAYLOAD_SIZE;
    }

    /**
     * Makes of it what it asks for, without a payload. One that names another context is left as it is, its
     * payload too: {@link Request#check} refuses it. There is one context, so that a payload of another
     * length names none, or one twice.
     */
    @CoroutineFn
    private Request status(Request request) throws IOException {
        if (!input.has(STATUS_PAYLOAD_SIZE)) replies.flush();
        input.expect(STATUS_PAYLOAD_SIZE);
        ByteBuffer in = input.buffer();
        if (in.getInt(in.position() + Long.BYTES) != BASE_ALLOCATION_ID) return request;
        var asked = new Request(request.flags() & ~NBD_CMD_FLAG_PAYLOAD_LEN, request.type(),
                request.cookie(), request.offset(), in.getLong());
        in.getInt(); // The context, which we know.
        return asked;
    }

    /** Reads the payload of a request that is refused, and drops it. Suspends. */
    @CoroutineFn
    void drain(Request request) throws IOException {
        // The text wants those cut off that break the limit where they could have known better.
        long most = terms.framing() == Framing.EXTENDED ? Limits.PAYLOAD_SIZE_MAX : Limits.DRAIN_SIZE_MAX;
        if (Long.compareUnsigned(request.length(), most) > 0) {
            throw new ProtocolException("a " + request.typeName() + " with a payload of "
                    + Long.toUnsignedString(request.length()) + " bytes, more than the " + most
                    + " that are read to be refused");
        }
        replies.flush();
        input.skip(request.length());
    }
}
