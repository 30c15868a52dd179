package dev.pirn.nbd;

import static dev.pirn.nbd.Proto.*;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.pirn.block.Driver;
import dev.pirn.block.filter.FaultDriver;
import dev.pirn.block.filter.FaultSpec;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.function.UnaryOperator;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * A disk that fails, on purpose: each command once with each error, told as the text has it. The connection
 * lives, the next request succeeds, and everything lent comes back.
 */
class FaultyDiskTest {
    /** What the disk says, and what the client is told. */
    enum Error {
        EIO(NBD_EIO, "the disk failed; the server's log says how"),
        ENOSPC(NBD_ENOSPC, "no space is left below the disk"),
        EPERM(NBD_EPERM, "the disk does not permit it"),
        ENOMEM(NBD_ENOMEM, "the disk is out of memory"),
        EINVAL(NBD_EINVAL, "the disk does not take it"),
        ESHUTDOWN(NBD_ESHUTDOWN, "the disk shuts down");

        final int value;
        final String text;

        Error(int value, String text) {
            this.value = value;
            this.text = text;
        }

        /** Rules by which the first request of each kind fails so. */
        String once() {
            var rules = new ArrayList<String>();
            for (String each : List.of("read", "write", "zero", "discard", "flush", "extents", "prefetch")) {
                rules.add("error=" + this + ",nth=1,op=" + each);
            }
            return String.join(";", rules);
        }
    }

    private static final int OFFSET = 8192;
    private static final int LENGTH = 4096;

    @TempDir
    private Path dir;
    private Served served;
    private Client client;
    private FaultDriver faults;

    private void serve(String spec, UnaryOperator<Driver> below) throws Exception {
        served = new Served(dir, Served.Setup.USUAL, driver ->
                faults = FaultDriver.of("disk", below.apply(driver), FaultSpec.parse(spec)));
        client = served.connect();
    }

    private void serve(String spec) throws Exception {
        serve(spec, below -> below);
    }

    @AfterEach
    void everythingIsGivenBack() throws Exception {
        client.close();
        served.awaitIdle();
        served.close();
    }

    @ParameterizedTest
    @EnumSource
    void simpleRepliesOfEveryCommand(Error error) throws Exception {
        serve(error.once());
        client.negotiate();
        for (int type : new int[] {NBD_CMD_WRITE_ZEROES, NBD_CMD_TRIM, NBD_CMD_CACHE}) {
            assertEquals(error.value, client.errorOf(0, type, OFFSET, LENGTH), "command " + type);
            assertEquals(0, client.errorOf(0, type, OFFSET, LENGTH), "command " + type);
        }
        assertEquals(error.value, client.errorOf(0, NBD_CMD_FLUSH, 0, 0));
        assertEquals(0, client.errorOf(0, NBD_CMD_FLUSH, 0, 0));
        byte[] data = new byte[LENGTH];
        Arrays.fill(data, (byte) 9);
        assertEquals(error.value, client.write(0, OFFSET, data));
        assertEquals(0, client.write(0, OFFSET, data));
        // No payload behind the error: the next reply begins there.
        assertEquals(error.value, client.errorOf(0, NBD_CMD_READ, OFFSET, LENGTH));
        assertArrayEquals(data, client.read(OFFSET, LENGTH));
        assertEquals(6, faults.faults());
    }

    @ParameterizedTest
    @EnumSource
    void structuredRepliesOfEveryCommand(Error error) throws Exception {
        serve(error.once());
        negotiateWithContext();
        for (int type : new int[] {NBD_CMD_WRITE_ZEROES, NBD_CMD_TRIM, NBD_CMD_CACHE}) {
            assertError(error, type, client.chunkOf(0, type, OFFSET, LENGTH));
            assertEquals(NBD_REPLY_TYPE_NONE, client.chunkOf(0, type, OFFSET, LENGTH).type());
        }
        assertError(error, NBD_CMD_FLUSH, client.chunkOf(0, NBD_CMD_FLUSH, 0, 0));
        assertEquals(NBD_REPLY_TYPE_NONE, client.chunkOf(0, NBD_CMD_FLUSH, 0, 0).type());
        assertError(error, NBD_CMD_BLOCK_STATUS, client.chunkOf(0, NBD_CMD_BLOCK_STATUS, OFFSET, LENGTH));
        assertEquals(NBD_REPLY_TYPE_BLOCK_STATUS,
                client.chunkOf(0, NBD_CMD_BLOCK_STATUS, OFFSET, LENGTH).type());
        assertError(error, NBD_CMD_WRITE, write());
        assertEquals(NBD_REPLY_TYPE_NONE, write().type());
        assertError(error, NBD_CMD_READ, client.chunkOf(0, NBD_CMD_READ, OFFSET, LENGTH));
        Client.Chunk read = client.chunkOf(0, NBD_CMD_READ, OFFSET, LENGTH);
        assertEquals(NBD_REPLY_TYPE_OFFSET_DATA, read.type());
        assertEquals(Long.BYTES + LENGTH, read.payload().limit());
        assertEquals(7, faults.faults());
    }

    private void negotiateWithContext() throws Exception {
        client.greet();
        assertEquals(NBD_REP_ACK, client.ask(NBD_OPT_STRUCTURED_REPLY, "").type());
        byte[] context = "base:allocation".getBytes();
        ByteBuffer meta = ByteBuffer.allocate(12 + context.length).putInt(0).putInt(1).putInt(context.length)
                .put(context).flip();
        assertEquals(NBD_REP_META_CONTEXT, client.ask(NBD_OPT_SET_META_CONTEXT, meta).type());
        assertEquals(NBD_REP_ACK, client.optionReply().type());
        assertEquals(NBD_REP_INFO, client.ask(NBD_OPT_GO, Client.info("")).type());
        assertEquals(NBD_REP_ACK, client.optionReply().type());
    }

    private Client.Chunk write() throws Exception {
        client.send(Client.request(0, NBD_CMD_WRITE, 77, OFFSET, LENGTH));
        client.send(ByteBuffer.allocate(LENGTH));
        return client.chunk();
    }

    /** The whole reply is one chunk, and says which request. */
    private static void assertError(Error error, int type, Client.Chunk chunk) {
        String what = "command " + type;
        assertEquals(NBD_REPLY_TYPE_ERROR, chunk.type(), what);
        assertEquals(NBD_REPLY_FLAG_DONE, chunk.flags(), what);
        assertEquals(error.value, chunk.error(), what);
        assertTrue(chunk.message().endsWith(": " + error.text), chunk.message());
        assertTrue(chunk.message().startsWith("NBD_CMD_"), chunk.message());
    }

    /** Data, a hole, and data that fails: nothing of the first part is sent. */
    @Test
    void readThatFailsBehindAHole() throws Exception {
        serve("error=EIO,op=read,nth=2", HoleyDriver::new);
        client.negotiateStructured();
        assertError(Error.EIO, NBD_CMD_READ, client.chunkOf(0, NBD_CMD_READ, 0, 3 * HoleyDriver.PART));
        client.ask(0, NBD_CMD_READ, 5, 0, 3 * HoleyDriver.PART);
        assertEquals(NBD_REPLY_TYPE_OFFSET_DATA, client.chunk().type());
        assertEquals(NBD_REPLY_TYPE_OFFSET_HOLE, client.chunk().type());
        Client.Chunk last = client.chunk();
        assertEquals(NBD_REPLY_FLAG_DONE, last.flags());
        assertEquals(ByteBuffer.wrap(Served.content(1 << 20), 2 * HoleyDriver.PART, HoleyDriver.PART),
                last.payload().slice(8, HoleyDriver.PART));
    }

    @Test
    void readWhoseHolesCannotBeFound() throws Exception {
        serve("error=EIO,op=extents,nth=1", HoleyDriver::new);
        client.negotiateStructured();
        assertError(Error.EIO, NBD_CMD_READ, client.chunkOf(0, NBD_CMD_READ, 0, 3 * HoleyDriver.PART));
        assertEquals(NBD_REPLY_TYPE_OFFSET_DATA, client.chunkOf(0, NBD_CMD_READ, 0, 512).type());
    }

    @Test
    void shortWriteHasWrittenItsFirstHalfAndFailed() throws Exception {
        serve("short=ENOSPC,op=write");
        client.negotiate();
        byte[] data = new byte[LENGTH];
        assertEquals(NBD_ENOSPC, client.write(0, OFFSET, data));
        byte[] expected = Arrays.copyOfRange(Served.content(1 << 20), OFFSET, OFFSET + LENGTH);
        Arrays.fill(expected, 0, LENGTH / 2, (byte) 0);
        assertArrayEquals(expected, client.read(OFFSET, LENGTH));
    }

    /** TRIM has no FUA of its own below. */
    @Test
    void trimWhoseFlushFails() throws Exception {
        serve("error=EIO,op=flush,nth=1");
        client.negotiate();
        assertEquals(NBD_EIO, client.errorOf(NBD_CMD_FLAG_FUA, NBD_CMD_TRIM, OFFSET, LENGTH));
        assertEquals(0, client.errorOf(NBD_CMD_FLAG_FUA, NBD_CMD_TRIM, OFFSET, LENGTH));
    }

    /** Whoever ends the server learns that what clients wrote may not be there. */
    @Test
    void lastFlushThatFails() throws Exception {
        serve("error=EIO,op=flush");
        client.negotiate();
        assertEquals(0, client.write(0, OFFSET, new byte[LENGTH]));
        var e = assertThrows(ExecutionException.class, () -> served.shutdown().get());
        assertEquals("disk: flush failed on purpose: EIO, by error=EIO,op=flush", e.getCause().getMessage());
        assertTrue(e.getCause() instanceof IOException, e::toString);
    }

    @Test
    void requestsOvertakeOneThatIsDelayed() throws Exception {
        serve("delay=3600s,op=read,nth=1");
        client.negotiate();
        client.ask(0, NBD_CMD_READ, 1, 0, 512);
        client.ask(0, NBD_CMD_READ, 2, 512, 512);
        assertEquals(new Client.Reply(0, 2), client.reply());
        client.receive(512);
        assertEquals(0, client.errorOf(0, NBD_CMD_FLUSH, 0, 0));
        faults.endDelays();
        assertEquals(new Client.Reply(0, 1), client.reply());
        client.receive(512);
    }

    @Test
    void clientThatLeavesWhileItsRequestIsDelayed() throws Exception {
        serve("delay=3600s,op=write");
        client.negotiate();
        client.ask(0, NBD_CMD_WRITE, 1, 0, 512);
        client.send(ByteBuffer.allocate(512));
        served.await(() -> faults.faults() == 1);
        client.close();
        try (Client other = served.ready()) {
            assertEquals(0, other.errorOf(0, NBD_CMD_FLUSH, 0, 0));
        }
        faults.endDelays();
    }

    @Test
    void theFlightRecorderHasTheError() throws Exception {
        Path file = dir.resolve("faults.jfr");
        try (var recording = new Recording()) {
            recording.enable("dev.pirn.nbd.Request");
            recording.start();
            serve("error=ENOSPC,op=write;error=EPERM,op=flush,nth=1");
            client.negotiate();
            assertEquals(NBD_ENOSPC, client.write(0, OFFSET, new byte[512]));
            assertEquals(NBD_EPERM, client.errorOf(0, NBD_CMD_FLUSH, 0, 0));
            assertEquals(512, client.read(0, 512).length);
            client.close();
            served.awaitIdle();
            recording.stop();
            recording.dump(file);
        }
        List<String> seen = RecordingFile.readAllEvents(file).stream()
                .filter(each -> each.getEventType().getName().equals("dev.pirn.nbd.Request"))
                .map(each -> each.getString("type") + " " + each.getInt("error")).sorted().toList();
        assertEquals(List.of("NBD_CMD_FLUSH 1", "NBD_CMD_READ 0", "NBD_CMD_WRITE 28"), seen);
    }
}
