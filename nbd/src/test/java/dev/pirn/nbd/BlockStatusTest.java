package dev.pirn.nbd;

import static dev.pirn.nbd.Proto.*;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Metadata contexts, BLOCK_STATUS, and READs that find holes. The disk:
 * <pre>
 *   0     1M           3M     4M       4M + 5
 *   │ data │ hole       │ data │ hole  │
 * </pre>
 */
class BlockStatusTest {
    private static final String NATIVE = "native"; // Run only with native access, by pom.xml.
    private static final int M = 1 << 20;
    private static final int SIZE = 4 * M + 5;
    private static final int HOLE = NBD_STATE_HOLE | NBD_STATE_ZERO;
    private static final List<Integer> LAYOUT = List.of(M, 0, 2 * M, HOLE, M, 0, 5, HOLE);

    @TempDir
    private Path dir;
    private Served served;
    private Client client;

    @BeforeEach
    void serveSparseDisk() throws Exception {
        served = new Served(dir, Served.Setup.USUAL.size(SIZE));
        try (var file = new RandomAccessFile(served.image.toFile(), "rw")) {
            byte[] content = Served.content(4 * M);
            file.setLength(0);
            file.write(content, 0, M);
            file.seek(3 * M);
            file.write(content, 3 * M, M);
            file.setLength(SIZE);
        }
        client = served.connect();
    }

    @AfterEach
    void everythingIsGivenBack() throws Exception {
        client.close();
        served.awaitIdle();
        served.close();
    }

    private void greetStructured() throws Exception {
        client.greet();
        assertEquals(NBD_REP_ACK, client.ask(NBD_OPT_STRUCTURED_REPLY, "").type());
    }

    private void go(String name) throws Exception {
        assertEquals(NBD_REP_INFO, client.ask(NBD_OPT_GO, Client.info(name)).type());
        assertEquals(NBD_REP_ACK, client.optionReply().type());
    }

    private void negotiate() throws Exception {
        greetStructured();
        ask(NBD_OPT_SET_META_CONTEXT, "disk", "base:allocation");
        go("disk");
    }

    private static ByteBuffer meta(String export, String... queries) {
        ByteBuffer data = ByteBuffer.allocate(20_000);
        data.putInt(export.length()).put(export.getBytes(StandardCharsets.UTF_8)).putInt(queries.length);
        for (String each : queries) data.putInt(each.length()).put(each.getBytes(StandardCharsets.UTF_8));
        return data.flip();
    }

    /** Asks; returns the contexts' numbers and names. */
    private List<String> ask(int option, String export, String... queries) throws Exception {
        client.send(Client.option(option, meta(export, queries)));
        var contexts = new ArrayList<String>();
        Client.OptionReply reply;
        while ((reply = client.optionReply()).type() == NBD_REP_META_CONTEXT) {
            int id = reply.data().getInt();
            contexts.add(id + " " + reply.text());
        }
        assertEquals(NBD_REP_ACK, reply.type());
        assertEquals(0, reply.data().remaining());
        return contexts;
    }

    private static List<String> contexts(int option, String... names) {
        return Arrays.stream(names).map(each -> (option == NBD_OPT_SET_META_CONTEXT ? 1 : 0) + " " + each)
                .toList();
    }

    private static void assertRefused(int error, Client.OptionReply reply) {
        assertEquals(Integer.toHexString(error), Integer.toHexString(reply.type()));
        assertTrue(!reply.text().isEmpty());
    }

    /** The lengths and flags of an answer. */
    private List<Integer> status(int flags, long offset, long length) throws Exception {
        Client.Chunk chunk = client.chunkOf(flags, NBD_CMD_BLOCK_STATUS, offset, length);
        assertEquals(NBD_REPLY_TYPE_BLOCK_STATUS, chunk.type());
        assertEquals(BASE_ALLOCATION_ID, chunk.payload().getInt());
        var words = new ArrayList<Integer>();
        while (chunk.payload().hasRemaining()) words.add(chunk.payload().getInt());
        return words;
    }

    private void assumeHoles() throws Exception {
        assumeTrue(status(0, 0, SIZE).size() > 2, "a file system without holes");
    }

    /** One line for each chunk that answers a READ; checks the data. */
    private List<String> read(int flags, int offset, int length) throws Exception {
        client.ask(flags, NBD_CMD_READ, 5, offset, length);
        var trace = new ArrayList<String>();
        byte[] expected = Served.content(SIZE);
        Client.Chunk chunk;
        do {
            chunk = client.chunk();
            assertEquals(5, chunk.cookie());
            if (chunk.type() == NBD_REPLY_TYPE_NONE) continue; // The end of what came from the page cache.
            int at = (int) chunk.payload().getLong();
            if (chunk.type() == NBD_REPLY_TYPE_OFFSET_HOLE) {
                trace.add("hole " + at + " +" + chunk.payload().getInt());
                assertEquals(0, chunk.payload().remaining());
                continue;
            }
            assertEquals(NBD_REPLY_TYPE_OFFSET_DATA, chunk.type());
            trace.add("data " + at + " +" + chunk.payload().remaining());
            for (int i = at; chunk.payload().hasRemaining(); i++) {
                byte want = i < M || i >= 3 * M && i < 4 * M ? expected[i] : 0;
                assertEquals(want, chunk.payload().get(), () -> "of " + trace);
            }
        } while ((chunk.flags() & NBD_REPLY_FLAG_DONE) == 0);
        return trace;
    }

    @Test
    @Tag(NATIVE)
    void layoutOfASparseDisk() throws Exception {
        negotiate();
        assumeHoles();
        assertEquals(LAYOUT, status(0, 0, SIZE));
        assertEquals(List.of(1, 0, 1, HOLE), status(0, M - 1, 2));
        assertEquals(List.of(2 * M - 7, HOLE, 1, 0), status(0, M + 7, 2 * M - 6));
        assertEquals(List.of(1, HOLE), status(NBD_CMD_FLAG_FUA, SIZE - 1, 1));
    }

    @Test
    @Tag(NATIVE)
    void oneExtentAsked() throws Exception {
        negotiate();
        assumeHoles();
        assertEquals(List.of(M, 0), status(NBD_CMD_FLAG_REQ_ONE, 0, SIZE));
        assertEquals(List.of(2 * M, HOLE), status(NBD_CMD_FLAG_REQ_ONE, M, SIZE - M));
    }

    @Test
    @Tag(NATIVE)
    void writesAndTrimsAreSeen() throws Exception {
        negotiate();
        assumeHoles();
        client.chunkOf(0, NBD_CMD_TRIM, 0, M);
        client.ask(0, NBD_CMD_WRITE, 1, 2 * M, M);
        client.send(ByteBuffer.allocate(M));
        client.chunk();
        assertEquals(List.of(2 * M, HOLE, 2 * M, 0, 5, HOLE), status(0, 0, SIZE));
    }

    /** Natively by the system; else it would be written, and is refused. */
    @Test
    void fastZeroesWriteNothing() throws Exception {
        negotiate();
        boolean fast = status(0, 0, SIZE).size() > 2;
        Client.Chunk chunk = client.chunkOf(NBD_CMD_FLAG_FAST_ZERO, NBD_CMD_WRITE_ZEROES, 0, M);
        if (fast) {
            assertEquals(NBD_REPLY_TYPE_NONE, chunk.type());
            assertEquals(List.of(3 * M, HOLE, M, 0, 5, HOLE), status(0, 0, SIZE));
            return;
        }
        assertEquals(NBD_ENOTSUP, chunk.error());
        assertEquals("NBD_CMD_WRITE_ZEROES of [0, +1048576): zeroing is no faster than writing here",
                chunk.message());
        assertEquals(List.of("data 0 +" + M), read(0, 0, M));
    }

    @Test
    void fastIsOfZeroesAlone() throws Exception {
        negotiate();
        assertEquals(NBD_EINVAL, client.chunkOf(NBD_CMD_FLAG_FAST_ZERO, NBD_CMD_TRIM, 0, 1).error());
    }

    @Test
    void rangeThatHasNoStatus() throws Exception {
        negotiate();
        for (long[] range : new long[][] {{0, 0}, {SIZE, 1}, {SIZE - 1, 2}, {-1, 1}}) {
            Client.Chunk chunk = client.chunkOf(0, NBD_CMD_BLOCK_STATUS, range[0], range[1]);
            assertEquals(NBD_EINVAL, chunk.error());
        }
        assertEquals(NBD_EINVAL, client.chunkOf(NBD_CMD_FLAG_DF, NBD_CMD_BLOCK_STATUS, 0, 1).error());
        assertEquals(NBD_EINVAL, client.chunkOf(NBD_CMD_FLAG_REQ_ONE, NBD_CMD_READ, 0, 1).error());
    }

    @Test
    @Tag(NATIVE)
    void readsHaveHoles() throws Exception {
        negotiate();
        assumeHoles();
        assertEquals(List.of("data 0 +" + M, "hole " + M + " +" + 2 * M, "data " + 3 * M + " +" + M),
                read(0, 0, 4 * M));
        assertEquals(List.of("hole " + (M + 1) + " +" + (M + 5)), read(0, M + 1, M + 5));
        assertEquals(List.of("hole " + 2 * M + " +" + M, "data " + 3 * M + " +" + 70_000),
                read(0, 2 * M, M + 70_000));
        // A hole that is shorter than a page is data, and so is a short READ.
        assertEquals(List.of("data " + 3 * M + " +" + (M + 5)), read(0, 3 * M, M + 5));
        assertEquals(List.of("data " + (M - 1000) + " +65000"), read(0, M - 1000, 65_000));
        assertEquals(List.of("data " + (M - 1000) + " +" + (M + 1000)),
                read(NBD_CMD_FLAG_DF, M - 1000, M + 1000));
    }

    @Test
    @Tag(NATIVE)
    void whatWasDataAndIsAHoleNowReadsAsZeroes() throws Exception {
        negotiate();
        assumeHoles();
        assertEquals(List.of("data 0 +" + M), read(0, 0, M));
        client.chunkOf(0, NBD_CMD_WRITE_ZEROES, 0, M);
        client.ask(0, NBD_CMD_READ, 7, 0, M);
        Client.Chunk chunk = client.chunk();
        assertEquals(NBD_REPLY_FLAG_DONE, chunk.flags());
        byte[] data = new byte[M];
        chunk.payload().position(8).get(data);
        assertEquals(-1, Arrays.mismatch(new byte[M], data));
    }

    @ParameterizedTest
    @ValueSource(ints = {NBD_OPT_LIST_META_CONTEXT, NBD_OPT_SET_META_CONTEXT})
    void contextsThatThereAre(int option) throws Exception {
        boolean list = option == NBD_OPT_LIST_META_CONTEXT;
        client.greet();
        assertRefused(NBD_REP_ERR_INVALID, client.ask(option, meta("disk", "base:allocation")));
        assertEquals(NBD_REP_ACK, client.ask(NBD_OPT_STRUCTURED_REPLY, "").type());
        List<String> ours = contexts(option, "base:allocation");
        for (String export : List.of("", "disk")) {
            assertEquals(list ? ours : List.of(), ask(option, export));
            assertEquals(list ? ours : List.of(), ask(option, export, "base:"));
            assertEquals(ours, ask(option, export, "base:allocation"));
            assertEquals(ours, ask(option, export, "x-what:ever", "base:allocation", "base:allocation"));
            assertEquals(List.of(), ask(option, export, "x-what:ever", "base", "base:allocations", ""));
        }
        assertRefused(NBD_REP_ERR_UNKNOWN, client.ask(option, meta("other", "base:allocation")));
        assertRefused(NBD_REP_ERR_TOO_BIG, client.ask(option, meta("disk", "x".repeat(9000))));
    }

    @Test
    void lastSetOfContextsCounts() throws Exception {
        greetStructured();
        ask(NBD_OPT_SET_META_CONTEXT, "disk", "base:allocation");
        ask(NBD_OPT_LIST_META_CONTEXT, "disk", "x:");
        ask(NBD_OPT_SET_META_CONTEXT, "disk", "x:y");
        go("disk");
        assertEquals(NBD_EINVAL, client.chunkOf(0, NBD_CMD_BLOCK_STATUS, 0, 1).error());
    }

    @Test
    void refusedSetLeavesNoContext() throws Exception {
        greetStructured();
        ask(NBD_OPT_SET_META_CONTEXT, "disk", "base:allocation");
        assertRefused(NBD_REP_ERR_UNKNOWN,
                client.ask(NBD_OPT_SET_META_CONTEXT, meta("other", "base:allocation")));
        go("");
        assertEquals(NBD_EINVAL, client.chunkOf(0, NBD_CMD_BLOCK_STATUS, 0, 1).error());
    }

    @ParameterizedTest
    @ValueSource(ints = {NBD_OPT_LIST_META_CONTEXT, NBD_OPT_SET_META_CONTEXT})
    void malformedMetadataQueries(int option) throws Exception {
        greetStructured();
        for (String data : List.of("", "\0\0\0\0\0\0\0", "\0\0\0\5disk\0\0\0\0", "\177\0\0\0disk\0\0\0\0",
                "\0\0\0\4disk\0\0\0\1", "\0\0\0\4disk\0\0\0\1\0\0\0\2x", "\0\0\0\4disk\0\0\0\0x",
                "\0\0\0\4disk\177\0\0\0\0\0\0\1x", "\0\0\0\4di\0k\0\0\0\0", "\0\0\0\0\0\0\0\1\0\0\0\3x:\0")) {
            assertRefused(NBD_REP_ERR_INVALID, client.ask(option, data));
        }
        assertRefused(NBD_REP_ERR_INVALID, client.ask(option, "\0\0\0\0\177\177\177\177"));
        assertRefused(NBD_REP_ERR_INVALID, client.ask(option, meta("disk", "x".repeat(4097))));
        assertEquals(contexts(option, "base:allocation"), ask(option, "disk", "base:allocation"));
    }
}
