package dev.pirn.aio;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.pirn.CoroutineFn;
import java.io.EOFException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.file.Path;
import java.security.KeyStore;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLHandshakeException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CoTlsTest {
    @TempDir static Path folder;
    private static KeyStore serverKeys;
    private static KeyStore clientKeys;
    private static SSLContext server;
    private static SSLContext client;

    private final LoopRule rule = new LoopRule();

    @BeforeAll
    static void make() {
        serverKeys = Certificates.make(folder, "server");
        clientKeys = Certificates.make(folder, "client");
        server = Certificates.context(serverKeys, clientKeys);
        client = Certificates.context(clientKeys, serverKeys);
    }

    @AfterEach
    void close() {
        rule.close();
    }

    private interface Peer<T> {
        @CoroutineFn
        T talk(CoSocket socket) throws IOException, TimeoutException;
    }

    /** Runs both ends in one loop, each in a coroutine; throws what either throws. */
    private void connected(Peer<Void> served, Peer<Void> called) {
        rule.run(() -> {
            var loopback = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
            try (var listener = CoServerSocket.bind(loopback)) {
                Group.<Void, Exception>run("both", group -> {
                    group.start("server", () -> {
                        try (CoSocket socket = listener.accept()) {
                            return served.talk(socket);
                        }
                    });
                    try (CoSocket socket = CoSocket.connect(listener.localAddress())) {
                        called.talk(socket);
                    }
                    return null;
                });
            }
        });
    }

    /** The same, encrypted. */
    private void encrypted(Talk served, Talk called) {
        connected(socket -> {
            try (CoTls tls = CoTls.accept(socket, server, false)) {
                served.talk(tls);
            }
            return null;
        }, socket -> {
            try (CoTls tls = CoTls.connect(socket, client, "localhost", 1)) {
                called.talk(tls);
            }
            return null;
        });
    }

    private interface Talk {
        @CoroutineFn
        void talk(CoTls tls) throws IOException, TimeoutException;
    }

    private interface Act {
        @CoroutineFn
        void run() throws Exception;
    }

    /** As assertThrows, and woven. */
    @CoroutineFn
    private static <T extends Throwable> T thrown(Class<T> type, Act act) {
        try {
            act.run();
        } catch (Throwable e) {
            if (type.isInstance(e)) return type.cast(e);
            throw new AssertionError(e);
        }
        throw new AssertionError("nothing was thrown instead of " + type);
    }

    private static byte[] random(int length) {
        var bytes = new byte[length];
        new Random(length).nextBytes(bytes);
        return bytes;
    }

    @CoroutineFn
    private static void expect(CoTls tls, byte[] bytes) throws IOException {
        ByteBuffer got = ByteBuffer.allocate(bytes.length);
        tls.readFully(got);
        assertArrayEquals(bytes, got.array());
    }

    @Test
    void whatIsWrittenIsReadInOrder() {
        byte[] bytes = random(1 << 20);
        encrypted(tls -> {
            expect(tls, bytes);
            assertEquals(-1, tls.read(ByteBuffer.allocate(1)));
            assertEquals("TLSv1.3", tls.session().getProtocol());
        }, tls -> {
            ByteBuffer[] parts = {null, ByteBuffer.wrap(bytes, 0, 3), ByteBuffer.allocate(0),
                    ByteBuffer.wrap(bytes, 3, 70_000), ByteBuffer.wrap(bytes, 70_003, bytes.length - 70_003)};
            tls.write(parts, 1, 4);
            tls.shutdownOutput();
            assertEquals(-1, tls.read(ByteBuffer.allocate(1)), "its close comes as an end");
        });
    }

    @Test
    void readsAndWritesCrossEachOther() {
        byte[] bytes = random(3 << 20);
        Talk both = tls -> {
            var writer = rule.loop.submit("writer", () -> {
                tls.write(ByteBuffer.wrap(bytes));
                return null;
            });
            expect(tls, bytes);
            writer.join();
        };
        encrypted(both, both);
    }

    @Test
    void readingManyRecordsAtOnceAndByteByByte() {
        byte[] bytes = random(40_000);
        encrypted(tls -> {
            for (int i = 0; i < 20_000; i++) {
                ByteBuffer one = ByteBuffer.allocate(1);
                assertEquals(1, tls.read(one));
                assertEquals(bytes[i], one.get(0));
            }
            ByteBuffer rest = ByteBuffer.allocateDirect(20_000);
            tls.readFully(rest);
            assertEquals(ByteBuffer.wrap(bytes, 20_000, 20_000), rest.flip());
        }, tls -> {
            tls.write(ByteBuffer.wrap(bytes));
            assertEquals(-1, tls.read(ByteBuffer.allocate(1)));
        });
    }

    /** What the cancelled one had begun goes out first: the peer sees no record cut in two. */
    @Test
    void aCancelledWriteLeavesTheStreamWhole() {
        byte[] bytes = random(8 << 20);
        encrypted(tls -> {
            EventLoop.sleep(Duration.ofMillis(50)); // The other side's limit comes first.
            ByteBuffer got = ByteBuffer.allocate(bytes.length + 5);
            while (tls.read(got) >= 0) { }
            int begun = got.flip().remaining() - 5;
            assertTrue(begun > 0 && begun < bytes.length, begun + " bytes");
            assertEquals(ByteBuffer.wrap(bytes, 0, begun), got.slice(0, begun));
            assertEquals(ByteBuffer.wrap("after".getBytes()), got.slice(begun, 5));
        }, tls -> {
            thrown(TimeoutException.class, () -> Timeout.within(Duration.ofMillis(1), "write", () -> {
                tls.write(ByteBuffer.wrap(bytes));
                return null;
            }));
            tls.write(ByteBuffer.wrap("after".getBytes()));
            tls.shutdownOutput();
            assertEquals(-1, tls.read(ByteBuffer.allocate(1)));
        });
    }

    @Test
    void aConnectionThatEndsWithoutGoodbyeIsNoEnd() {
        connected(socket -> {
            CoTls tls = CoTls.accept(socket, server, false);
            expect(tls, new byte[] {1});
            var e = thrown(EOFException.class, () -> tls.read(ByteBuffer.allocate(1)));
            assertTrue(e.getMessage().endsWith(
                    "ended without TLS's close_notify: what came may be cut short"), e.getMessage());
            return null;
        }, socket -> {
            CoTls tls = CoTls.connect(socket, client, "localhost", 1);
            tls.write(ByteBuffer.wrap(new byte[] {1}));
            socket.close();
            return null;
        });
    }

    @Test
    void whoIsClosedMeanwhileIsTold() {
        encrypted(tls -> assertEquals(-1, tls.read(ByteBuffer.allocate(1))), tls -> {
            var reader = rule.loop.submit("reader", () -> tls.read(ByteBuffer.allocate(1)));
            EventLoop.yieldTurn();
            tls.close();
            assertFalse(tls.isOpen());
            var e = thrown(ExecutionException.class, reader::await);
            assertEquals(ClosedChannelException.class, e.getCause().getClass());
        });
    }

    /** What one side's handshake says when the other's context is that. */
    private void refused(String serverSays, String clientSays, SSLContext theirs, boolean required,
            String host) {
        connected(socket -> {
            var e = thrown(IOException.class, () -> CoTls.accept(socket, server, required));
            assertTrue(e.getMessage().contains(serverSays), e.getMessage());
            assertFalse(socket.isOpen());
            return null;
        }, socket -> {
            var e = thrown(IOException.class, () ->
                    CoTls.connect(socket, theirs, host, 1).read(ByteBuffer.allocate(1)));
            assertTrue(e.getMessage().contains(clientSays), e.getMessage());
            return null;
        });
    }

    @Test
    void serverWhomNobodyKnows() {
        refused("failed: ", "failed: (certificate_unknown) PKIX path building failed",
                Certificates.context(null, clientKeys), false, "localhost");
    }

    @Test
    void serverOfAnotherName() {
        refused("failed: ",
                "No subject alternative DNS name matching elsewhere.example", client, false,
                "elsewhere.example");
    }

    @Test
    void clientWithoutTheCertificateThatIsRequired() {
        refused("failed: (handshake_failure) Empty client certificate chain", "handshake_failure",
                Certificates.context(null, serverKeys), true, "localhost");
    }

    @Test
    void whatIsNoTls() {
        connected(socket -> {
            var e = thrown(SSLHandshakeException.class, () -> CoTls.accept(socket, server, false));
            assertTrue(e.getMessage().startsWith("TLS handshake with java.nio.channels.SocketChannel["),
                    e.getMessage());
            return null;
        }, socket -> {
            socket.write(ByteBuffer.wrap("GET / HTTP/1.0\r\n\r\n".getBytes()));
            while (socket.read(ByteBuffer.allocate(100)) > 0) { }
            return null;
        });
    }
}
