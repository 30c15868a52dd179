package dev.pirn.nbd;

import static dev.pirn.nbd.Proto.*;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.pirn.block.BlockDevice;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * An export with contexts of its own: 1 {@code base:allocation}, 2 {@code qemu:dirty-bitmap:b}, of which
 * every other 64 KiB is dirty, and 3 {@code qemu:allocation-depth}, which is 7 everywhere.
 */
class ContextsTest {
    private static final int SIZE = 1 << 20;
    private static final int PIECE = 64 << 10;
    private static final String BASE = "base:allocation";
    private static final String BITMAP = "qemu:dirty-bitmap:b";
    private static final String DEPTH = "qemu:allocation-depth";

    @TempDir
    private Path dir;
    private Served served;
    private Client client;

    private static List<NbdContext.Status> stripes(long offset, long length, int countMax) {
        var found = new ArrayList<NbdContext.Status>();
        for (long at = offset; at < offset + length && found.size() < countMax; ) {
            long next = Math.min(offset + length, (at / PIECE + 1) * PIECE);
            found.add(new NbdContext.Status(next - at, (int) (at / PIECE & 1)));
            at = next;
        }
        return found;
    }

    @BeforeEach
    void serve() throws Exception {
        served = Served.withContexts(dir, new NbdContext(BITMAP, ContextsTest::stripes), new NbdContext(DEPTH,
                (_, length, _) -> List.of(new NbdContext.Status(length, 7))));
        client = served.connect();
        client.greet();
    }

    @AfterEach
    void everythingIsGivenBack() throws Exception {
        client.close();
        served.awaitIdle();
        served.close();
    }

    /** The contexts that an option answers with. */
    private List<String> ask(int option, String... queries) throws Exception {
        ByteBuffer data = ByteBuffer.allocate(1000).putInt(4).put("disk".getBytes()).putInt(queries.length);
        for (String each : queries) {
            data.putInt(each.length()).put(each.getBytes(StandardCharsets.UTF_8));
        }
        client.send(Client.option(option, data.flip()));
        var contexts = new ArrayList<String>();
        Client.OptionReply reply;
        while ((reply = client.optionReply()).type() == NBD_REP_META_CONTEXT) {
            int id = reply.data().getInt();
            contexts.add(id + " " + reply.text());
        }
        assertEquals(NBD_REP_ACK, reply.type());
        return contexts;
    }

    private void negotiate(int headers, String... contexts) throws Exception {
        assertEquals(NBD_REP_ACK, client.ask(headers, "").type());
        ask(NBD_OPT_SET_META_CONTEXT, contexts);
        assertEquals(NBD_REP_INFO, client.ask(NBD_OPT_GO, Client.info("disk")).type());
        assertEquals(NBD_REP_ACK, client.optionReply().type());
    }

    /** The chunks that answer a BLOCK_STATUS: each a context, and the lengths and flags. */
    private List<List<Integer>> status(int flags, long offset, long length) throws Exception {
        client.ask(flags, NBD_CMD_BLOCK_STATUS, 9, offset, length);
        var chunks = new ArrayList<List<Integer>>();
        Client.Chunk chunk;
        do {
            chunk = client.chunk();
            assertEquals(9, chunk.cookie());
            assertEquals(NBD_REPLY_TYPE_BLOCK_STATUS, chunk.type());
            var words = new ArrayList<Integer>();
            while (chunk.payload().hasRemaining()) words.add(chunk.payload().getInt());
            chunks.add(words);
        } while ((chunk.flags() & NBD_REPLY_FLAG_DONE) == 0);
        return chunks;
    }

    @Test
    void listOfANamespaceAndOfAPartOfIt() throws Exception {
        assertEquals(NBD_REP_ACK, client.ask(NBD_OPT_STRUCTURED_REPLY, "").type());
        int list = NBD_OPT_LIST_META_CONTEXT;
        assertEquals(List.of("0 " + BASE, "0 " + BITMAP, "0 " + DEPTH), ask(list));
        assertEquals(List.of("0 " + BITMAP, "0 " + DEPTH), ask(list, "qemu:"));
        assertEquals(List.of("0 " + BITMAP), ask(list, "qemu:dirty-bitmap:"));
        assertEquals(List.of("0 " + DEPTH), ask(list, DEPTH));
        assertEquals(List.of("0 " + BASE, "0 " + BITMAP), ask(list, "qemu:dirty-bitmap:", "base:"));
        assertEquals(List.of(), ask(list, "qemu", "qemu:dirty-bitmap", "qemu:dirty-bitmap:c", "x:"));
    }

    /** A namespace sets nothing: its contexts are to be named. */
    @Test
    void setTakesNamesAlone() throws Exception {
        assertEquals(NBD_REP_ACK, client.ask(NBD_OPT_STRUCTURED_REPLY, "").type());
        int set = NBD_OPT_SET_META_CONTEXT;
        assertEquals(List.of(), ask(set, "qemu:", "qemu:dirty-bitmap:", "qemu:dirty-bitmap:c"));
        assertEquals(List.of("2 " + BITMAP), ask(set, BITMAP, BITMAP));
        assertEquals(List.of("1 " + BASE, "3 " + DEPTH), ask(set, DEPTH, BASE));
    }

    @Test
    void chunkForEachContextThatWasSet() throws Exception {
        negotiate(NBD_OPT_STRUCTURED_REPLY, DEPTH, BASE, BITMAP);
        assertEquals(List.of(List.of(1, 3 * PIECE, 0), List.of(2, PIECE, 0, PIECE, 1, PIECE, 0),
                List.of(3, 3 * PIECE, 7)), status(0, 0, 3 * PIECE));
        assertEquals(List.of(List.of(1, 2, 0), List.of(2, 1, 0, 1, 1), List.of(3, 2, 7)),
                status(0, PIECE - 1, 2));
        assertEquals(List.of(List.of(1, SIZE, 0), List.of(2, PIECE, 0), List.of(3, SIZE, 7)),
                status(NBD_CMD_FLAG_REQ_ONE, 0, SIZE));
    }

    @Test
    void contextsThatWereNotSetAreNotAnswered() throws Exception {
        negotiate(NBD_OPT_STRUCTURED_REPLY, BITMAP);
        assertEquals(List.of(List.of(2, PIECE, 1)), status(0, PIECE, PIECE));
    }

    private void sendPayload(int... contexts) throws Exception {
        int size = Long.BYTES + contexts.length * Integer.BYTES;
        ByteBuffer message = ByteBuffer.allocate(32 + size).putInt(NBD_EXTENDED_REQUEST_MAGIC)
                .putShort((short) NBD_CMD_FLAG_PAYLOAD_LEN).putShort((short) NBD_CMD_BLOCK_STATUS)
                .putLong(9).putLong(PIECE).putLong(size).putLong(2 * PIECE);
        for (int each : contexts) message.putInt(each);
        client.send(message.flip());
    }

    /** The header and what follows it of one chunk of an answer. */
    private ByteBuffer chunk(int flags, int type) throws Exception {
        ByteBuffer header = client.receive(32);
        assertEquals(NBD_EXTENDED_REPLY_MAGIC, header.getInt());
        assertEquals(flags << 16 | type, header.getInt());
        assertEquals(9, header.getLong());
        assertEquals(PIECE, header.getLong());
        return client.receive(Math.toIntExact(header.getLong()));
    }

    private static List<Long> words(ByteBuffer status) {
        var words = new ArrayList<>(List.of((long) status.getInt(), (long) status.getInt()));
        while (status.hasRemaining()) words.add(status.getLong());
        return words;
    }

    @Test
    void payloadSelectsTwoOfThree() throws Exception {
        negotiate(NBD_OPT_EXTENDED_HEADERS, BASE, BITMAP, DEPTH);
        sendPayload(3, 2);
        assertEquals(List.of(2L, 2L, (long) PIECE, 1L, (long) PIECE, 0L),
                words(chunk(0, NBD_REPLY_TYPE_BLOCK_STATUS_EXT)));
        assertEquals(List.of(3L, 1L, 2L * PIECE, 7L),
                words(chunk(NBD_REPLY_FLAG_DONE, NBD_REPLY_TYPE_BLOCK_STATUS_EXT)));
    }

    // One twice, one that was not set, others that there are not, more than were set.
    @ParameterizedTest
    @ValueSource(strings = {"2,2", "3", "2,3", "0", "4", "64", "66", "-1", "1,2,1"})
    void payloadThatSelectsWhatItMayNot(String contexts) throws Exception {
        negotiate(NBD_OPT_EXTENDED_HEADERS, BASE, BITMAP);
        sendPayload(List.of(contexts.split(",")).stream().mapToInt(Integer::parseInt).toArray());
        assertEquals(NBD_EINVAL, chunk(NBD_REPLY_FLAG_DONE, NBD_REPLY_TYPE_ERROR).getInt());
        sendPayload(2); // The connection lives, and no byte of it is lost.
        assertEquals(2, chunk(NBD_REPLY_FLAG_DONE, NBD_REPLY_TYPE_BLOCK_STATUS_EXT).getInt());
    }

    @Test
    void moreContextsThanAnExportMayHave() {
        var context = new NbdContext(DEPTH, ContextsTest::stripes);
        BlockDevice disk = served.device;
        assertThrows(IllegalArgumentException.class,
                () -> new NbdExport("x", "", disk, List.of(context, context)));
        assertThrows(IllegalArgumentException.class,
                () -> new NbdExport("x", "", disk, Collections.nCopies(62, context)));
        assertThrows(IllegalArgumentException.class, () -> new NbdContext(BASE, ContextsTest::stripes));
        assertThrows(IllegalArgumentException.class, () -> new NbdContext("qemu", ContextsTest::stripes));
    }
}
