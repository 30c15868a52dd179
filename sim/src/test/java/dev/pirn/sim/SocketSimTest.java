package dev.pirn.sim;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.pirn.CoroutineFn;
import dev.pirn.aio.CoServerSocket;
import dev.pirn.aio.CoSocket;
import dev.pirn.aio.EventLoop;
import dev.pirn.sim.junit.SimTest;
import java.io.IOException;
import java.net.BindException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** CoSocket and CoServerSocket over the simulated network. */
class SocketSimTest {
    private static final SocketAddress TCP = new InetSocketAddress("127.0.0.1", 7000);
    private static final SocketAddress UNIX = UnixDomainSocketAddress.of("/run/sim.sock");

    /** A server that gives back whatever comes, to any number of clients, until the run is over. */
    private static void startEcho(EventLoop loop, SocketAddress address) {
        loop.start("echo", () -> {
            try (CoServerSocket listener = CoServerSocket.bind(address)) {
                for (int i = 0; ; i++) {
                    CoSocket client = listener.accept();
                    loop.start("echo " + i, () -> echo(client));
                }
            }
        });
    }

    @CoroutineFn
    private static void echo(CoSocket client) throws IOException {
        try (client) {
            var bytes = ByteBuffer.allocate(100);
            while (client.read(bytes) >= 0) {
                client.write(bytes.flip());
                bytes.clear();
            }
            client.shutdownOutput();
        }
    }

    private static byte[] random(Sim sim, int length) {
        byte[] bytes = new byte[length];
        for (int i = 0; i < length; i++) bytes[i] = (byte) sim.random().nextInt();
        return bytes;
    }

    /** Sends while it receives, in other pieces; each byte comes back, in order, and then the end. */
    @SimTest(seeds = 1000, nasty = true)
    void whatIsSentComesBack(Sim sim) {
        EventLoop server = sim.loop("server");
        EventLoop clients = sim.loop("clients");
        SocketAddress address = sim.random().nextBoolean() ? TCP : UNIX;
        startEcho(server, address);
        sim.run(clients, "client", () -> {
            EventLoop.sleep(Duration.ofSeconds(1)); // The server listens by then.
            byte[] data = random(sim, 2000);
            try (CoSocket socket = CoSocket.connect(address)) {
                clients.start("writer", () -> {
                    socket.write(ByteBuffer.wrap(data));
                    socket.shutdownOutput();
                });
                var received = ByteBuffer.allocate(data.length);
                socket.readFully(received);
                assertEquals(ByteBuffer.wrap(data), received.flip());
                assertEquals(-1, socket.read(ByteBuffer.allocate(1)));
            }
        });
    }

    @SimTest(seeds = 300, nasty = true)
    void manyClientsAtATime(Sim sim) {
        EventLoop server = sim.loop("server");
        startEcho(server, TCP);
        int[] served = {0};
        for (int i = 0; i < 10; i++) {
            EventLoop loop = i % 3 == 0 ? sim.loop("clients " + i) : server;
            loop.start("client " + i, () -> {
                EventLoop.sleep(Duration.ofSeconds(1));
                byte[] data = random(sim, 50);
                try (CoSocket socket = CoSocket.connect(TCP)) {
                    socket.write(ByteBuffer.wrap(data));
                    var received = ByteBuffer.allocate(data.length);
                    socket.readFully(received);
                    assertEquals(ByteBuffer.wrap(data), received.flip());
                }
                served[0]++;
            });
        }
        sim.run(server, "all", () -> {
            while (served[0] < 10) EventLoop.sleep(Duration.ofMillis(1));
        });
    }

    @Test
    void nobodyListens() {
        try (var sim = Sim.of(1)) {
            sim.run(sim.loop("a"), "client", () -> {
                var e = assertThrows(ConnectException.class, () -> CoSocket.connect(TCP));
                assertEquals("Connection refused", e.getMessage());
            });
        }
    }

    @SimTest(seeds = 100)
    void refusedByChance(Sim sim) {
        try (var unlucky = Sim.of(sim.seed(), SimOptions.DEFAULT.withRefuse(1))) {
            EventLoop loop = unlucky.loop("a");
            startEcho(loop, TCP);
            unlucky.run(loop, "client", () -> {
                EventLoop.sleep(Duration.ofSeconds(1));
                assertThrows(ConnectException.class, () -> CoSocket.connect(TCP));
            });
        }
    }

    @Test
    void anAddressIsOnesAtATime() {
        try (var sim = Sim.of(1)) {
            sim.run(sim.loop("a"), "binder", () -> {
                try (var _ = CoServerSocket.bind(TCP)) {
                    assertThrows(BindException.class, () -> CoServerSocket.bind(TCP));
                }
                CoServerSocket.bind(TCP).close();
                try (var any = CoServerSocket.bind(new InetSocketAddress("127.0.0.1", 0))) {
                    assertTrue(((InetSocketAddress) any.localAddress()).getPort() > 0);
                }
            });
        }
    }

    /** Two connected sockets in one loop, for what is done to them. */
    @FunctionalInterface
    private interface Pair {
        @CoroutineFn
        void use(EventLoop loop, CoSocket one, CoSocket two) throws Exception;
    }

    private static void withPair(Sim sim, Pair test) {
        EventLoop loop = sim.loop("a");
        sim.run(loop, "pair", () -> {
            try (var listener = CoServerSocket.bind(TCP); CoSocket one = CoSocket.connect(TCP);
                    CoSocket two = listener.accept()) {
                test.use(loop, one, two);
            }
        });
    }

    /** Who does not read is not written to without end. */
    @SimTest(seeds = 100)
    void aWriterWaitsForASlowReader(Sim sim) {
        withPair(sim, (loop, one, two) -> {
            int[] written = {0};
            int[] read = {0};
            loop.start("writer", () -> {
                for (int i = 0; i < 100; i++) {
                    one.write(ByteBuffer.allocate(1000));
                    written[0] += 1000;
                }
                one.shutdownOutput();
            });
            var bytes = ByteBuffer.allocate(500);
            for (int count = 0; count >= 0; count = two.read(bytes.clear())) {
                read[0] += count;
                EventLoop.sleep(Duration.ofMillis(1));
                int between = written[0] - read[0];
                assertTrue(between <= SimOptions.DEFAULT.socketBytesMax(), between + " bytes");
            }
            assertEquals(100_000, read[0]);
        });
    }

    /** What was not read when it was closed resets the connection; the other side is told. */
    @SimTest(seeds = 100)
    void aCloseWithoutReadingResets(Sim sim) {
        withPair(sim, (loop, one, two) -> {
            one.write(ByteBuffer.allocate(10));
            EventLoop.sleep(Duration.ofSeconds(1));
            two.close();
            EventLoop.sleep(Duration.ofSeconds(1));
            assertThrows(SocketException.class, () -> one.read(ByteBuffer.allocate(1)));
            var e = assertThrows(IOException.class, () -> one.write(ByteBuffer.allocate(1)));
            assertEquals("Broken pipe", e.getMessage());
        });
    }

    /** A write to who has closed goes out, and what follows fails. */
    @SimTest(seeds = 100)
    void aWriteToWhoHasClosedBreaksThePipe(Sim sim) {
        withPair(sim, (loop, one, two) -> {
            two.close();
            EventLoop.sleep(Duration.ofSeconds(1));
            assertEquals(-1, one.read(ByteBuffer.allocate(1)));
            one.write(ByteBuffer.allocate(1));
            EventLoop.sleep(Duration.ofSeconds(1));
            assertThrows(IOException.class, () -> one.write(ByteBuffer.allocate(1)));
        });
    }

    @SimTest(seeds = 300)
    void aResetByChanceIsToldToBoth(Sim sim) {
        try (var bad = Sim.of(sim.seed(), SimOptions.NASTY.withReset(0.05))) {
            withPair(bad, (loop, one, two) -> {
                Throwable[] told = {null};
                loop.start("writer", () -> {
                    try {
                        while (true) one.write(ByteBuffer.allocate(100));
                    } catch (IOException e) {
                        told[0] = e;
                    }
                });
                assertThrows(SocketException.class, () -> {
                    while (true) two.readFully(ByteBuffer.allocate(10));
                });
                while (told[0] == null) EventLoop.sleep(Duration.ofMillis(1));
            });
        }
    }

    @SimTest(seeds = 100)
    void whoWaitsIsToldOfAClose(Sim sim) {
        withPair(sim, (loop, one, two) -> {
            Throwable[] told = {null};
            loop.start("reader", () -> {
                try {
                    one.read(ByteBuffer.allocate(1));
                } catch (ClosedChannelException e) {
                    told[0] = e;
                }
            });
            EventLoop.sleep(Duration.ofMillis(1));
            assertNull(told[0]);
            one.close();
            EventLoop.sleep(Duration.ofMillis(1));
            assertNotNull(told[0]);
        });
    }
}
