package dev.pirn.nbd;

import static dev.pirn.nbd.Proto.*;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TransmissionTest {
    private static final int MIB = 1 << 20;
    private static final int SIZE = MIB + 5;
    private static final int READ = NBD_CMD_READ;
    private static final int WRITE = NBD_CMD_WRITE;
    private static final int TRIM = NBD_CMD_TRIM;
    private static final int CACHE = NBD_CMD_CACHE;
    private static final int ZEROES = NBD_CMD_WRITE_ZEROES;
    private static final int FLUSH = NBD_CMD_FLUSH;
    private static final int FUA = NBD_CMD_FLAG_FUA;
    private static final int NO_HOLE = NBD_CMD_FLAG_NO_HOLE;

    @TempDir
    private Path dir;
    private Served served;
    private Client client;
    private byte[] content;

    private int serve(Served.Setup setup) throws Exception {
        served = new Served(dir, setup);
        content = Served.content(setup.size());
        client = served.connect();
        return client.negotiate();
    }

    private void serve() throws Exception {
        serve(Served.Setup.USUAL.size(SIZE));
    }

    @AfterEach
    void everythingIsGivenBack() throws Exception {
        client.close();
        served.awaitIdle();
        served.close();
    }

    private void assertAlive() throws Exception {
        assertArrayEquals(Arrays.copyOfRange(content, 100, 200), client.read(100, 100));
    }

    @Test
    void whatIsWrittenIsRead() throws Exception {
        serve();
        assertArrayEquals(content, client.read(0, SIZE));
        for (int flags : new int[] {0, FUA}) {
            byte[] data = new byte[70_001];
            Arrays.fill(data, (byte) (9 + flags));
            assertEquals(0, client.write(flags, SIZE - 70_001, data));
            System.arraycopy(data, 0, content, SIZE - 70_001, 70_001);
            assertArrayEquals(content, client.read(0, SIZE));
        }
        assertEquals(0, client.errorOf(0, FLUSH, 0, 0));
        assertArrayEquals(content, Files.readAllBytes(served.image));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, FUA, NO_HOLE, FUA | NO_HOLE})
    void zeroes(int flags) throws Exception {
        serve();
        assertEquals(0, client.errorOf(flags, ZEROES, 1, SIZE - 2));
        Arrays.fill(content, 1, SIZE - 1, (byte) 0);
        assertArrayEquals(content, client.read(0, SIZE));
    }

    @Test
    void fuaIsValidOnAllCommands() throws Exception {
        serve();
        assertEquals(0, client.errorOf(FUA, TRIM, 0, 0));
        assertEquals(0, client.errorOf(FUA, TRIM, SIZE - 1, 1));
        assertEquals(0, client.errorOf(FUA, CACHE, 0, SIZE));
        assertEquals(0, client.errorOf(FUA, FLUSH, 0, 0));
        assertEquals(0, client.errorOf(FUA, READ, 7, 1));
        assertEquals(content[7], client.receive(1).get());
    }

    @Test
    void rangeOutsideTheDisk() throws Exception {
        serve();
        long[][] outside = {{SIZE, 1}, {SIZE - 1, 2}, {0, SIZE + 1}, {-1, 1}, {-1, 0}, {SIZE + 1, 0},
            {Long.MAX_VALUE, 0xffffffffL}, {Long.MIN_VALUE, 16}};
        for (long[] range : outside) {
            assertEquals(NBD_EINVAL, client.errorOf(0, READ, range[0], range[1]));
            assertEquals(NBD_EINVAL, client.errorOf(0, TRIM, range[0], range[1]));
            assertEquals(NBD_EINVAL, client.errorOf(0, CACHE, range[0], range[1]));
            assertEquals(NBD_ENOSPC, client.errorOf(0, ZEROES, range[0], range[1]));
        }
        assertEquals(NBD_ENOSPC, client.write(0, SIZE - 1, new byte[2]));
        assertEquals(NBD_ENOSPC, client.write(0, -1, new byte[1000]));
        assertAlive();
        assertArrayEquals(content, Files.readAllBytes(served.image));
    }

    @Test
    void lengthZero() throws Exception {
        serve();
        for (long offset : new long[] {0, 5, SIZE}) {
            assertEquals(0, client.read(offset, 0).length);
            assertEquals(0, client.write(0, offset, new byte[0]));
            for (int type : new int[] {TRIM, CACHE, ZEROES}) {
                assertEquals(0, client.errorOf(0, type, offset, 0));
            }
        }
        assertAlive();
    }

    @Test
    void longestPayload() throws Exception {
        serve(Served.Setup.USUAL.size(32 * MIB));
        assertArrayEquals(content, client.read(0, 32 * MIB));
        Arrays.fill(content, (byte) 3);
        assertEquals(0, client.write(0, 0, content));
        assertArrayEquals(content, client.read(0, 32 * MIB));
    }

    @Test
    void payloadThatIsTooLong() throws Exception {
        serve(Served.Setup.USUAL.size(33 * MIB));
        assertEquals(NBD_EINVAL, client.errorOf(0, READ, 0, 32 * MIB + 1));
        assertEquals(NBD_EINVAL, client.errorOf(0, READ, 0, 0xffffffffL));
        assertEquals(NBD_EINVAL, client.write(0, 0, new byte[32 * MIB + 1]));
        assertEquals(NBD_EINVAL, client.write(0, 0, new byte[Limits.DRAIN_SIZE_MAX]));
        assertAlive();
    }

    @Test
    void payloadTooLongToBeRefused() throws Exception {
        serve();
        try (Client other = served.ready()) {
            client.ask(0, WRITE, 1, 0, Limits.DRAIN_SIZE_MAX + 1);
            client.assertClosed();
            assertEquals(content[9], other.read(9, 1)[0]);
        }
    }

    @Test
    void commandThatIsUnknown() throws Exception {
        serve();
        for (int type : new int[] {7, 8, 9, 255, 65535}) {
            assertEquals(NBD_EINVAL, client.errorOf(0, type, 0, 1));
        }
        assertAlive();
    }

    @Test
    void flagThatIsUnknown() throws Exception {
        serve();
        int unknown = 32;
        assertEquals(NBD_EINVAL, client.errorOf(unknown, ZEROES, 0, 1));
        assertEquals(NBD_EINVAL, client.errorOf(NO_HOLE, READ, 0, 1));
        assertEquals(NBD_EINVAL, client.errorOf(NO_HOLE, TRIM, 0, 1));
        assertEquals(NBD_EINVAL, client.errorOf(4, READ, 0, 1));
        assertEquals(NBD_EINVAL, client.errorOf(0x8000, FLUSH, 0, 0));
        assertEquals(NBD_EINVAL, client.write(NO_HOLE, 0, new byte[500_000]));
        assertAlive();
        assertArrayEquals(content, Files.readAllBytes(served.image));
    }

    @Test
    void flushOfARange() throws Exception {
        serve();
        assertEquals(NBD_EINVAL, client.errorOf(0, FLUSH, 0, 1));
        assertEquals(NBD_EINVAL, client.errorOf(0, FLUSH, 1, 0));
        assertAlive();
    }

    @Test
    void readOnlyExport() throws Exception {
        int flags = serve(Served.Setup.USUAL.asReadOnly());
        assertEquals(NBD_FLAG_HAS_FLAGS | NBD_FLAG_READ_ONLY | NBD_FLAG_SEND_FLUSH
                | NBD_FLAG_SEND_FUA | NBD_FLAG_CAN_MULTI_CONN | NBD_FLAG_SEND_CACHE, flags);
        assertEquals(NBD_EPERM, client.write(0, 0, new byte[100_000]));
        assertEquals(NBD_EPERM, client.write(FUA, 0, new byte[0]));
        assertEquals(NBD_EPERM, client.errorOf(0, ZEROES, 0, 1));
        assertEquals(NBD_EPERM, client.errorOf(0, TRIM, 0, 1));
        assertEquals(0, client.errorOf(0, FLUSH, 0, 0));
        assertEquals(0, client.errorOf(0, CACHE, 0, 1));
        assertAlive();
    }

    @Test
    void wrongMagicEndsThatConnectionAlone() throws Exception {
        serve();
        try (Client other = served.ready()) {
            client.send(ByteBuffer.allocate(Request.SIZE).putInt(NBD_SIMPLE_REPLY_MAGIC).rewind());
            client.assertClosed();
            assertEquals(content[9], other.read(9, 1)[0]);
        }
    }

    @Test
    void imageTruncatedBelowUs() throws Exception {
        serve();
        try (var file = new RandomAccessFile(served.image.toFile(), "rw")) {
            file.setLength(1000);
        }
        assertEquals(NBD_EIO, client.errorOf(0, READ, 900, 101));
        assertEquals(NBD_EIO, client.write(0, 5000, new byte[8192]));
        assertEquals(NBD_EIO, client.errorOf(0, ZEROES, 0, SIZE));
        assertEquals(1000, Files.size(served.image));
        assertAlive();
    }

    @Test
    void bugOfOursIsAnsweredWithEio() throws Exception {
        serve();
        assertAlive();
        served.pool.close(); // Whatever asks it for work gets an IllegalStateException.
        assertEquals(NBD_EIO, client.errorOf(0, READ, 0, 1));
        assertEquals(NBD_EIO, client.write(0, 0, new byte[10]));
        assertEquals(NBD_EINVAL, client.errorOf(0, READ, SIZE, 1));
        client.close();
        served.awaitIdle();
        assertThrows(AssertionError.class, served::stop); // Nor can it be flushed.
    }

    @Test
    void repliesInTheOrderTheyAreDone() throws Exception {
        serve(Served.Setup.USUAL.oneThread());
        var held = served.holdDisk();
        // A write and then a flush, which is queued behind the reads.
        client.ask(FUA, WRITE, 1000, MIB - 10, 10);
        client.send(ByteBuffer.allocate(10));
        client.askReads(63, 100, 100);
        served.await(() -> served.server.lentBuffers() == 1 + 64);
        held.countDown();
        var cookies = new ArrayList<Long>();
        for (int i = 0; i < 64; i++) {
            Client.Reply reply = client.reply();
            assertEquals(0, reply.error());
            cookies.add(reply.cookie());
            if (reply.cookie() == 1000) continue;
            int at = (int) reply.cookie() * 100;
            assertArrayEquals(Arrays.copyOfRange(content, at, at + 100), client.receive(100).array());
        }
        assertEquals(1000, cookies.getLast());
        assertEquals(64, cookies.stream().distinct().count());
    }

    @Test
    void disconnectAnswersWhatIsInFlight() throws Exception {
        serve(Served.Setup.USUAL.oneThread());
        var held = served.holdDisk();
        client.askReads(10, 1, 1);
        client.ask(0, NBD_CMD_DISC, 99, 0, 0);
        served.await(() -> served.server.lentBuffers() == 1 + 10);
        held.countDown();
        for (int i = 0; i < 10; i++) {
            Client.Reply reply = client.reply();
            assertEquals(content[(int) reply.cookie()], client.receive(1).get());
        }
        client.assertClosed();
    }

    @Test
    void twoClientsSeeOneDisk() throws Exception {
        serve();
        try (Client other = served.ready()) {
            assertEquals(0, client.write(0, 10, new byte[] {77}));
            assertEquals(77, other.read(10, 1)[0]);
            assertEquals(0, other.errorOf(0, FLUSH, 0, 0));
            assertEquals(2, served.ask(served.server::clients));
        }
    }
}
