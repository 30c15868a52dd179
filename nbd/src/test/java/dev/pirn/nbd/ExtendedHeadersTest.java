package dev.pirn.nbd;

import static dev.pirn.nbd.Proto.*;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HexFormat;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Extended headers, the server's side: each frame byte for byte as the text has it ("Request message"). */
class ExtendedHeadersTest {
    private static final int SIZE = 1 << 20;
    private static final String COOKIE = " 1122334455667788 ";
    private static final int PAYLOAD = NBD_CMD_FLAG_PAYLOAD_LEN;

    @TempDir
    private Path dir;
    private Served served;
    private Client client;

    @BeforeEach
    void connect() throws Exception {
        served = new Served(dir);
        client = served.connect();
        client.greet();
    }

    @AfterEach
    void everythingIsGivenBack() throws Exception {
        client.close();
        served.awaitIdle();
        served.close();
    }

    private int ask(int option, String data) throws Exception {
        return client.ask(option, data).type();
    }

    /** Enters transmission; returns its flags. */
    private int go() throws Exception {
        int flags = client.ask(NBD_OPT_GO, Client.info("disk")).data().getShort(10);
        assertEquals(NBD_REP_ACK, client.optionReply().type());
        return flags;
    }

    private void setContext() throws Exception {
        String query = "\0\0\0\4disk\0\0\0\1\0\0\0\17base:allocation";
        assertEquals(NBD_REP_META_CONTEXT, ask(NBD_OPT_SET_META_CONTEXT, query));
        assertEquals(NBD_REP_ACK, client.optionReply().type());
    }

    private int negotiate() throws Exception {
        assertEquals(NBD_REP_ACK, ask(NBD_OPT_EXTENDED_HEADERS, ""));
        setContext();
        return go();
    }

    private static ByteBuffer hex(String digits) {
        return ByteBuffer.wrap(HexFormat.of().parseHex(digits.replace(" ", "")));
    }

    private void assertHears(String digits) throws Exception {
        ByteBuffer expected = hex(digits);
        assertEquals(HexFormat.of().formatHex(expected.array()),
                HexFormat.of().formatHex(client.receive(expected.remaining()).array()));
    }

    private void send(int flags, int type, long offset, long length, byte... payload) throws Exception {
        client.send(ByteBuffer.allocate(32 + payload.length).putInt(0x21e41c71).putShort((short) flags)
                .putShort((short) type).putLong(7).putLong(offset).putLong(length).put(payload).flip());
    }

    /** The one chunk that answers a request at {@code offset}; its payload. */
    private ByteBuffer answer(int type, long offset) throws Exception {
        ByteBuffer header = client.receive(32);
        assertEquals(0x6e8a278c, header.getInt());
        assertEquals(1 << 16 | type, header.getInt());
        assertEquals(7, header.getLong());
        assertEquals(offset, header.getLong());
        return client.receive(Math.toIntExact(header.getLong()));
    }

    private void assertFails(int error, String rule, long offset) throws Exception {
        ByteBuffer payload = answer(NBD_REPLY_TYPE_ERROR, offset);
        assertEquals(error, payload.getInt());
        assertEquals(payload.remaining() - 2, payload.getShort());
        assertEquals(rule, StandardCharsets.UTF_8.decode(payload).toString());
    }

    /** The connection lives, and no byte of it is lost. */
    private void assertAlive() throws Exception {
        send(0, NBD_CMD_FLUSH, 0, 0);
        assertEquals(0, answer(NBD_REPLY_TYPE_NONE, 0).remaining());
    }

    @Test
    void readIsAnsweredByAnExtendedChunk() throws Exception {
        negotiate();
        client.send(hex("21e41c71 0000 0000" + COOKIE + "0000000000000200 0000000000000004"));
        String data = HexFormat.of().formatHex(Served.content(0x204), 0x200, 0x204);
        assertHears("6e8a278c 0001 0001" + COOKIE + "0000000000000200 000000000000000c"
                + "0000000000000200" + data);
    }

    @Test
    void writeSaysThatItHasAPayload() throws Exception {
        negotiate();
        client.send(hex("21e41c71 0021 0001" + COOKIE + "0000000000000200 0000000000000004 cafebabe"));
        assertHears("6e8a278c 0001 0000" + COOKIE + "0000000000000200 0000000000000000");
        send(0, NBD_CMD_READ, 0x1ff, 6);
        ByteBuffer read = answer(NBD_REPLY_TYPE_OFFSET_DATA, 0x1ff);
        assertEquals(0xcafebabe, read.getInt(9));
    }

    @Test
    void errorIsAnExtendedChunkToo() throws Exception {
        negotiate();
        client.send(hex("21e41c71 0000 0000" + COOKIE + "0000000000100000 0000000000000001"));
        String why = "NBD_CMD_READ of [1048576, +1): outside the disk's 1048576 bytes";
        assertHears("6e8a278c 0001 8001" + COOKIE + "0000000000100000 0000000000000045 00000016 003f"
                + HexFormat.of().formatHex(why.getBytes(StandardCharsets.UTF_8)));
    }

    @Test
    void statusHasExtentsOf64Bits() throws Exception {
        negotiate();
        client.send(hex("21e41c71 0000 0007" + COOKIE + "0000000000000000 0000000000100000"));
        assertHears("6e8a278c 0001 0006" + COOKIE + "0000000000000000 0000000000000018"
                + "00000001 00000001 0000000000100000 0000000000000000");
    }

    @Test
    void statusOfTheContextsThatItsPayloadNames() throws Exception {
        assertEquals(NBD_FLAG_BLOCK_STATUS_PAYLOAD | NBD_FLAG_SEND_DF,
                negotiate() & (NBD_FLAG_BLOCK_STATUS_PAYLOAD | NBD_FLAG_SEND_DF));
        client.send(hex("21e41c71 0020 0007" + COOKIE + "0000000000001000 000000000000000c"
                + "0000000000002000 00000001"));
        assertHears("6e8a278c 0001 0006" + COOKIE + "0000000000001000 0000000000000018"
                + "00000001 00000001 0000000000002000 0000000000000000");
        assertAlive();
    }

    // No context, one that was not set, one twice, half a one, no length, nothing.
    @ParameterizedTest
    @ValueSource(strings = {"0000000000002000", "0000000000002000 00000002",
        "0000000000002000 00000001 00000001", "0000000000002000 0000", "000000", ""})
    void statusWhosePayloadIsWrong(String payload) throws Exception {
        negotiate();
        byte[] bytes = hex(payload).array();
        send(PAYLOAD, NBD_CMD_BLOCK_STATUS, 0, bytes.length, bytes);
        assertFails(NBD_EINVAL, "NBD_CMD_BLOCK_STATUS of [0, +" + bytes.length
                + "): its payload does not name contexts that were set, each once", 0);
        assertAlive();
    }

    @Test
    void statusWhosePayloadReachesOutOfTheDisk() throws Exception {
        negotiate();
        send(PAYLOAD, NBD_CMD_BLOCK_STATUS, 16, 12, hex("0000000000100000 00000001").array());
        assertFails(NBD_EINVAL, "NBD_CMD_BLOCK_STATUS of [16, +1048576): outside the disk's 1048576 bytes",
                16);
        assertAlive();
    }

    @Test
    void statusWithAPayloadWhereNoContextWasSet() throws Exception {
        ask(NBD_OPT_EXTENDED_HEADERS, "");
        assertEquals(0, go() & NBD_FLAG_BLOCK_STATUS_PAYLOAD);
        send(PAYLOAD, NBD_CMD_BLOCK_STATUS, 0, 12, hex("0000000000002000 00000001").array());
        assertFails(NBD_EINVAL, "NBD_CMD_BLOCK_STATUS of [0, +12): takes no payload", 0);
        assertAlive();
    }

    @ParameterizedTest
    @ValueSource(ints = {NBD_CMD_READ, NBD_CMD_FLUSH, NBD_CMD_TRIM, NBD_CMD_CACHE, NBD_CMD_WRITE_ZEROES, 99})
    void payloadOfACommandThatTakesNone(int type) throws Exception {
        negotiate();
        send(PAYLOAD, type, 0, 5000, new byte[5000]);
        assertEquals(NBD_EINVAL, answer(NBD_REPLY_TYPE_ERROR, 0).getInt());
        assertAlive();
    }

    @Test
    void writeThatDoesNotSayThatItHasAPayload() throws Exception {
        negotiate();
        send(0, NBD_CMD_WRITE, 0, 4096);
        assertFails(NBD_EINVAL, "NBD_CMD_WRITE of [0, +4096): has no NBD_CMD_FLAG_PAYLOAD_LEN, and so no "
                + "payload", 0);
        assertAlive();
    }

    @Test
    void writeOutsideTheDiskIsReadToItsEnd() throws Exception {
        negotiate();
        send(PAYLOAD, NBD_CMD_WRITE, SIZE - 1, 300_000, new byte[300_000]);
        assertEquals(NBD_ENOSPC, answer(NBD_REPLY_TYPE_ERROR, SIZE - 1).getInt());
        assertAlive();
    }

    @ParameterizedTest
    @ValueSource(longs = {Limits.PAYLOAD_SIZE_MAX + 1, 1L << 32, Long.MAX_VALUE, Long.MIN_VALUE, -1})
    void payloadLongerThanTheMaximumEndsTheConnection(long length) throws Exception {
        negotiate();
        send(PAYLOAD, NBD_CMD_WRITE, 0, length);
        client.assertClosed();
    }

    @ParameterizedTest
    @ValueSource(longs = {Limits.PAYLOAD_SIZE_MAX + 1, 1L << 32, Long.MAX_VALUE, Long.MIN_VALUE, -1})
    void readLongerThanTheMaximumTakesNoMemory(long length) throws Exception {
        negotiate();
        send(0, NBD_CMD_READ, 0, length);
        assertFails(NBD_EINVAL, "NBD_CMD_READ of [0, +%s): more than 33554432 bytes"
                .formatted(Long.toUnsignedString(length)), 0);
        assertAlive();
        assertTrue(served.ask(served.server::lentBytes) <= Limits.RECEIVE_SIZE + 4096);
    }

    @ParameterizedTest
    @ValueSource(ints = {NBD_CMD_TRIM, NBD_CMD_CACHE, NBD_CMD_WRITE_ZEROES, NBD_CMD_BLOCK_STATUS})
    void lengthsOf64BitsAreNotTakenForShorterOnes(int type) throws Exception {
        negotiate();
        int error = type == NBD_CMD_WRITE_ZEROES ? NBD_ENOSPC : NBD_EINVAL;
        for (long length : new long[] {(1L << 32) + 4096, (1L << 63) + 4096, -4096}) {
            send(0, type, 4096, length);
            assertEquals(error, answer(NBD_REPLY_TYPE_ERROR, 4096).getInt());
        }
        assertAlive();
    }

    @Test
    void compactRequestAfterExtendedHeaders() throws Exception {
        negotiate();
        client.send(Client.request(0, NBD_CMD_FLUSH, 1, 0, 0));
        client.send(ByteBuffer.allocate(4));
        client.assertClosed();
    }

    @Test
    void extendedRequestWithoutExtendedHeaders() throws Exception {
        go();
        send(0, NBD_CMD_FLUSH, 0, 0);
        client.assertClosed();
    }

    @Test
    void structuredRepliesDoNotTakeExtendedHeadersBack() throws Exception {
        assertEquals(NBD_REP_ACK, ask(NBD_OPT_STRUCTURED_REPLY, ""));
        assertEquals(NBD_REP_ACK, ask(NBD_OPT_EXTENDED_HEADERS, ""));
        assertEquals(NBD_REP_ERR_EXT_HEADER_REQD, ask(NBD_OPT_STRUCTURED_REPLY, ""));
        go();
        assertAlive();
    }

    @Test
    void askedForASecondTimeItIsAsTrue() throws Exception {
        assertEquals(NBD_REP_ACK, ask(NBD_OPT_EXTENDED_HEADERS, ""));
        assertEquals(NBD_REP_ERR_INVALID, ask(NBD_OPT_EXTENDED_HEADERS, "data"));
        assertEquals(NBD_REP_ACK, ask(NBD_OPT_EXTENDED_HEADERS, ""));
        go();
        assertAlive();
    }

    @Test
    void withDataItIsRefusedAndStructuredRepliesStay() throws Exception {
        assertEquals(NBD_REP_ACK, ask(NBD_OPT_STRUCTURED_REPLY, ""));
        assertEquals(NBD_REP_ERR_INVALID, ask(NBD_OPT_EXTENDED_HEADERS, "data"));
        go();
        assertEquals(NBD_REPLY_TYPE_NONE, client.chunkOf(0, NBD_CMD_FLUSH, 0, 0).type());
    }

    /** It has no reply that could say so. */
    @Test
    void exportNameAfterExtendedHeadersIsCutOff() throws Exception {
        assertEquals(NBD_REP_ACK, ask(NBD_OPT_EXTENDED_HEADERS, ""));
        client.send(Client.option(NBD_OPT_EXPORT_NAME, ByteBuffer.wrap("disk".getBytes())));
        client.assertClosed();
    }

    @Test
    void discEndsTheConnection() throws Exception {
        negotiate();
        send(0, NBD_CMD_DISC, 0, 0);
        client.assertClosed();
    }
}
