package dev.pirn.nbd;

import static dev.pirn.nbd.Proto.*;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A server of the exports disk, the default, and a and b. */
class SeveralExportsTest {
    @TempDir
    private Path dir;
    private Served served;
    private Client client;

    @BeforeEach
    void serve() throws Exception {
        served = new Served(dir, Served.Setup.USUAL, "a", "b");
        client = served.connect();
    }

    @AfterEach
    void everythingIsGivenBack() throws Exception {
        client.close();
        served.awaitIdle();
        served.close();
    }

    private static ByteBuffer allocationOf(String export) {
        byte[] query = BASE_ALLOCATION.getBytes(StandardCharsets.UTF_8);
        return ByteBuffer.allocate(100).putInt(export.length())
                .put(export.getBytes(StandardCharsets.UTF_8)).putInt(1).putInt(query.length).put(query)
                .flip();
    }

    private long go(String name) throws Exception {
        ByteBuffer export = client.ask(NBD_OPT_GO, Client.info(name)).data();
        assertEquals(NBD_REP_ACK, client.optionReply().type());
        return export.getLong(2);
    }

    @Test
    void allAreListed() throws Exception {
        client.greet();
        client.send(Client.option(NBD_OPT_LIST, ByteBuffer.allocate(0)));
        var trace = new ArrayList<String>();
        Client.OptionReply reply;
        while ((reply = client.optionReply()).type() == NBD_REP_SERVER) {
            reply.data().getInt();
            trace.add(reply.text());
        }
        assertEquals(List.of("diska description", "aof a", "bof b"), trace);
        assertEquals(NBD_REP_ACK, reply.type());
    }

    @Test
    void eachHasItsOwnDisk() throws Exception {
        for (String name : List.of("a", "b")) {
            try (Client each = served.connect()) {
                each.greet();
                each.send(Client.option(NBD_OPT_EXPORT_NAME, StandardCharsets.UTF_8.encode(name)));
                assertEquals(4096, each.receive(10).getLong());
                assertArrayEquals(name.getBytes(StandardCharsets.UTF_8), each.read(0, 1));
                assertEquals(NBD_EINVAL, each.errorOf(0, NBD_CMD_READ, 4096, 1));
            }
        }
    }

    @Test
    void firstIsTheDefault() throws Exception {
        client.greet();
        assertEquals(1 << 20, go(""));
    }

    @Test
    void nameThatNobodyHas() throws Exception {
        client.greet();
        assertEquals(NBD_REP_ERR_UNKNOWN, client.ask(NBD_OPT_GO, Client.info("c")).type());
        assertEquals(4096, go("b"));
    }

    @Test
    void contextsAreOfTheExportThatTheyWereSetFor() throws Exception {
        client.greet();
        assertEquals(NBD_REP_ACK, client.ask(NBD_OPT_STRUCTURED_REPLY, "").type());
        assertEquals(NBD_REP_META_CONTEXT, client.ask(NBD_OPT_SET_META_CONTEXT, allocationOf("a")).type());
        assertEquals(NBD_REP_ACK, client.optionReply().type());
        go("b");
        assertEquals(NBD_EINVAL, client.chunkOf(0, NBD_CMD_BLOCK_STATUS, 0, 1).error());
    }

    @Test
    void twoOfOneNameAreRefused() {
        NbdExport export = served.server.exports().getFirst();
        var e = assertThrows(IllegalArgumentException.class, () -> NbdServer.of(List.of(export, export), 0));
        assertEquals("two exports are called \"disk\": " + export.device() + " is the second",
                e.getMessage());
        e = assertThrows(IllegalArgumentException.class, () -> NbdServer.of(List.of(), 0));
        assertEquals("an NBD server of 0 exports, not 1 to 1000", e.getMessage());
    }
}
