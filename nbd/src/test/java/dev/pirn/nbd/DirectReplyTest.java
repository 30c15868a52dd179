package dev.pirn.nbd;

import static dev.pirn.nbd.Proto.*;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Long READs of what is in the page cache: the bytes go to the socket from there. */
@Tag("native") // Run only with native access, by pom.xml.
class DirectReplyTest {
    private static final int M = 1 << 20;
    /** More than a socket takes at once, several times. */
    private static final int SIZE = 8 * M + 5;

    @TempDir
    private Path dir;
    private Served served;
    private Client client;
    private final byte[] content = Served.content(SIZE);

    private void serve(boolean structured) throws Exception {
        served = new Served(dir, Served.Setup.USUAL.size(SIZE));
        client = served.connect();
        if (structured) client.negotiateStructured(); else client.negotiate();
        assertTrue(served.device.canSend(0, SIZE), "what was just written is not in the page cache");
    }

    @AfterEach
    void everythingIsGivenBack() throws Exception {
        client.close();
        served.awaitIdle();
        served.close();
    }

    private byte[] range(int offset, int length) {
        return Arrays.copyOfRange(content, offset, offset + length);
    }

    /** Takes a reply's data, in a chunk or behind a simple header, and what ends it. */
    private void assertRead(boolean structured, long cookie, int offset, int length) throws IOException {
        if (!structured) {
            assertEquals(new Client.Reply(0, cookie), client.reply());
            assertArrayEquals(range(offset, length), client.receive(length).array());
            return;
        }
        assertData(client.chunk(), cookie, offset, length);
        assertEnd(client.chunk(), cookie);
    }

    private void assertData(Client.Chunk chunk, long cookie, int offset, int length) {
        assertEquals(NBD_REPLY_TYPE_OFFSET_DATA, chunk.type());
        assertEquals(0, chunk.flags(), "data that was not sent from the page cache");
        assertEquals(cookie, chunk.cookie());
        assertEquals(offset, chunk.payload().getLong());
        assertEquals(-1, chunk.payload().mismatch(ByteBuffer.wrap(range(offset, length))),
                () -> "at " + offset);
    }

    private static void assertEnd(Client.Chunk chunk, long cookie) {
        assertEquals(NBD_REPLY_TYPE_NONE, chunk.type());
        assertEquals(NBD_REPLY_FLAG_DONE, chunk.flags());
        assertEquals(cookie, chunk.cookie());
        assertEquals(0, chunk.payload().limit());
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void allSizesAtOddOffsets(boolean structured) throws Exception {
        serve(structured);
        for (int length : new int[] {64 << 10, (64 << 10) + 1, 200_001, 256 << 10, M - 1, 5 * M + 3}) {
            for (int offset : new int[] {0, 1, 511, 4095, SIZE - length}) {
                client.ask(0, NBD_CMD_READ, offset, offset, length);
                assertRead(structured, offset, offset, length);
            }
        }
        client.ask(0, NBD_CMD_READ, 1, 0, SIZE);
        assertRead(structured, 1, 0, SIZE);
        served.await(() -> served.server.statistics().requests() == 31);
    }

    @Test
    void neighboursThatAreShort() throws Exception {
        serve(true);
        client.ask(0, NBD_CMD_READ, 1, 3, 10);
        client.ask(0, NBD_CMD_READ, 2, 5, 100_000);
        client.ask(0, NBD_CMD_READ, 3, 7, 200_000);
        client.ask(0, NBD_CMD_FLUSH, 4, 0, 0);
        var order = new ArrayList<Long>();
        while (order.size() < 6) {
            Client.Chunk chunk = client.chunk();
            order.add(chunk.cookie());
            switch ((int) chunk.cookie()) {
                case 1 -> assertEquals(18, chunk.payload().limit());
                case 4 -> assertEnd(chunk, 4);
                default -> {
                    boolean second = chunk.cookie() == 2;
                    if (chunk.type() == NBD_REPLY_TYPE_NONE) assertEnd(chunk, chunk.cookie());
                    else assertData(chunk, chunk.cookie(), second ? 5 : 7, second ? 100_000 : 200_000);
                }
            }
        }
        order.sort(null);
        assertEquals(List.of(1L, 2L, 2L, 3L, 3L, 4L), order);
    }

    /** Sixteen times the payload that a client may have in memory, and none of it is. */
    @Test
    void clientThatTakesNothingCostsNoMemory() throws Exception {
        serve(true);
        client.askReads(128, 0, 8 * M);
        served.await(() -> served.server.lentBuffers() == 129);
        assertEquals(128 * 4096 + Limits.RECEIVE_SIZE, served.ask(() -> served.server.lentBytes()));
        try (Client other = served.ready()) {
            assertArrayEquals(range(1, 70_000), other.read(1, 70_000));
        }
        for (int i = 0; i < 128; i++) {
            Client.Chunk data = client.chunk();
            assertData(data, data.cookie(), 0, 8 * M);
            assertEnd(client.chunk(), data.cookie());
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void clientThatVanishesInMidSend(boolean structured) throws Exception {
        serve(structured);
        client.askReads(4, 0, 8 * M);
        client.receive(100_000);
        client.close();
        try (Client other = served.ready()) {
            assertArrayEquals(range(1, 70_000), other.read(1, 70_000));
        }
    }

    private void shortenInMidSend() throws Exception {
        client.ask(0, NBD_CMD_READ, 9, 0, 8 * M);
        served.await(() -> served.server.lentBuffers() == 2); // Received; the socket takes a part of it.
        try (var file = FileChannel.open(served.image, StandardOpenOption.WRITE)) {
            file.truncate(5 * M);
        }
    }

    @Test
    void fileShortenedInMidSendEndsASimpleReplysConnection() throws Exception {
        serve(false);
        shortenInMidSend();
        assertEquals(new Client.Reply(0, 9), client.reply());
        assertArrayEquals(range(0, 4 * M), client.receive(4 * M).array());
        client.assertClosedBehindAnything();
        try (Client other = served.ready()) {
            assertArrayEquals(range(1, 70_000), other.read(1, 70_000));
        }
    }

    @Test
    void fileShortenedInMidSendCostsAStructuredReplyAnErrorOnly() throws Exception {
        serve(true);
        shortenInMidSend();
        Client.Chunk data = client.chunk();
        assertEquals(8 * M + 8, data.payload().limit());
        assertEquals(-1, data.payload().slice(8, 5 * M).mismatch(ByteBuffer.wrap(range(0, 5 * M))));
        assertEquals(-1, data.payload().slice(8 + 5 * M, 3 * M).mismatch(ByteBuffer.allocate(3 * M)));
        Client.Chunk end = client.chunk();
        assertEquals(NBD_REPLY_TYPE_ERROR, end.type());
        assertEquals(NBD_REPLY_FLAG_DONE, end.flags());
        assertEquals(NBD_EIO, end.error());
        assertEquals("NBD_CMD_READ of [0, +8388608): the disk failed; the server's log says how",
                end.message());
        client.ask(0, NBD_CMD_READ, 10, 1, 70_000);
        assertRead(true, 10, 1, 70_000);
        served.await(() -> served.server.statistics().errors() == 1);
    }

    /** Holes that were read once have pages, too. */
    @Test
    void holesStayHoles() throws Exception {
        serve(true);
        client.chunkOf(0, NBD_CMD_TRIM, M, 2 * M);
        Arrays.fill(content, M, 3 * M, (byte) 0);
        Files.readAllBytes(served.image);
        assertTrue(served.device.canSend(0, SIZE), "pages of a hole that were read");

        client.ask(0, NBD_CMD_READ, 5, 100, 4 * M);
        assertData(client.chunk(), 5, 100, M - 100);
        Client.Chunk hole = client.chunk();
        assertEquals(NBD_REPLY_TYPE_OFFSET_HOLE, hole.type());
        assertEquals(M, hole.payload().getLong());
        assertEquals(2 * M, hole.payload().getInt());
        assertData(client.chunk(), 5, 3 * M, M + 100);
        assertEnd(client.chunk(), 5);

        client.ask(NBD_CMD_FLAG_DF, NBD_CMD_READ, 6, 100, 4 * M);
        assertRead(true, 6, 100, 4 * M);

        client.ask(0, NBD_CMD_READ, 7, M, M);
        Client.Chunk all = client.chunk();
        assertEquals(NBD_REPLY_TYPE_OFFSET_HOLE, all.type());
        assertEnd(client.chunk(), 7);
    }
}
