package dev.pirn.nbd;

import static dev.pirn.nbd.Proto.*;

import dev.pirn.CoroutineFn;
import java.io.IOException;
import java.net.ProtocolException;
import java.nio.ByteBuffer;

/** Takes one client's requests out of what was received. */
final class RequestReader {
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
                && terms.takesStatusPayload() && namesOf(request) >= 1
                && namesOf(request) <= Long.bitCount(terms.contexts());
    }

    /** How many contexts a BLOCK_STATUS's payload names: u64 length, u32 context and so on; or below 0. */
    private static long namesOf(Request request) {
        long bytes = request.length() - Long.BYTES;
        return bytes % Integer.BYTES == 0 ? bytes / Integer.BYTES : -1;
    }

    /**
     * Makes of it what it asks for, without a payload. One that names a context that was not set, or one
     * twice, is left as it is, its payload too: {@link Request#check} refuses it, and also those whose
     * payload has another length than some contexts take, for it is not looked at.
     */
    @CoroutineFn
    private Request status(Request request) throws IOException {
        int size = (int) request.length();
        if (!input.has(size)) replies.flush();
        input.expect(size);
        ByteBuffer in = input.buffer();
        long asked = 0;
        for (int at = in.position() + Long.BYTES; at < in.position() + size; at += Integer.BYTES) {
            int id = in.getInt(at);
            long bit = id < 1 || id > Limits.CONTEXTS_MAX ? 0 : 1L << id;
            if ((bit & terms.contexts() & ~asked) == 0) return request;
            asked |= bit;
        }
        long length = in.getLong();
        in.position(in.position() + size - Long.BYTES);
        return new Request(request.flags() & ~NBD_CMD_FLAG_PAYLOAD_LEN, request.type(),
                request.cookie(), request.offset(), length, asked);
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
