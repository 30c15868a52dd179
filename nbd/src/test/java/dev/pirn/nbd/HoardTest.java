package dev.pirn.nbd;

import static dev.pirn.nbd.Proto.*;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Clients that take as much of the server's memory as they can, and one that only wants to be served. */
class HoardTest {
    private static final int MIB = 1 << 20;
    private static final int READ = NBD_CMD_READ;
    private static final int WRITE = NBD_CMD_WRITE;
    private static final int LONGEST = Limits.PAYLOAD_SIZE_MAX;
    private static final Served.Setup LARGE_DISK = Served.Setup.USUAL.size(40 * MIB).loops(2);
    private static final byte[] CONTENT = Served.content(40 * MIB);

    @TempDir
    private Path dir;

    private final List<Client> hoarders = new ArrayList<>();

    private void closeHoarders() throws IOException {
        for (Client each : hoarders) each.close();
    }

    private Client hoarder(Served served) throws IOException {
        hoarders.add(served.ready());
        return hoarders.getLast();
    }

    private static void assertServes(Client good, int length) throws IOException {
        assertArrayEquals(Arrays.copyOf(CONTENT, length), good.read(0, length));
    }

    /** All do what there is to do, but one, who reads and writes as ever; and the ceiling holds. */
    @Test
    void manyHoardersKeepUnderTheCeilingAndOneIsServed() throws Exception {
        long ceiling = 48L * MIB;
        try (var served = Served.prepared(dir, LARGE_DISK, server -> server.limitMemory(ceiling));
                Client good = served.ready()) {
            assertEquals(16, served.server.memory().clientsMax());
            for (int i = 0; i < 15; i++) hoard(hoarder(served), i);
            served.await(() -> served.server.lentBytes() > 34L * MIB);
            byte[] written = new byte[128 << 10];
            for (int i = 0; i < 50; i++) {
                assertServes(good, 4096);
                assertServes(good, 128 << 10);
                assertEquals(0, good.write(0, 1 << 20, written));
                long held = served.ask(() -> served.server.heldBytes());
                assertTrue(held <= ceiling, held + " bytes, more than " + ceiling);
            }
            closeHoarders();
        }
    }

    private static void hoard(Client client, int kind) throws IOException {
        switch (kind % 4) {
            case 0 -> client.askReads(64, 0, LONGEST);
            case 1 -> client.ask(0, WRITE, 1, 0, LONGEST);
            case 2 -> client.askReads(300, 0, MIB);
            case 3 -> {
                client.ask(0, WRITE, 1, 0, MIB);
                client.channel.configureBlocking(false);
                client.channel.write(ByteBuffer.allocate(MIB - 1)); // What is taken at once.
            }
            default -> throw new AssertionError(kind);
        }
    }

    @Test
    void whoStarvesHasTheStalestHoarderDropped() throws Exception {
        try (var served = Served.prepared(dir, LARGE_DISK, server -> stalled(server, 50));
                Client good = served.ready()) {
            Client hoarder = hoarder(served);
            hoarder.askReads(2, 0, LONGEST);
            served.await(() -> served.server.lentBytes() > LONGEST);
            assertServes(good, LONGEST);
            hoarder.assertClosedBehindAnything();
            assertServes(good, LONGEST);
        }
    }

    @Test
    void nobodyIsDroppedWhileNobodyStarves() throws Exception {
        try (var served = Served.prepared(dir, LARGE_DISK, server -> stalled(server, 1));
                Client good = served.ready()) {
            Client slow = hoarder(served);
            slow.askReads(2, 0, LONGEST);
            served.await(() -> served.server.lentBytes() > LONGEST);
            for (int i = 0; i < 100; i++) assertServes(good, MIB);
            assertEquals(0, slow.reply().error());
            assertArrayEquals(Arrays.copyOf(CONTENT, LONGEST), slow.receive(LONGEST).array());
            assertEquals(0, slow.reply().error());
            slow.receive(LONGEST);
            closeHoarders();
        }
    }

    @Test
    void halfReceivedWriteIsFinishedWhateverOthersHold() throws Exception {
        try (var served = Served.prepared(dir, LARGE_DISK, server -> server.limitMemory(48L * MIB));
                Client good = served.ready()) {
            good.ask(0, WRITE, 7, 0, 2 * MIB);
            good.send(ByteBuffer.allocate(MIB));
            served.await(() -> served.server.lentBytes() > 2 * MIB);
            for (int i = 0; i < 12; i++) hoard(hoarder(served), i);
            served.await(() -> served.server.lentBytes() > 34L * MIB);
            good.send(ByteBuffer.allocate(MIB));
            assertEquals(new Client.Reply(0, 7), good.reply());
            closeHoarders();
        }
    }

    /** None of them is read from meanwhile; the end of the server is the end of their wait. */
    @Test
    void shutdownEndsThoseWhoWaitForMemory() throws Exception {
        var setup = LARGE_DISK.shutdownNanos(TimeUnit.MILLISECONDS.toNanos(50));
        try (var served = new Served(dir, setup)) {
            for (int i = 0; i < 6; i++) hoarder(served).askReads(4, 0, LONGEST);
            served.await(() -> served.server.lentBytes() > LONGEST);
            served.shutdown().get();
            closeHoarders();
        }
    }

    @Test
    void clientsThatThereIsNoMemoryForWait() throws Exception {
        long least = Memory.bytesFor(1);
        try (var served = Served.prepared(dir, Served.Setup.USUAL, server -> server.limitMemory(least))) {
            assertEquals(1, served.server.memory().clientsMax());
            Client first = served.ready();
            try (Client second = served.connect()) {
                second.channel.configureBlocking(false);
                assertEquals(0, second.channel.read(ByteBuffer.allocate(1)));
                assertEquals(1, served.ask(served.server::clients));
                first.close();
                second.channel.configureBlocking(true);
                second.negotiate();
                assertServes(second, 4096);
            }
        }
    }

    /** Its many small requests borrow when it has more of them than its own memory is for. */
    @Test
    void moreSmallRequestsThanItsOwnMemoryIsFor() throws Exception {
        int count = Limits.REQUESTS_MAX;
        try (var served = new Served(dir, Served.Setup.USUAL.oneThread()); Client client = served.ready()) {
            var held = served.holdDisk();
            client.askReads(count, 1, 1);
            served.await(() -> served.server.lentBuffers() == 1 + count);
            long borrowed = 30L * MIB - served.server.memory().common().free();
            assertEquals(count * 4096L - Limits.SHARE_BYTES, borrowed);
            held.countDown();
            for (int i = 0; i < count; i++) {
                client.reply();
                client.receive(1);
            }
            served.await(() -> served.server.lentBuffers() == 1);
            assertEquals(30L * MIB, served.server.memory().common().free());
            assertFalse(served.server.heldBytes() > Limits.MEMORY_BYTES_DEFAULT);
        }
    }

    private static void stalled(NbdServer server, long millis) {
        server.limitMemory(Limits.MEMORY_BYTES_DEFAULT, TimeUnit.MILLISECONDS.toNanos(millis));
    }
}
