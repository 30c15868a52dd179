package dev.pirn.aio;

import dev.pirn.CoroutineFn;
import java.io.EOFException;
import java.io.IOException;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import javax.net.ssl.SSLEngineResult.Status;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLHandshakeException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSession;

/**
 * An encrypted stream over a {@link CoSocket}, which it takes over: TLS 1.2 and 1.3 by the JDK's
 * {@link SSLEngine}. The arithmetic of a handshake runs in the loop's pool; of data, in the loop.
 *
 * <pre>
 *   read  ◀── plain ◀── unwrap ◀── input ◀── socket
 *   write ───────────▶  wrap  ───▶ output ─▶ socket      one coroutine at a time: the reader too must
 *                                                        write where the protocol wants an answer
 * </pre>
 *
 * <p>Keeps some 115 KiB of buffers.
 */
public final class CoTls implements CoStream {
    private static final String[] PROTOCOLS = {"TLSv1.3", "TLSv1.2"};
    /**
     * Those by which clients are asked for a certificate. In 1.3 the JDK no longer names PKCS #1 among the
     * signatures it takes, and GnuTLS 3.7, of libnbd and QEMU, then offers no RSA certificate at all.
     */
    private static final String[] PROTOCOLS_ASKING = {"TLSv1.2"};

    private final CoSocket socket;
    private final SSLEngine engine;
    private final TlsOutput output;
    /** Came from the socket and is encrypted: from position to limit. */
    private ByteBuffer input;
    /** Is decrypted and was not read: from position to limit. */
    private ByteBuffer plain;

    private CoTls(CoSocket socket, SSLEngine engine) {
        this.socket = socket;
        this.engine = engine;
        this.output = new TlsOutput(socket, engine, EventLoop.current().pool());
        SSLSession session = engine.getSession();
        input = ByteBuffer.allocateDirect(session.getPacketBufferSize()).limit(0);
        plain = ByteBuffer.allocate(session.getApplicationBufferSize()).limit(0);
    }

    /**
     * Encrypts a connection that was accepted. Suspends until both sides have agreed.
     *
     * @param requireCertificate whether a client without a certificate that {@code context} trusts is
     *     refused; then it is TLS 1.2, in which all clients find the one they have
     * @throws SSLHandshakeException if they do not agree; the socket is closed
     */
    @CoroutineFn
    public static CoTls accept(CoSocket socket, SSLContext context, boolean requireCertificate)
            throws IOException {
        SSLEngine engine = context.createSSLEngine();
        engine.setUseClientMode(false);
        engine.setNeedClientAuth(requireCertificate);
        engine.setEnabledProtocols(requireCertificate ? PROTOCOLS_ASKING : PROTOCOLS);
        return open(socket, engine);
    }

    /**
     * Encrypts a connection that was made. Suspends until both sides have agreed.
     *
     * @param host the name or address that the server's certificate must be for
     * @throws SSLHandshakeException if they do not agree; the socket is closed
     */
    @CoroutineFn
    public static CoTls connect(CoSocket socket, SSLContext context, String host, int port)
            throws IOException {
        SSLEngine engine = context.createSSLEngine(host, port);
        engine.setUseClientMode(true);
        engine.setEnabledProtocols(PROTOCOLS);
        SSLParameters parameters = engine.getSSLParameters();
        parameters.setEndpointIdentificationAlgorithm("HTTPS");
        engine.setSSLParameters(parameters);
        return open(socket, engine);
    }

    @CoroutineFn
    private static CoTls open(CoSocket socket, SSLEngine engine) throws IOException {
        try {
            var tls = new CoTls(socket, engine);
            tls.handshake();
            return tls;
        } catch (IOException | RuntimeException e) {
            socket.close();
            throw e;
        }
    }

    @CoroutineFn
    private void handshake() throws IOException {
        engine.beginHandshake();
        try {
            while (true) {
                switch (engine.getHandshakeStatus()) {
                    case NEED_UNWRAP, NEED_UNWRAP_AGAIN -> {
                        if (!unwrapMore()) throw new SSLException("the peer closed the connection");
                    }
                    case NEED_WRAP -> output.answer();
                    case NEED_TASK -> output.runTasks();
                    default -> {
                        return;
                    }
                }
            }
        } catch (SSLException e) {
            throw refused(e);
        }
    }

    /** Tells the peer why, if it listens, and the caller. */
    @CoroutineFn
    private SSLException refused(SSLException why) {
        try {
            while (engine.getHandshakeStatus() == HandshakeStatus.NEED_WRAP && !engine.isOutboundDone()) {
                output.answer();
            }
        } catch (IOException e) {
            why.addSuppressed(e);
        }
        var refused = new SSLHandshakeException("TLS handshake with " + socket + " failed: "
                + why.getMessage());
        refused.initCause(why);
        return refused;
    }

    @Override
    @CoroutineFn
    public int read(ByteBuffer target) throws IOException {
        if (!target.hasRemaining()) throw new IllegalArgumentException("read into a full buffer: " + target);
        while (!plain.hasRemaining()) {
            if (!unwrapMore()) return -1;
        }
        int before = target.remaining();
        do {
            int count = Math.min(plain.remaining(), target.remaining());
            target.put(target.position(), plain, plain.position(), count).position(target.position() + count);
            plain.position(plain.position() + count);
        } while (target.hasRemaining() && input.hasRemaining() && unwrap() == Status.OK);
        return before - target.remaining();
    }

    /**
     * Decrypts a record, for which it waits. Suspends.
     *
     * @return false at the end of what the peer sends
     */
    @CoroutineFn
    private boolean unwrapMore() throws IOException {
        Status status = unwrap();
        if (status == Status.BUFFER_UNDERFLOW) fill();
        return status != Status.CLOSED;
    }

    /** Decrypts a record into {@link #plain}, which must be empty, if it is there. Suspends to answer. */
    @CoroutineFn
    private Status unwrap() throws IOException {
        plain.clear();
        SSLEngineResult result;
        try {
            result = engine.unwrap(input, plain);
        } finally {
            plain.flip();
        }
        if (result.getStatus() == Status.BUFFER_OVERFLOW) {
            plain = ByteBuffer.allocate(2 * plain.capacity()).limit(0); // A larger record than was agreed on.
            return Status.OK;
        }
        switch (result.getHandshakeStatus()) {
            case NEED_TASK -> output.runTasks();
            case NEED_WRAP -> {
                if (result.getStatus() == Status.OK) output.answer(); // Not to a close: ours says it.
            }
            default -> { }
        }
        return result.getStatus();
    }

    /** Reads more of what is encrypted. */
    @CoroutineFn
    private void fill() throws IOException {
        if (input.remaining() == input.capacity()) {
            input = ByteBuffer.allocateDirect(2 * input.capacity()).put(input).flip();
        }
        input.compact();
        int count;
        try {
            count = socket.read(input);
        } finally {
            input.flip();
        }
        if (count >= 0) return;
        throw new EOFException(socket + " ended without TLS's close_notify: what came may be cut short");
    }

    @Override
    @CoroutineFn
    public void write(ByteBuffer source) throws IOException {
        write(new ByteBuffer[] {source}, 0, 1);
    }

    @Override
    @CoroutineFn
    public void write(ByteBuffer[] sources, int first, int count) throws IOException {
        output.write(sources, first, count);
    }

    @Override
    @CoroutineFn
    public void shutdownOutput() throws IOException {
        output.end();
        socket.shutdownOutput();
    }

    /** What was agreed: protocol, cipher, the peer's certificates. */
    public SSLSession session() {
        return engine.getSession();
    }

    @Override
    public SocketAddress remoteAddress() throws IOException {
        return socket.remoteAddress();
    }

    @Override
    public boolean isOpen() {
        return socket.isOpen();
    }

    /** Also tells the peer, if that takes it at once: a close waits for nobody. */
    @Override
    public void close() throws IOException {
        if (socket.isOpen()) output.endAtOnce();
        socket.close();
    }

    /** Names it for people. */
    @Override
    public String toString() {
        return "TLS over " + socket;
    }
}
