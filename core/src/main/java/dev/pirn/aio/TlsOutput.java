package dev.pirn.aio;

import dev.pirn.CoroutineFn;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import javax.net.ssl.SSLEngineResult.Status;
import javax.net.ssl.SSLException;

/** What goes out of a {@link CoTls}: encrypted, and one coroutine at a time. */
final class TlsOutput {
    private static final ByteBuffer[] NOTHING = {ByteBuffer.allocate(0)};
    /** Records that go out in one system call. */
    private static final int RECORDS_GATHERED = 4;

    private final CoSocket socket;
    private final SSLEngine engine;
    private final ThreadPool pool;
    private final Turnstile writers;
    /** Goes to the socket: up to the position. What a cancelled write left goes out before all else. */
    private ByteBuffer buffer;

    TlsOutput(CoSocket socket, SSLEngine engine, ThreadPool pool) {
        this.socket = socket;
        this.engine = engine;
        this.pool = pool;
        this.writers = new Turnstile("its turn to write to " + socket);
        buffer = ByteBuffer.allocateDirect(RECORDS_GATHERED * engine.getSession().getPacketBufferSize());
    }

    /** Does the arithmetic that the engine asks for, outside of the loop. */
    @CoroutineFn
    void runTasks() {
        for (Runnable task = engine.getDelegatedTask(); task != null; task = engine.getDelegatedTask()) {
            Runnable next = task;
            pool.<Void, RuntimeException>call(() -> {
                next.run();
                return null;
            });
        }
    }

    @CoroutineFn
    void write(ByteBuffer[] sources, int first, int count) throws IOException {
        writers.enter();
        try {
            int end = first + count;
            for (int next = first; next < end; ) {
                if (sources[next].hasRemaining()) wrap(sources, next, end - next); else next++;
            }
            flush();
        } finally {
            writers.leave();
        }
    }

    /**
     * Writes what the protocol wants to say, all of it at once: a peer that refuses the first of it, and
     * closes, would have the second write fail, and its alert, which says why, would not be read.
     */
    @CoroutineFn
    void answer() throws IOException {
        writers.enter();
        try {
            do {
                wrap(NOTHING, 0, 1);
            } while (engine.getHandshakeStatus() == HandshakeStatus.NEED_WRAP && !engine.isOutboundDone());
            flush();
        } finally {
            writers.leave();
        }
    }

    /** Writes what the protocol says at the end. */
    @CoroutineFn
    void end() throws IOException {
        writers.enter();
        try {
            engine.closeOutbound();
            while (!engine.isOutboundDone()) wrap(NOTHING, 0, 1);
            flush();
        } finally {
            writers.leave();
        }
    }

    /** Encrypts a record's worth. For whoever is at the turnstile. */
    @CoroutineFn
    private void wrap(ByteBuffer[] sources, int first, int count) throws IOException {
        if (buffer.remaining() < engine.getSession().getPacketBufferSize()) flush();
        SSLEngineResult result = engine.wrap(sources, first, count, buffer);
        switch (result.getStatus()) {
            case CLOSED -> {
                if (result.bytesProduced() == 0) throw new ClosedChannelException();
            }
            case BUFFER_OVERFLOW -> {
                flush();
                buffer = ByteBuffer.allocateDirect(2 * buffer.capacity());
            }
            default -> {
                if (result.getHandshakeStatus() != HandshakeStatus.NEED_UNWRAP
                        || result.bytesConsumed() + result.bytesProduced() > 0) break;
                // Only a peer that negotiates anew, in TLS 1.2, while data flows, comes here.
                throw new SSLException(socket + " wants to negotiate anew, which is refused");
            }
        }
        if (result.getHandshakeStatus() == HandshakeStatus.NEED_TASK) runTasks();
    }

    @CoroutineFn
    private void flush() throws IOException {
        buffer.flip();
        try {
            socket.write(buffer);
        } finally {
            buffer.compact();
        }
    }

    /** As {@link #end}, if nobody writes and as far as the peer takes it at once. */
    void endAtOnce() {
        if (writers.isTaken()) return;
        try {
            engine.closeOutbound();
            while (!engine.isOutboundDone() && buffer.hasRemaining()) {
                if (engine.wrap(NOTHING[0], buffer).getStatus() != Status.OK) break;
            }
            socket.offer(buffer.flip());
        } catch (IOException e) {
            buffer.limit(0); // The peer is gone: nobody to tell.
        }
    }
}
