package dev.pirn.nbd;

import static dev.pirn.nbd.Proto.*;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** After each of them the server has everything back, and serves the next. */
class HostileClientTest {
    private static final int MIB = 1 << 20;
    private static final int READ = NBD_CMD_READ;
    private static final int WRITE = NBD_CMD_WRITE;

    @TempDir
    private Path dir;

    private static void assertServes(Served served) throws Exception {
        try (Client next = served.ready()) {
            assertArrayEquals(Arrays.copyOfRange(Served.content(200), 100, 200), next.read(100, 100));
        }
        served.awaitIdle();
    }

    @Test
    void conversationCutAtEveryByte() throws Exception {
        ByteBuffer all = ByteBuffer.allocate(200).putInt(3);
        all.put(Client.option(NBD_OPT_INFO, Client.info("disk", 1, 3)));
        all.put(Client.option(NBD_OPT_GO, Client.info("")));
        all.put(Client.request(0, WRITE, 1, 5000, 16)).put(new byte[16]);
        all.put(Client.request(0, READ, 2, 0, 100)).flip();
        try (var served = new Served(dir)) {
            for (int length = 0; length <= all.limit(); length++) {
                try (Client client = served.connect()) {
                    client.send(all.duplicate().limit(length));
                }
            }
            served.awaitIdle();
            assertServes(served);
        }
    }

    @Test
    void garbage() throws Exception {
        long seed = Long.getLong("pirn.seed", System.nanoTime());
        var random = new Random(seed);
        try (var served = new Served(dir)) {
            for (int i = 0; i < 200; i++) {
                byte[] bytes = new byte[random.nextInt(2000)];
                random.nextBytes(bytes);
                try (Client client = served.connect()) {
                    if (random.nextBoolean()) client.greet();
                    if (random.nextBoolean()) client.send(ByteBuffer.allocate(8).putLong(0, IHAVEOPT));
                    client.send(ByteBuffer.wrap(bytes));
                } catch (IOException closed) {
                    // As it should be.
                }
            }
            served.awaitIdle();
            assertServes(served);
        } catch (AssertionError e) {
            throw new AssertionError("again with -Dpirn.seed=" + seed, e);
        }
    }

    @Test
    void garbageAmongRequests() throws Exception {
        long seed = Long.getLong("pirn.seed", System.nanoTime());
        var random = new Random(seed);
        try (var served = new Served(dir, Served.Setup.USUAL.asReadOnly())) {
            for (int i = 0; i < 100; i++) {
                try (Client client = served.ready()) {
                    for (int j = 0; j < 50; j++) {
                        long offset = random.nextBoolean() ? random.nextInt(2 * MIB) : random.nextLong();
                        int flags = random.nextInt(4) == 0 ? random.nextInt() : 0;
                        int length = random.nextInt(20) == 0 ? random.nextInt() : random.nextInt(10_000);
                        client.ask(flags, random.nextInt(12), j, offset, length);
                    }
                } catch (IOException closed) {
                    // As it should be.
                }
            }
            served.awaitIdle();
            assertServes(served);
        } catch (AssertionError e) {
            throw new AssertionError("again with -Dpirn.seed=" + seed, e);
        }
    }

    @Test
    void handshakeThatTakesTooLong() throws Exception {
        var setup = Served.Setup.USUAL.handshakeNanos(TimeUnit.MILLISECONDS.toNanos(30));
        try (var served = new Served(dir, setup); Client client = served.connect()) {
            client.greet();
            client.assertClosed();
            served.awaitIdle();
        }
    }

    @Test
    void transmissionMayTakeItsTime() throws Exception {
        var setup = Served.Setup.USUAL.handshakeNanos(TimeUnit.MILLISECONDS.toNanos(200));
        try (var served = new Served(dir, setup);
                Client client = served.ready();
                Client late = served.connect()) {
            late.greet();
            late.assertClosed(); // Then its time is over, and so would be that of the first, which is older.
            assertEquals(Served.content(1)[0], client.read(0, 1)[0]);
        }
    }

    @Test
    void vanishesWithinAWrite() throws Exception {
        try (var served = new Served(dir)) {
            try (Client client = served.ready()) {
                client.ask(0, WRITE, 1, 0, 500_000);
                client.send(ByteBuffer.allocate(400_000));
                served.await(() -> served.server.lentBuffers() == 2);
            }
            served.awaitIdle();
            assertServes(served); // Nothing of the half write was written.
        }
    }

    @Test
    void vanishesWithRequestsInFlight() throws Exception {
        try (var served = new Served(dir, Served.Setup.USUAL.oneThread())) {
            var held = served.holdDisk();
            try (Client client = served.ready()) {
                client.askReads(20, 0, 100_000);
                client.ask(0, WRITE, 1, 0, 100);
                served.await(() -> served.server.lentBuffers() == 1 + 21);
            }
            assertEquals(1, served.ask(served.server::clients)); // Its requests still have its buffers.
            held.countDown();
            served.awaitIdle();
            assertServes(served);
        }
    }

    @Test
    void closesItsSideAndListens() throws Exception {
        try (var served = new Served(dir, Served.Setup.USUAL.oneThread()); Client client = served.ready()) {
            var held = served.holdDisk();
            client.askReads(5, 1, 1);
            client.channel.shutdownOutput();
            held.countDown();
            for (int i = 0; i < 5; i++) {
                int at = (int) client.reply().cookie();
                assertEquals(Served.content(5)[at], client.receive(1).get());
            }
            client.assertClosed();
        }
    }

    @Test
    void readsNoReplies() throws Exception {
        long ceiling = Limits.MEMORY_BYTES_DEFAULT / 2;
        int count = 300;
        try (var served = new Served(dir); Client client = served.ready(); Client other = served.ready()) {
            client.askReads(count, 0, MIB);
            served.await(() -> served.server.lentBytes() >= 10 * MIB);
            for (int i = 0; i < 100; i++) {
                long lent = served.ask(() -> served.server.lentBytes());
                assertTrue(lent <= ceiling, lent + " bytes, more than " + ceiling);
                assertEquals(Served.content(1)[0], other.read(0, 1)[0]);
            }
            byte[] content = Served.content(MIB);
            for (int i = 0; i < count; i++) { // Late, but all of them.
                assertEquals(0, client.reply().error());
                assertArrayEquals(content, client.receive(MIB).array());
            }
        }
    }

    @Test
    void readsNoRepliesAndVanishes() throws Exception {
        try (var served = new Served(dir)) {
            try (Client client = served.ready()) {
                client.askReads(300, 0, MIB);
                served.await(() -> served.server.lentBytes() >= 10 * MIB);
            }
            served.awaitIdle();
            assertServes(served);
        }
    }

    @Test
    void moreRequestsThanAreTaken() throws Exception {
        int count = 3 * Limits.REQUESTS_MAX;
        try (var served = new Served(dir, Served.Setup.USUAL.oneThread()); Client client = served.ready()) {
            var held = served.holdDisk();
            client.askReads(count, 1, 1);
            served.await(() -> served.server.lentBuffers() == 1 + Limits.REQUESTS_MAX);
            held.countDown();
            for (int i = 0; i < count; i++) {
                int at = (int) client.reply().cookie();
                assertEquals(Served.content(count)[at], client.receive(1).get());
            }
        }
    }

    @Test
    void repliesToErrorsAreBoundedToo() throws Exception {
        int count = 40_000; // The replies to a third of them fit the send buffer.
        try (var served = new Served(dir); Client client = served.ready()) {
            var sender = new Thread(() -> {
                try {
                    for (int i = 0; i < count; i++) client.ask(0, 77, i, 0, 0);
                } catch (IOException e) {
                    throw new java.io.UncheckedIOException(e);
                }
            });
            sender.start();
            served.await(() -> served.server.lentBuffers() == 1 + Limits.REQUESTS_MAX);
            for (int i = 0; i < count; i++) assertEquals(new Client.Reply(NBD_EINVAL, i), client.reply());
            sender.join();
        }
    }
}
