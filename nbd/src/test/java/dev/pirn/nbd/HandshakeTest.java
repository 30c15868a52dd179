package dev.pirn.nbd;

import static dev.pirn.nbd.Proto.*;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HandshakeTest {
    private static final int FIXED = NBD_FLAG_FIXED_NEWSTYLE;
    private static final int NO_ZEROES = NBD_FLAG_NO_ZEROES;
    private static final int FLAGS = NBD_FLAG_HAS_FLAGS | NBD_FLAG_SEND_FLUSH | NBD_FLAG_SEND_FUA
            | NBD_FLAG_SEND_TRIM | NBD_FLAG_SEND_WRITE_ZEROES | NBD_FLAG_CAN_MULTI_CONN
            | NBD_FLAG_SEND_CACHE | NBD_FLAG_SEND_FAST_ZERO;

    @TempDir
    private Path dir;
    private Served served;
    private Client client;

    @BeforeEach
    void connect() throws Exception {
        served = new Served(dir);
        client = served.connect();
    }

    @AfterEach
    void everythingIsGivenBack() throws Exception {
        client.close();
        served.awaitIdle();
        served.close();
    }

    /** The connection lives: another option is answered. */
    private void assertAlive() throws Exception {
        assertEquals(NBD_REP_SERVER, client.ask(NBD_OPT_LIST, "").type());
        assertEquals(NBD_REP_ACK, client.optionReply().type());
    }

    private void assertRefused(int error, Client.OptionReply reply) throws Exception {
        assertEquals(Integer.toHexString(error), Integer.toHexString(reply.type()));
        assertTrue(!reply.text().isEmpty());
        assertAlive();
    }

    @Test
    void exportNameOfAClientThatWantsZeroes() throws Exception {
        client.greet(FIXED);
        client.send(Client.option(NBD_OPT_EXPORT_NAME, ByteBuffer.wrap("disk".getBytes())));
        ByteBuffer answer = client.receive(10 + 124);
        assertEquals(1 << 20, answer.getLong());
        assertEquals(FLAGS, answer.getShort());
        assertEquals(ByteBuffer.allocate(124), answer);
        assertEquals(0, client.errorOf(0, NBD_CMD_FLUSH, 0, 0));
    }

    @Test
    void exportNameOfAClientThatWantsNoZeroes() throws Exception {
        client.greet(FIXED | NO_ZEROES);
        client.send(Client.option(NBD_OPT_EXPORT_NAME, ByteBuffer.allocate(0)));
        assertEquals(1 << 20, client.receive(10).getLong());
        assertEquals(Served.content(8)[7], client.read(7, 1)[0]);
    }

    @Test
    void exportNameOfAnExportThatIsNotThere() throws Exception {
        client.greet();
        client.send(Client.option(NBD_OPT_EXPORT_NAME, ByteBuffer.wrap("other".getBytes())));
        client.assertClosed();
    }

    @Test
    void clientWithoutFixedNewstyleNamesAnExport() throws Exception {
        client.greet(0);
        client.send(Client.option(NBD_OPT_EXPORT_NAME, ByteBuffer.wrap("disk".getBytes())));
        assertEquals(1 << 20, client.receive(10 + 124).getLong());
        assertEquals(0, client.errorOf(0, NBD_CMD_FLUSH, 0, 0));
    }

    @Test
    void clientWithoutFixedNewstyleHaggles() throws Exception {
        client.greet(NO_ZEROES);
        client.send(Client.option(NBD_OPT_LIST, ByteBuffer.allocate(0)));
        client.assertClosed();
    }

    @ParameterizedTest
    @ValueSource(ints = {4, 7, 0x80000000, -1})
    void unknownClientFlags(int flags) throws Exception {
        client.greet(flags);
        client.assertClosed();
    }

    @Test
    void goSaysSizeAndFlags() throws Exception {
        client.greet();
        var export = client.ask(NBD_OPT_GO, Client.info("disk"));
        ByteBuffer data = ByteBuffer.allocate(12).putShort((short) NBD_INFO_EXPORT).putLong(1 << 20)
                .putShort((short) FLAGS).flip();
        assertEquals(new Client.OptionReply(NBD_OPT_GO, NBD_REP_INFO, data), export);
        assertEquals(NBD_REP_ACK, client.optionReply().type());
        assertEquals(Served.content(1)[0], client.read(0, 1)[0]);
    }

    @Test
    void infoSaysWhatIsAskedForOnce() throws Exception {
        client.greet();
        client.send(Client.option(NBD_OPT_INFO, Client.info("", 3, 1, 2, 3, 0, 99, 65535, 1)));
        assertEquals(NBD_INFO_EXPORT, client.optionReply().data().getShort());
        assertEquals("\0\1disk", client.optionReply().text());
        assertEquals("\0\2a description", client.optionReply().text());
        ByteBuffer sizes = client.optionReply().data();
        assertEquals(NBD_INFO_BLOCK_SIZE, sizes.getShort());
        assertEquals(1, sizes.getInt());
        assertEquals(4096, sizes.getInt());
        assertEquals(32 << 20, sizes.getInt());
        assertEquals(NBD_REP_ACK, client.optionReply().type());
        assertAlive();
    }

    @ParameterizedTest
    @ValueSource(ints = {NBD_OPT_GO, NBD_OPT_INFO})
    void exportThatIsNotThere(int option) throws Exception {
        client.greet();
        assertRefused(NBD_REP_ERR_UNKNOWN, client.ask(option, Client.info("other", 3)));
        assertRefused(NBD_REP_ERR_UNKNOWN, client.ask(option, Client.info("dis")));
        assertRefused(NBD_REP_ERR_UNKNOWN, client.ask(option, Client.info("x".repeat(4096))));
    }

    @Test
    void listSaysNameAndDescription() throws Exception {
        client.greet();
        assertEquals("\0\0\0\4diska description", client.ask(NBD_OPT_LIST, "").text());
        assertEquals(NBD_REP_ACK, client.optionReply().type());
        assertRefused(NBD_REP_ERR_INVALID, client.ask(NBD_OPT_LIST, "data"));
    }

    @Test
    void abortIsAcknowledged() throws Exception {
        client.greet();
        assertEquals(NBD_REP_ACK, client.ask(NBD_OPT_ABORT, "").type());
        client.assertClosed();
    }

    @Test
    void abortByAClientThatDoesNotWait() throws Exception {
        client.greet();
        client.send(Client.option(NBD_OPT_ABORT, ByteBuffer.allocate(0)));
    }

    @Test
    void tlsWhereThereIsNone() throws Exception {
        client.greet();
        assertRefused(NBD_REP_ERR_UNSUP, client.ask(NBD_OPT_STARTTLS, ""));
        assertRefused(NBD_REP_ERR_INVALID, client.ask(NBD_OPT_STARTTLS, "some data"));
    }

    // Withdrawn, never heard of.
    @ParameterizedTest
    @ValueSource(ints = {4, 0, 12, 12345, -1})
    void optionThatWeDoNotDo(int option) throws Exception {
        client.greet();
        assertRefused(NBD_REP_ERR_UNSUP, client.ask(option, ""));
        assertRefused(NBD_REP_ERR_UNSUP, client.ask(option, "some data"));
        assertRefused(NBD_REP_ERR_UNSUP, client.ask(option, "d".repeat(300_000)));
    }

    @ParameterizedTest
    @ValueSource(ints = {NBD_OPT_GO, NBD_OPT_INFO})
    void malformedInfo(int option) throws Exception {
        client.greet();
        var invalid = NBD_REP_ERR_INVALID;
        assertRefused(invalid, client.ask(option, ""));
        assertRefused(invalid, client.ask(option, "\0\0\0\0\0")); // Half a count.
        assertRefused(invalid, client.ask(option, "\0\0\0\5disk\0\0")); // The name reaches into the count,
        assertRefused(invalid, client.ask(option, "\177\0\0\0disk\0\0")); // or far behind it.
        assertRefused(invalid, client.ask(option, ByteBuffer.allocate(10).putInt(-1).position(0)));
        assertRefused(invalid, client.ask(option, "\0\0\0\4disk\0\0x"));
        assertRefused(invalid, client.ask(option, "\0\0\0\4disk\0\2\0\3"));
        assertRefused(invalid, client.ask(option, "\0\0\0\4disk\0\1\0\3\0\3"));
        assertRefused(invalid, client.ask(option, Client.info("di\0sk")));
        assertRefused(invalid, client.ask(option, Client.info("x".repeat(4097))));
        byte[] noUtf8 = {0, 0, 0, 2, (byte) 0xc3, 0x28, 0, 0};
        assertRefused(invalid, client.ask(option, ByteBuffer.wrap(noUtf8)));
    }

    @Test
    void dataThatIsTooLong() throws Exception {
        client.greet();
        String tooLong = "x".repeat(Limits.OPTION_SIZE_MAX + 1);
        assertRefused(NBD_REP_ERR_TOO_BIG, client.ask(NBD_OPT_GO, tooLong));
        assertRefused(NBD_REP_ERR_TOO_BIG, client.ask(NBD_OPT_LIST, "x".repeat(Limits.OPTION_SKIP_MAX)));
    }

    @Test
    void dataLongerThanIsSkipped() throws Exception {
        client.greet();
        int length = Limits.OPTION_SKIP_MAX + 1;
        client.send(ByteBuffer.allocate(16).putLong(IHAVEOPT).putInt(8).putInt(length).flip());
        client.assertClosed();
    }

    @ParameterizedTest
    @ValueSource(ints = {4097, Limits.OPTION_SIZE_MAX + 1})
    void exportNameThatIsTooLong(int length) throws Exception {
        client.greet();
        client.send(Client.option(NBD_OPT_EXPORT_NAME, ByteBuffer.allocate(length)));
        client.assertClosed();
    }

    @Test
    void wrongOptionMagic() throws Exception {
        client.greet();
        client.send(ByteBuffer.allocate(16).putLong(NBDMAGIC).putInt(7).putInt(0).flip());
        client.assertClosed();
    }

    @Test
    void thousandOptions() throws Exception {
        client.greet();
        for (int i = 0; i < Limits.OPTIONS_MAX; i++) {
            assertEquals(NBD_REP_ERR_UNSUP, client.ask(1000 + i, "").type());
        }
        client.assertClosed();
    }

    @Test
    void optionsAndRequestsInOnePiece() throws Exception {
        ByteBuffer all = ByteBuffer.allocate(1000).putInt(3);
        all.put(Client.option(12, ByteBuffer.allocate(0))).put(Client.option(NBD_OPT_GO, Client.info("")));
        all.put(Client.request(0, NBD_CMD_READ, 5, 0, 1)).put(Client.request(0, NBD_CMD_DISC, 0, 0, 0));
        client.send(all.flip());
        client.receive(18);
        assertEquals(NBD_REP_ERR_UNSUP, client.optionReply().type());
        assertEquals(NBD_REP_INFO, client.optionReply().type());
        assertEquals(NBD_REP_ACK, client.optionReply().type());
        assertEquals(new Client.Reply(0, 5), client.reply());
        client.receive(1);
        client.assertClosed();
    }
}
