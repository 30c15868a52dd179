package dev.pirn.nbd;

import dev.pirn.aio.CoStream;
import dev.pirn.block.Buffer;
import dev.pirn.CoroutineFn;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * What a peer sends, read in large pieces: many requests come from one read(2), or many replies.
 *
 * <pre>
 *   buffer:  │ consumed │ received, not consumed │ room │
 *            0       position                  limit  capacity
 * </pre>
 *
 * <p>Behind a long payload, which went past the buffer, another one is likely: then only the header that
 * somebody needs is read, so that what follows can go past the buffer too. One more system call for each
 * saves the copy of most of it: nbdcopy's writes of 256 KiB 12 % of the server's CPU.
 */
final class Input {
    private final String peer;
    private final ByteBuffer buffer;
    private CoStream stream;
    /** Whether what was read last is a long payload. */
    private boolean behindPayload;

    Input(CoStream stream, Buffer memory) {
        this(stream, memory, "client");
    }

    /**
     * Makes one of which nothing is received.
     *
     * @param peer what errors call who sends
     */
    Input(CoStream stream, Buffer memory, String peer) {
        this.stream = stream;
        this.peer = peer;
        this.buffer = memory.bytes().clear().limit(0);
    }

    /** What comes from now on comes from there. */
    void readFrom(CoStream there) {
        stream = there;
    }

    /** True if {@link #need} of so many would not wait. */
    boolean has(int length) {
        return buffer.remaining() >= length;
    }

    /**
     * Has at least {@code length} bytes in {@link #buffer}. Suspends while they are not there.
     *
     * @return false if the peer closed before the first of them
     * @throws EOFException if it closed between them
     */
    @CoroutineFn
    boolean need(int length) throws IOException {
        if (has(length)) return true;
        if (buffer.position() + length > buffer.capacity() || !buffer.hasRemaining()) {
            buffer.compact().flip(); // Rarely more than a part of one message: all before it was consumed.
        }
        while (!has(length)) {
            if (receive(behindPayload ? length - buffer.remaining() : buffer.capacity()) < 0) {
                if (!buffer.hasRemaining()) return false;
                throw new EOFException("the " + peer + " closed within a message, after "
                        + buffer.remaining() + " of " + length + " bytes");
            }
        }
        behindPayload = false;
        return true;
    }

    /** As {@link #need}, where the peer must not close. */
    @CoroutineFn
    void expect(int length) throws IOException {
        if (!need(length)) {
            throw new EOFException("the " + peer + " closed where " + length + " more bytes were due");
        }
    }

    /** Reads behind what is there what fits, but at most so many; returns how many, or -1 at the end. */
    @CoroutineFn
    private int receive(int lengthMax) throws IOException {
        int start = buffer.position();
        int end = buffer.limit();
        buffer.limit(Math.min(buffer.capacity() - end, lengthMax) + end).position(end);
        try {
            return stream.read(buffer);
        } finally {
            buffer.limit(buffer.position()).position(start);
        }
    }

    /** What was received and not consumed; the caller consumes by moving its position. */
    ByteBuffer buffer() {
        return buffer;
    }

    /** Fills {@code target} to its limit: from what is there, the rest directly from the socket. Suspends. */
    @CoroutineFn
    void read(ByteBuffer target) throws IOException {
        behindPayload = target.remaining() >= Limits.PAYLOAD_DIRECT_MIN;
        int there = Math.min(buffer.remaining(), target.remaining());
        if (there > 0) {
            target.put(target.position(), buffer, buffer.position(), there);
            target.position(target.position() + there);
            buffer.position(buffer.position() + there);
        }
        stream.readFully(target);
    }

    /** Consumes {@code length} bytes without a look, a buffer's worth at a time. Suspends. */
    @CoroutineFn
    void skip(long length) throws IOException {
        for (long left = length; left > 0; ) {
            expect(1);
            int step = (int) Math.min(left, buffer.remaining());
            buffer.position(buffer.position() + step);
            left -= step;
        }
    }
}
