package dev.pirn.nbd;

import static dev.pirn.nbd.Proto.*;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.pirn.aio.CoServerSocket;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ServerLifeTest {
    @TempDir
    private Path dir;

    @Test
    void runsAsANamedModule() {
        assertTrue(NbdServer.class.getModule().isNamed());
    }

    @Test
    void shutdownAnswersWhatIsInFlight() throws Exception {
        try (var served = new Served(dir, Served.Setup.USUAL.oneThread()); Client client = served.ready()) {
            var held = served.holdDisk();
            client.askReads(5, 1, 1);
            served.await(() -> served.server.lentBuffers() == 1 + 5);
            var done = served.shutdown();
            served.ask(() -> null);
            assertFalse(done.isDone());
            held.countDown();
            for (int i = 0; i < 5; i++) {
                int at = (int) client.reply().cookie();
                assertEquals(Served.content(5)[at], client.receive(1).get());
            }
            client.assertClosed();
            done.get();
            assertEquals(0, served.ask(served.server::clients));
        }
    }

    @Test
    void shutdownClosesWhoeverIsThere() throws Exception {
        try (var served = new Served(dir);
                Client silent = served.connect();
                Client haggling = served.connect();
                Client idle = served.ready();
                Client writing = served.ready()) {
            haggling.greet();
            assertEquals(NBD_REP_ACK, haggling.ask(NBD_OPT_STRUCTURED_REPLY, "").type());
            writing.ask(0, NBD_CMD_WRITE, 1, 0, 100_000);
            served.shutdown().get();
            silent.receive(18);
            silent.assertClosed();
            haggling.assertClosed();
            idle.assertClosed();
            writing.assertClosed();
            assertFalse(Files.exists(dir.resolve("nbd.sock")));
        }
    }

    @Test
    void shutdownDoesNotWaitForEverForReplies() throws Exception {
        var setup = Served.Setup.USUAL.shutdownNanos(TimeUnit.MILLISECONDS.toNanos(50));
        try (var served = new Served(dir, setup); Client client = served.ready()) {
            client.askReads(100, 0, 1 << 20);
            served.await(() -> served.server.lentBytes() >= 10 << 20);
            served.shutdown().get();
        }
    }

    @Test
    void shutdownTwice() throws Exception {
        try (var served = new Served(dir, Served.Setup.USUAL.oneThread()); Client client = served.ready()) {
            var held = served.holdDisk();
            client.ask(0, NBD_CMD_READ, 1, 0, 1);
            served.await(() -> served.server.lentBuffers() == 2);
            var first = served.shutdown();
            var second = served.shutdown();
            held.countDown();
            first.get();
            second.get();
        }
    }

    @Test
    void shutdownBeforeServe() throws Exception {
        try (var served = new Served(dir)) {
            var other = NbdServer.of(served.server.exports(), 0);
            served.ask(() -> {
                other.shutdown();
                try (var listener = CoServerSocket.bind(new InetSocketAddress("127.0.0.1", 0))) {
                    assertThrows(IllegalStateException.class, () -> other.serve(listener));
                }
                return null;
            });
        }
    }

    @Test
    void clientsBeyondTheLimitWait() throws Exception {
        try (var served = new Served(dir, Served.Setup.USUAL.clientsMax(2));
                Client first = served.ready();
                Client second = served.ready();
                Client third = served.connect()) {
            assertEquals(Served.content(1)[0], second.read(0, 1)[0]);
            third.channel.configureBlocking(false);
            assertEquals(0, third.channel.read(java.nio.ByteBuffer.allocate(1)));
            assertEquals(2, served.ask(served.server::clients));
            first.ask(0, NBD_CMD_DISC, 0, 0, 0);
            third.channel.configureBlocking(true);
            third.negotiate();
            assertEquals(Served.content(1)[0], third.read(0, 1)[0]);
        }
    }

    @Test
    void handlerHearsOfClientsThatGotToTransmission() throws Exception {
        var left = new AtomicInteger();
        try (var served = new Served(dir)) {
            served.ask(() -> {
                served.server.onClientLeft(left::incrementAndGet);
                return null;
            });
            try (Client client = served.connect()) {
                client.greet();
                client.ask(NBD_OPT_ABORT, "");
                client.assertClosed();
            }
            served.awaitIdle();
            assertEquals(0, left.get());
            served.ready().close();
            served.awaitIdle();
            assertEquals(1, left.get());
        }
        assertEquals(1, left.get());
    }

    @Test
    void overTcp() throws Exception {
        try (var served = new Served(dir)) {
            var second = NbdServer.of(served.server.exports(), 0);
            var address = served.ask(() -> {
                var listener = CoServerSocket.bind(new InetSocketAddress("127.0.0.1", 0));
                dev.pirn.aio.EventLoop.current().start("serve TCP", () -> second.serve(listener));
                return listener.localAddress();
            });
            try (Client client = Client.connect(address)) {
                client.negotiate();
                assertEquals(Served.content(9)[8], client.read(8, 1)[0]);
            }
            served.ask(() -> {
                second.shutdown();
                return null;
            });
        }
    }

    @Test
    void negativeLimitOfClients() throws Exception {
        try (var served = new Served(dir)) {
            assertThrows(IllegalArgumentException.class, () -> NbdServer.of(served.server.exports(), -1));
        }
    }

    @Test
    void exportThatTheProtocolCannotCarry() throws Exception {
        try (var served = new Served(dir)) {
            var device = served.server.exports().getFirst().device();
            assertThrows(IllegalArgumentException.class, () -> new NbdExport("é".repeat(2049), "", device));
            assertThrows(IllegalArgumentException.class, () -> new NbdExport("a\0b", "", device));
            new NbdExport("é".repeat(2048), "x".repeat(4096), device);
        }
    }
}
