package dev.pirn.aio;

import dev.pirn.Completion;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.pirn.Coroutine;
import java.io.EOFException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CoSocketTest {
    @TempDir Path directory;
    private final LoopRule rule = new LoopRule();
    private final List<Object> trace = new ArrayList<>();

    @AfterEach
    void close() {
        rule.close();
    }

    private SocketAddress address(String kind) {
        return kind.equals("unix") ? UnixDomainSocketAddress.of(directory.resolve("s"))
                : new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    }

    private interface Peer {
        void talk(CoSocket socket) throws IOException;
    }

    /** Runs both ends of a connection in one loop, each in a coroutine. */
    private void connected(String kind, Peer server, Peer client) {
        rule.run(() -> {
            var ended = new Completion<Void>();
            try (var listener = CoServerSocket.bind(address(kind))) {
                rule.loop.start("server", () -> {
                    try (CoSocket socket = listener.accept()) {
                        server.talk(socket);
                        ended.complete(null);
                    } catch (Throwable e) {
                        ended.fail(e);
                    }
                });
                try (CoSocket socket = CoSocket.connect(listener.localAddress())) {
                    client.talk(socket);
                }
                ended.await();
            }
        });
    }

    /** More than the socket takes at once; and who asks for more than there is learns how much there was. */
    @ParameterizedTest @ValueSource(strings = {"tcp", "unix"})
    void fileUpToItsEnd(String kind) throws IOException {
        byte[] data = new byte[(8 << 20) + 3];
        new Random(1).nextBytes(data);
        Path file = Files.write(directory.resolve("file"), data);
        var all = ByteBuffer.allocate(data.length - 1);
        connected(kind, socket -> {
            try (var channel = FileChannel.open(file)) {
                assertEquals(data.length - 1, socket.write(channel, 1, data.length));
                assertEquals(0, socket.write(channel, data.length, 1));
            }
        }, socket -> socket.readFully(all));
        assertEquals(ByteBuffer.wrap(data, 1, data.length - 1), all.flip());
    }

    /** More than the socket buffers hold, both ways at once: readers and writers suspend in turn. */
    @ParameterizedTest @ValueSource(strings = {"tcp", "unix"})
    void megabytesBothWays(String kind) {
        byte[] data = new byte[8 << 20];
        new Random(1).nextBytes(data);
        connected(kind, socket -> {
            var all = ByteBuffer.allocateDirect(data.length);
            socket.readFully(all);
            ByteBuffer[] parts = {all.slice(0, 1000), all.slice(1000, 0), all.slice(1000,
                    data.length - 1000)};
            socket.write(parts, 0, 3);
        }, socket -> {
            socket.write(ByteBuffer.wrap(data));
            var back = ByteBuffer.allocate(data.length);
            socket.readFully(back);
            assertArrayEquals(data, back.array());
            assertEquals(-1, socket.read(ByteBuffer.allocate(1)));
        });
    }

    @ParameterizedTest @ValueSource(strings = {"tcp", "unix"})
    void aPeerThatLeavesEarlyIsAnEndOfFile(String kind) {
        connected(kind, socket -> socket.write(ByteBuffer.wrap(new byte[3])), socket -> {
            var e = assertThrows(EOFException.class, () -> socket.readFully(ByteBuffer.allocate(10)));
            assertEquals("the peer closed with 7 bytes still to come", e.getMessage());
        });
    }

    @Test
    void nobodyListens() {
        rule.run(() -> assertThrows(IOException.class,
                () -> CoSocket.connect(UnixDomainSocketAddress.of(directory.resolve("nobody")))));
    }

    @Test
    void closeWakesWhoReads() {
        connected("tcp", socket -> {
            rule.loop.execute(() -> {
                try {
                    socket.close();
                } catch (IOException e) {
                    throw new AssertionError(e);
                }
            });
            assertThrows(ClosedChannelException.class, () -> socket.read(ByteBuffer.allocate(1)));
            trace.add("woken");
        }, socket -> assertEquals(-1, socket.read(ByteBuffer.allocate(1))));
        assertEquals(List.of("woken"), trace);
    }

    @Test
    void closeWakesWhoAcceptsAndRemovesTheSocketFile() {
        rule.run(() -> {
            var listener = CoServerSocket.bind(address("unix"));
            assertTrue(Files.exists(directory.resolve("s")));
            var ended = new Completion<Void>();
            rule.loop.start("accept", () -> {
                assertThrows(ClosedChannelException.class, listener::accept);
                ended.complete(null);
            });
            rule.loop.execute(() -> {
                try {
                    listener.close();
                } catch (IOException e) {
                    throw new AssertionError(e);
                }
            });
            ended.await();
            assertFalse(Files.exists(directory.resolve("s")));
        });
    }

    @Test
    void whoBorrowsASocketLeavesItOpen() {
        rule.run(() -> {
            try (var listening = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
                listening.bind(address("unix"));
                for (int i = 0; i < 2; i++) {
                    var listener = CoServerSocket.borrow(listening);
                    try (var client = CoSocket.connect(address("unix")); var served = listener.accept()) {
                        client.write(ByteBuffer.allocate(7));
                        assertEquals(7, served.read(ByteBuffer.allocate(9)));
                    }
                    listener.close();
                    assertThrows(ClosedChannelException.class, listener::accept);
                }
                assertTrue(listening.isOpen());
                assertTrue(Files.exists(directory.resolve("s")));
            }
        });
    }

    @Test
    void twoReadersAreRefused() {
        connected("tcp", socket -> {
            var ended = new Completion<Integer>();
            var first = Coroutine.create("first", () -> ended.complete(socket.read(ByteBuffer.allocate(1))));
            first.enter();
            var e = assertThrows(IllegalStateException.class, () -> socket.read(ByteBuffer.allocate(1)));
            assertTrue(e.getMessage().startsWith("two coroutines wait for the input of "), e.getMessage());
            socket.write(ByteBuffer.wrap(new byte[1]));
            try {
                assertEquals(1, ended.await());
            } catch (ExecutionException failed) {
                throw new AssertionError(failed);
            }
        }, socket -> {
            assertEquals(1, socket.read(ByteBuffer.allocate(1)));
            socket.write(ByteBuffer.wrap(new byte[1]));
        });
    }

    @Test
    void readingIntoAFullBufferIsRefused() {
        connected("tcp", socket -> { }, socket ->
                assertThrows(IllegalArgumentException.class, () -> socket.read(ByteBuffer.allocate(0))));
    }
}
