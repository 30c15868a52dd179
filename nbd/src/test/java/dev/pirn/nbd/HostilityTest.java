package dev.pirn.nbd;

import static dev.pirn.nbd.Proto.*;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.pirn.aio.CoServerSocket;
import dev.pirn.aio.EventLoop;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Connections that break, drip and flood. After each the server has everything back, and serves the next. */
class HostilityTest {
    private static final int MIB = 1 << 20;
    private static final long BEYOND_THE_DISK = 1L << 32;
    private static final int FLOOD = Boolean.getBoolean("pirn.long") ? 20_000 : 2_000;

    @TempDir
    private Path dir;
    private Served served;
    private NbdServer overTcp;
    private SocketAddress tcp;

    @BeforeEach
    void serve() throws Exception {
        served = new Served(dir, Served.Setup.USUAL.handshakeNanos(TimeUnit.MILLISECONDS.toNanos(500)));
        overTcp = NbdServer.of(served.server.exports(), 0);
        tcp = served.ask(() -> {
            var listener = CoServerSocket.bind(new InetSocketAddress("127.0.0.1", 0));
            EventLoop.current().start("serve TCP", () -> overTcp.serve(listener));
            return listener.localAddress();
        });
    }

    @AfterEach
    void theNextIsServedAndEverythingIsGivenBack() throws Exception {
        try (Served ended = served) {
            assertNotNull(ended);
            served.await(() -> overTcp.clients() == 0 && overTcp.lentBuffers() == 0);
            served.awaitIdle();
            try (Client next = served.ready()) {
                assertArrayEquals(Arrays.copyOfRange(Served.content(200), 100, 200), next.read(100, 100));
            }
            served.ask(() -> {
                overTcp.shutdown();
                return null;
            });
        }
    }

    @Test
    void handshakeAndRequestsByteByByte() throws Exception {
        ByteBuffer all = ByteBuffer.allocate(300).putInt(3);
        all.put(Client.option(NBD_OPT_INFO, Client.info("disk", 1, 3)));
        all.put(Client.option(NBD_OPT_ABORT + 40, ByteBuffer.allocate(5)));
        all.put(Client.option(NBD_OPT_GO, Client.info("")));
        all.put(Client.request(0, NBD_CMD_WRITE, 1, 5000, 16)).put(new byte[16]).flip();
        try (Client client = Client.connect(tcp)) {
            client.channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
            drip(client, all);
            client.receive(18);
            for (int type = 0; type != NBD_OPT_GO; ) {
                Client.OptionReply reply = client.optionReply();
                if (reply.type() == NBD_REP_ACK) type = reply.option();
            }
            assertEquals(new Client.Reply(0, 1), client.reply());
            drip(client, Client.request(0, NBD_CMD_READ, 2, 4999, 18));
            assertEquals(new Client.Reply(0, 2), client.reply());
            byte[] expected = Arrays.copyOfRange(Served.content(6000), 4999, 5017);
            Arrays.fill(expected, 1, 17, (byte) 0);
            assertArrayEquals(expected, client.receive(18).array());
        }
    }

    private void drip(Client client, ByteBuffer all) throws Exception {
        while (all.hasRemaining()) {
            client.send(all.slice(all.position(), 1));
            all.position(all.position() + 1);
            if (all.position() % 16 == 0) served.ask(() -> null); // The loop has turned to it meanwhile.
        }
    }

    /** The time is that of the whole handshake: who says a little now and then has no more of it. */
    @Test
    void drippingDoesNotMakeTheHandshakeLonger() throws Exception {
        try (Client client = served.connect()) {
            client.greet();
            ByteBuffer option = Client.option(50, ByteBuffer.allocate(Limits.OPTION_SKIP_MAX));
            client.send(option.limit(Option.HEADER_SIZE));
            long start = System.nanoTime();
            assertThrows(IOException.class, () -> {
                for (int i = 0; i < Limits.OPTION_SKIP_MAX; i++) {
                    client.send(ByteBuffer.allocate(1));
                    served.ask(() -> null);
                }
            });
            assertTrue(System.nanoTime() - start > TimeUnit.MILLISECONDS.toNanos(400));
        }
    }

    @Test
    void resetWithinAWrite() throws Exception {
        Client client = Client.connect(tcp);
        client.negotiate();
        client.ask(0, NBD_CMD_WRITE, 1, 0, 500_000);
        client.send(ByteBuffer.allocate(100_000));
        served.await(() -> overTcp.lentBuffers() == 2);
        reset(client);
        served.await(() -> overTcp.clients() == 0);
        try (Client next = served.ready()) {
            assertArrayEquals(Served.content(MIB), next.read(0, MIB), "half a write is none");
        }
    }

    @Test
    void resetWithRepliesInFlight() throws Exception {
        Client client = Client.connect(tcp);
        client.negotiate();
        client.askReads(50, 0, MIB);
        served.await(() -> overTcp.lentBytes() > 10 * MIB);
        reset(client);
    }

    @Test
    void resetInTheHandshake() throws Exception {
        for (int i = 0; i < 50; i++) {
            Client client = Client.connect(tcp);
            if (i % 2 == 0) client.greet();
            reset(client);
        }
    }

    private static void reset(Client client) throws IOException {
        client.channel.setOption(StandardSocketOptions.SO_LINGER, 0);
        client.close();
    }

    @Test
    void closesItsSideWithinAWrite() throws Exception {
        try (Client client = served.ready()) {
            client.ask(0, NBD_CMD_READ, 7, 0, 1);
            client.ask(0, NBD_CMD_WRITE, 1, 0, 500_000);
            client.send(ByteBuffer.allocate(400_000));
            client.channel.shutdownOutput();
            assertEquals(new Client.Reply(0, 7), client.reply());
            client.receive(1);
            client.assertClosed();
            try (Client next = served.ready()) {
                assertArrayEquals(Served.content(MIB), next.read(0, MIB));
            }
        }
    }

    @Test
    void closesItsSideInTheHandshake() throws Exception {
        try (Client client = served.connect()) {
            client.greet();
            client.send(Client.option(NBD_OPT_INFO, Client.info("none")));
            client.channel.shutdownOutput();
            assertEquals(NBD_REP_ERR_UNKNOWN, client.optionReply().type());
            client.assertClosed();
        }
    }

    /** Reads nothing, and has said all that it wants to say: that it waits for replies is not known. */
    @Test
    void closesItsSideAndReadsNothing() throws Exception {
        try (Client client = served.ready()) {
            client.askReads(100, 0, MIB);
            client.channel.shutdownOutput();
            served.await(() -> served.server.lentBytes() > 10 * MIB);
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {0x7fff_ffffL, 0x8000_0000L, 0x8000_0001L, 0xffff_ffffL})
    void lengthsWhereTypesEnd(long length) throws Exception {
        try (Client client = served.ready()) {
            for (int type : new int[] {NBD_CMD_READ, NBD_CMD_TRIM, NBD_CMD_CACHE, NBD_CMD_BLOCK_STATUS}) {
                assertEquals(NBD_EINVAL, client.errorOf(0, type, 0, length), "type " + type);
            }
            assertEquals(NBD_ENOSPC, client.errorOf(0, NBD_CMD_WRITE_ZEROES, 0, length));
            client.ask(0, NBD_CMD_WRITE, 1, 0, length);
            client.assertClosed();
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {0x7fff_ffffL, 0x8000_0000L, BEYOND_THE_DISK - 1, BEYOND_THE_DISK, Long.MAX_VALUE,
        Long.MAX_VALUE - 511, Long.MIN_VALUE, -1, -512})
    void offsetsWhereTypesEnd(long offset) throws Exception {
        try (Client client = served.ready()) {
            for (int length : new int[] {0, 1, 512, MIB}) {
                for (int type : new int[] {NBD_CMD_READ, NBD_CMD_TRIM, NBD_CMD_CACHE}) {
                    assertEquals(NBD_EINVAL, client.errorOf(0, type, offset, length), type + ", " + length);
                }
                assertEquals(NBD_ENOSPC, client.errorOf(0, NBD_CMD_WRITE_ZEROES, offset, length));
                assertEquals(NBD_ENOSPC, client.write(0, offset, new byte[length]));
            }
        }
    }

    @Test
    void everyFlagOfEveryCommand() throws Exception {
        try (Client client = served.ready()) {
            for (int type = NBD_CMD_TRIM; type < 16; type++) {
                for (int bit = 0; bit < 16; bit++) {
                    int error = client.errorOf(1 << bit, type, type == NBD_CMD_FLUSH ? 0 : 8192,
                            type == NBD_CMD_FLUSH ? 0 : 512);
                    boolean known = 1 << bit == NBD_CMD_FLAG_FUA || type == NBD_CMD_WRITE_ZEROES
                            && (1 << bit == NBD_CMD_FLAG_NO_HOLE || 1 << bit == NBD_CMD_FLAG_FAST_ZERO);
                    if (!known) assertEquals(NBD_EINVAL, error, "command " + type + ", flag " + bit);
                }
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {NBD_OPT_LIST, NBD_OPT_INFO, NBD_OPT_GO, NBD_OPT_STRUCTURED_REPLY,
        NBD_OPT_LIST_META_CONTEXT, NBD_OPT_SET_META_CONTEXT})
    void bytesBehindWhatAnOptionHas(int option) throws Exception {
        try (Client client = served.connect()) {
            client.greet();
            if (option == NBD_OPT_LIST_META_CONTEXT || option == NBD_OPT_SET_META_CONTEXT) {
                assertEquals(NBD_REP_ACK, client.ask(NBD_OPT_STRUCTURED_REPLY, "").type());
            }
            for (int trailing : new int[] {1, 3, 1000}) {
                ByteBuffer data = switch (option) {
                    case NBD_OPT_INFO, NBD_OPT_GO -> Client.info("disk", 1);
                    case NBD_OPT_LIST_META_CONTEXT, NBD_OPT_SET_META_CONTEXT -> ByteBuffer.allocate(8);
                    default -> ByteBuffer.allocate(0);
                };
                ByteBuffer all = ByteBuffer.allocate(data.remaining() + trailing).put(data).rewind();
                assertEquals(NBD_REP_ERR_INVALID, client.ask(option, all).type(), trailing + " bytes");
            }
            assertEquals(NBD_REP_INFO, client.ask(NBD_OPT_GO, Client.info("disk")).type());
            assertEquals(NBD_REP_ACK, client.optionReply().type());
        }
    }

    /** Accepted, looked at and forgotten; and no descriptor of it stays. */
    @Test
    void thousandsConnectAndVanish() throws Exception {
        served.ready().close();
        served.awaitIdle();
        long before = descriptors();
        for (int i = 0; i < FLOOD; i++) {
            try (Client client = i % 2 == 0 ? served.connect() : Client.connect(tcp)) {
                if (i % 3 == 0) client.receive(18);
            }
        }
        served.await(() -> served.server.clients() == 0 && overTcp.clients() == 0);
        served.ask(() -> null); // Its selector has let go of the last.
        long after = descriptors();
        assertTrue(after <= before + 2, before + " descriptors before, " + after + " after");
    }

    private static long descriptors() throws IOException {
        Path open = Path.of("/proc/self/fd");
        if (!Files.isDirectory(open)) return 0;
        try (Stream<Path> all = Files.list(open)) {
            return all.count();
        }
    }
}
