package dev.pirn.nbd;

import dev.pirn.aio.CoSocket;
import dev.pirn.aio.CoStream;
import dev.pirn.aio.EventLoop;
import dev.pirn.aio.Timeout;
import dev.pirn.block.Buffer;
import dev.pirn.block.BufferPool;
import dev.pirn.CoroutineFn;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ProtocolException;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.SSLException;

/**
 * One connection to a server, past its handshake.
 *
 * @param memory what {@code input} receives into
 */
record Link(CoStream stream, Input input, Buffer memory, Agreed agreed) {
    /**
     * Connects and haggles, within {@link Limits#HANDSHAKE_NANOS}. Suspends.
     *
     * @param tls how to encrypt; null for not at all
     * @throws ProtocolException if the server broke a rule
     * @throws IOException if it did not come to that; names the server. Nothing stays open
     */
    @CoroutineFn
    static Link open(NbdUri uri, ClientTls tls, Blame blame, BufferPool buffers) throws IOException {
        var limit = Duration.ofNanos(Limits.HANDSHAKE_NANOS);
        try {
            return Timeout.<Link, IOException>within(limit, "NBD handshake",
                    () -> connect(uri, tls, blame, buffers));
        } catch (TimeoutException e) {
            throw blame.failure("no connection and handshake within " + limit.toSeconds() + " seconds", e);
        }
    }

    @CoroutineFn
    private static Link connect(NbdUri uri, ClientTls tls, Blame blame, BufferPool buffers)
            throws IOException {
        CoSocket socket;
        try {
            socket = CoSocket.connect(address(uri));
        } catch (UnknownHostException e) {
            throw blame.failure("no such host", e);
        } catch (IOException e) {
            throw blame.failure("cannot connect: " + e.getMessage(), e);
        }
        Buffer memory = buffers.take(Limits.RECEIVE_SIZE);
        boolean opened = false;
        try {
            var input = new Input(socket, memory, "server");
            var handshake = new ClientHandshake(socket, input, tls, uri.export(), blame);
            Agreed agreed = handshake.run();
            opened = true;
            return new Link(handshake.stream(), input, memory, agreed);
        } catch (SSLException e) {
            throw blame.failure(tls.explain(e), e);
        } catch (IOException e) {
            if (e.getMessage() != null && e.getMessage().startsWith(blame.toString())) throw e;
            throw blame.failure("the handshake failed: " + e.getMessage(), e);
        } finally {
            if (!opened) {
                memory.release();
                socket.close();
            }
        }
    }

    @CoroutineFn
    private static SocketAddress address(NbdUri uri) throws IOException {
        if (uri.socket() != null) return UnixDomainSocketAddress.of(uri.socket());
        InetAddress host = EventLoop.current().pool().call(() -> InetAddress.getByName(uri.host()));
        return new InetSocketAddress(host, uri.port());
    }

    /** Closes it; whoever waits for it finds out. */
    void close() {
        try {
            stream.close();
        } catch (IOException e) {
            // Closed all the same; nothing was promised about it.
        }
    }
}
