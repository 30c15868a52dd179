package dev.pirn.nbd;

import static dev.pirn.nbd.Proto.*;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** NBD_OPT_STRUCTURED_REPLY, what it changes, and what it allows to ask. */
class StructuredReplyTest {
    private static final int SIZE = (1 << 20) + 5;
    private static final int DF = NBD_CMD_FLAG_DF;

    @TempDir
    private Path dir;
    private Served served;
    private Client client;
    private final byte[] content = Served.content(SIZE);

    private Client connect(Served.Setup setup) throws Exception {
        served = new Served(dir, setup.size(SIZE));
        client = served.connect();
        return client;
    }

    private int negotiate(Served.Setup setup) throws Exception {
        return connect(setup).negotiateStructured();
    }

    private void negotiate() throws Exception {
        negotiate(Served.Setup.USUAL);
    }

    @AfterEach
    void everythingIsGivenBack() throws Exception {
        client.close();
        served.awaitIdle();
        served.close();
    }

    private static ByteBuffer data(long offset, byte[] bytes) {
        return ByteBuffer.allocate(8 + bytes.length).putLong(offset).put(bytes).flip();
    }

    private void assertReads(int flags, int offset, int length) throws Exception {
        Client.Chunk chunk = client.chunkOf(flags, NBD_CMD_READ, offset, length);
        assertEquals(NBD_REPLY_TYPE_OFFSET_DATA, chunk.type());
        assertEquals(data(offset, Arrays.copyOfRange(content, offset, offset + length)), chunk.payload());
    }

    private static void assertError(int error, String message, Client.Chunk chunk) {
        assertEquals(NBD_REPLY_TYPE_ERROR, chunk.type());
        assertEquals(error, chunk.error());
        assertEquals(message, chunk.message());
    }

    private void assertNone(Client.Chunk chunk) {
        assertEquals(NBD_REPLY_TYPE_NONE, chunk.type());
        assertEquals(0, chunk.payload().limit());
    }

    @Test
    void readIsOneChunkOfData() throws Exception {
        negotiate();
        assertReads(0, 0, 1);
        assertReads(0, SIZE - 1, 1);
        assertReads(0, 511, 513);
        assertReads(0, 0, SIZE);
    }

    @Test
    void readThatMustNotBeFragmented() throws Exception {
        int flags = negotiate(Served.Setup.USUAL);
        assertEquals(NBD_FLAG_SEND_DF, flags & NBD_FLAG_SEND_DF);
        assertReads(DF, 3, 65_536);
        assertReads(DF, 0, SIZE);
        assertReads(DF | NBD_CMD_FLAG_FUA, 3, 1);
    }

    @Test
    void dontFragmentIsOfReadsAlone() throws Exception {
        negotiate();
        assertError(NBD_EINVAL, "NBD_CMD_TRIM of [0, +1): flags 0x4, of which 0x1 are known",
                client.chunkOf(DF, NBD_CMD_TRIM, 0, 1));
        assertReads(0, 9, 1);
    }

    @Test
    void dontFragmentIsUnknownToSimpleReplies() throws Exception {
        int flags = connect(Served.Setup.USUAL).negotiate();
        assertEquals(0, flags & NBD_FLAG_SEND_DF);
        assertEquals(NBD_EINVAL, client.errorOf(DF, NBD_CMD_READ, 0, 1));
    }

    @Test
    void whatHasNoDataIsAnsweredByNone() throws Exception {
        negotiate();
        for (int type : new int[] {NBD_CMD_FLUSH, NBD_CMD_TRIM, NBD_CMD_CACHE, NBD_CMD_WRITE_ZEROES}) {
            assertNone(client.chunkOf(0, type, 0, 0));
        }
        for (long offset : new long[] {0, 5, SIZE}) assertNone(client.chunkOf(0, NBD_CMD_READ, offset, 0));
        client.ask(0, NBD_CMD_WRITE, 6, SIZE - 2, 2);
        client.send(ByteBuffer.wrap(new byte[] {8, 9}));
        assertNone(client.chunk());
        assertEquals(data(SIZE - 2, new byte[] {8, 9}),
                client.chunkOf(0, NBD_CMD_READ, SIZE - 2, 2).payload());
    }

    @Test
    void errorsSayWhatWasAskedAndWhatTheRuleIs() throws Exception {
        negotiate();
        assertError(NBD_EINVAL, "NBD_CMD_READ of [1048580, +2): outside the disk's 1048581 bytes",
                client.chunkOf(0, NBD_CMD_READ, SIZE - 1, 2));
        assertError(NBD_EINVAL, "NBD_CMD_CACHE of [18446744073709551615, +1): "
                + "outside the disk's 1048581 bytes", client.chunkOf(0, NBD_CMD_CACHE, -1, 1));
        assertError(NBD_EINVAL, "NBD_CMD_READ of [0, +33554433): more than 33554432 bytes",
                client.chunkOf(0, NBD_CMD_READ, 0, (32 << 20) + 1));
        assertError(NBD_ENOSPC, "NBD_CMD_WRITE_ZEROES of [0, +1048582): outside the disk's 1048581 bytes",
                client.chunkOf(0, NBD_CMD_WRITE_ZEROES, 0, SIZE + 1));
        assertError(NBD_EINVAL, "NBD_CMD_FLUSH of [0, +1): flushes all, and takes no range",
                client.chunkOf(0, NBD_CMD_FLUSH, 0, 1));
        assertError(NBD_EINVAL, "command 9 of [0, +1): no command of this server",
                client.chunkOf(0, 9, 0, 1));
        assertError(NBD_EINVAL, "NBD_CMD_BLOCK_STATUS of [0, +1): no metadata context was negotiated",
                client.chunkOf(0, NBD_CMD_BLOCK_STATUS, 0, 1));
        client.ask(0, NBD_CMD_WRITE, 1, SIZE, 3);
        client.send(ByteBuffer.allocate(3));
        assertError(NBD_ENOSPC, "NBD_CMD_WRITE of [1048581, +3): outside the disk's 1048581 bytes",
                client.chunk());
        assertReads(0, 9, 1);
    }

    @Test
    void readOnlyExport() throws Exception {
        negotiate(Served.Setup.USUAL.asReadOnly());
        assertError(NBD_EPERM, "NBD_CMD_TRIM of [0, +1): the export is read-only",
                client.chunkOf(0, NBD_CMD_TRIM, 0, 1));
        assertReads(0, 9, 1);
    }

    /** The client gets no path of ours: those are for the log. */
    @Test
    void imageTruncatedBelowUs() throws Exception {
        negotiate();
        try (var file = new RandomAccessFile(served.image.toFile(), "rw")) {
            file.setLength(1000);
        }
        assertError(NBD_EIO, "NBD_CMD_READ of [900, +101): the disk failed; the server's log says how",
                client.chunkOf(0, NBD_CMD_READ, 900, 101));
        assertReads(0, 899, 101);
        assertEquals(1000, Files.size(served.image));
    }

    @Test
    void manyAtATime() throws Exception {
        negotiate();
        client.askReads(200, 100, 100);
        var cookies = new ArrayList<Long>();
        for (int i = 0; i < 200; i++) {
            Client.Chunk chunk = client.chunk();
            int at = (int) chunk.cookie() * 100;
            assertEquals(data(at, Arrays.copyOfRange(content, at, at + 100)), chunk.payload());
            cookies.add(chunk.cookie());
        }
        assertEquals(200, cookies.stream().distinct().count());
    }

    @Test
    void negotiatedTwice() throws Exception {
        connect(Served.Setup.USUAL).greet();
        for (int i = 0; i < 2; i++) {
            assertEquals(NBD_REP_ACK, client.ask(NBD_OPT_STRUCTURED_REPLY, "").type());
        }
        assertRefused(NBD_REP_ERR_INVALID, client.ask(NBD_OPT_STRUCTURED_REPLY, "data"));
        // Nor did that take it back.
        client.send(Client.option(NBD_OPT_EXPORT_NAME, ByteBuffer.allocate(0)));
        assertEquals(NBD_FLAG_SEND_DF, client.receive(10).getShort(8) & NBD_FLAG_SEND_DF);
        assertReads(0, 7, 1);
    }

    @Test
    void refusedWithDataItIsNotNegotiated() throws Exception {
        connect(Served.Setup.USUAL).greet();
        assertRefused(NBD_REP_ERR_INVALID, client.ask(NBD_OPT_STRUCTURED_REPLY, "data"));
        client.send(Client.option(NBD_OPT_EXPORT_NAME, ByteBuffer.allocate(0)));
        client.receive(10);
        assertArrayEquals(new byte[] {content[7]}, client.read(7, 1));
    }

    private static void assertRefused(int error, Client.OptionReply reply) {
        assertEquals(Integer.toHexString(error), Integer.toHexString(reply.type()));
        assertTrue(!reply.text().isEmpty());
    }
}
