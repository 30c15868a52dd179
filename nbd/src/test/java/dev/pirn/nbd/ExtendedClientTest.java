package dev.pirn.nbd;

import static dev.pirn.nbd.FakeServer.USUAL;
import static dev.pirn.nbd.Proto.*;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.pirn.CoroutineFn;
import dev.pirn.aio.EventLoop;
import dev.pirn.block.BlockDevice;
import dev.pirn.block.Extent;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Extended headers, the client's side: what it sends, byte for byte, and what it does not take. */
class ExtendedClientTest {
    private static final int DONE = NBD_REPLY_FLAG_DONE;
    private static final long TIB = 1L << 40;
    private static final long BIG = 3 * TIB;
    private static final FakeServer.Offer EXTENDED = USUAL.extended();
    private static final String READ = "NBD_CMD_READ of [4096, +512)";
    private static final String STATUS = "NBD_CMD_BLOCK_STATUS of [0, +1048576)";

    @TempDir
    private Path dir;

    private interface Use {
        @CoroutineFn
        void of(BlockDevice disk) throws Exception;
    }

    private NbdUri run(Use use, FakeServer.Script... scripts) throws Exception {
        var options = NbdClientOptions.DEFAULT.withReconnects(scripts.length - 1, Duration.ofMillis(1));
        Path place = Files.createTempDirectory(dir, "run"); // Some tests run more than once.
        try (var fake = new FakeServer(place, scripts); var loop = EventLoop.open("client")) {
            loop.<Void, Exception>run("test", () -> {
                try (BlockDevice disk = NbdClient.open(fake.uri(), options)) {
                    use.of(disk);
                }
                return null;
            });
            for (int i = 0; i < 10; i++) loop.turn(false);
            assertTrue(loop.shutdown(0).isClean());
            return fake.uri();
        }
    }

    private static void assertHears(FakeServer.Peer peer, String digits) throws Exception {
        String expected = digits.replace(" ", "");
        assertEquals(expected, HexFormat.of().formatHex(peer.receive(expected.length() / 2).array()));
    }

    private static void done(FakeServer.Peer peer, long cookie, long offset) throws Exception {
        peer.extended(DONE, NBD_REPLY_TYPE_NONE, cookie, offset, 0);
    }

    private static void status(FakeServer.Peer peer, Request to, int count, long... numbers)
            throws Exception {
        int size = 8 + 8 * numbers.length;
        peer.extended(DONE, NBD_REPLY_TYPE_BLOCK_STATUS_EXT, to.cookie(), to.offset(), size);
        ByteBuffer payload = ByteBuffer.allocate(size).putInt(5).putInt(count);
        for (long each : numbers) payload.putLong(each);
        peer.send(payload.flip());
    }

    @Test
    void requestsByteForByte() throws Exception {
        run(disk -> {
            disk.discard(4096, BIG / 4);
            disk.write(16, MemorySegment.ofArray(new byte[] {1, 2, 3}), true);
            disk.flush();
        }, peer -> {
            peer.handshake(EXTENDED.size(BIG));
            assertHears(peer, "21e41c71 0000 0004 0000000000000001 0000000000001000 000000c000000000");
            done(peer, 1, 4096);
            assertHears(peer, "21e41c71 0021 0001 0000000000000002 0000000000000010 0000000000000003 010203");
            done(peer, 2, 16);
            assertHears(peer, "21e41c71 0000 0003 0000000000000003 0000000000000000 0000000000000000");
            done(peer, 3, 0);
            assertHears(peer, "21e41c71 0000 0002 0000000000000000 0000000000000000 0000000000000000");
            peer.awaitClosed();
        });
    }

    @Test
    void wholeDiskIsZeroedByOneRequestForEachTebibyte() throws Exception {
        run(disk -> disk.writeZeroes(0, BIG, true, false), peer -> {
            peer.handshake(EXTENDED.size(BIG));
            for (int i = 0; i < 3; i++) {
                Request request = peer.expect(NBD_CMD_WRITE_ZEROES);
                assertEquals("NBD_CMD_WRITE_ZEROES of [" + ((long) i << 40) + ", +1099511627776)",
                        request.toString());
                done(peer, request.cookie(), request.offset());
            }
            peer.awaitLeave();
        });
    }

    /** By EOVERFLOW, or by EINVAL: the text lets it choose. */
    @Test
    void serverThatFindsARequestTooLongGetsShorterOnes() throws Exception {
        for (int error : new int[] {NBD_EOVERFLOW, NBD_EINVAL}) {
            run(disk -> {
                disk.discard(0, 2L << 30);
                assertEquals(List.of(Extent.ofData(1 << 30)), disk.extents(0, 4L << 30, 9));
            }, peer -> {
                peer.handshake(EXTENDED.size(BIG));
                Request tooLong = peer.expect(NBD_CMD_TRIM);
                assertEquals(2L << 30, tooLong.length());
                peer.extended(DONE, NBD_REPLY_TYPE_ERROR, tooLong.cookie(), 0, 6);
                peer.send(ByteBuffer.allocate(6).putInt(error).rewind());
                for (int i = 0; i < 2; i++) {
                    Request shorter = peer.expect(NBD_CMD_TRIM);
                    assertEquals(1L << 30, shorter.length());
                    done(peer, shorter.cookie(), shorter.offset());
                }
                status(peer, peer.expect(NBD_CMD_BLOCK_STATUS), 1, 1 << 30, 0);
                peer.awaitLeave();
            });
        }
    }

    @Test
    void dataAndHolesAreTaken() throws Exception {
        byte[] bytes = {9, 9, 9, 9, 9};
        run(disk -> disk.read(4096, MemorySegment.ofArray(bytes)), peer -> {
            peer.handshake(EXTENDED);
            long cookie = peer.expect(NBD_CMD_READ).cookie();
            peer.extended(0, NBD_REPLY_TYPE_OFFSET_HOLE, cookie, 4096, 12);
            peer.send(ByteBuffer.allocate(12).putLong(4098).putInt(3).flip());
            peer.extended(DONE, NBD_REPLY_TYPE_OFFSET_DATA, cookie, 4096, 10);
            peer.send(ByteBuffer.allocate(10).putLong(4096).put(new byte[] {1, 2}).flip());
            peer.awaitLeave();
        });
        assertEquals("0102000000", HexFormat.of().formatHex(bytes));
    }

    /** Either kind is right; flags that nobody knows are ignored; a count of 0 leaves it to the length. */
    @Test
    void statusOfEitherKind() throws Exception {
        run(disk -> {
            assertEquals(List.of(Extent.ofData(4096), Extent.ofHole(TIB - 4096)), disk.extents(0, BIG, 9));
            assertEquals(List.of(Extent.ofHole(4096)), disk.extents(0, 4096, 9));
            assertEquals(List.of(Extent.ofData(100)), disk.extents(0, 100, 9));
        }, peer -> {
            peer.handshake(EXTENDED.size(BIG));
            status(peer, peer.expect(NBD_CMD_BLOCK_STATUS), 0, 4096, 0, BIG - 4096, 3 | TIB);
            long cookie = peer.expect(NBD_CMD_BLOCK_STATUS).cookie();
            peer.extended(DONE, NBD_REPLY_TYPE_BLOCK_STATUS, cookie, 0, 12);
            peer.send(ByteBuffer.allocate(12).putInt(5).putInt(4096).putInt(3).flip());
            status(peer, peer.expect(NBD_CMD_BLOCK_STATUS), 1, Long.MAX_VALUE, 0); // Far behind the end.
            peer.awaitLeave();
        });
    }

    /** What is said to the one request. */
    private interface Answer {
        void to(FakeServer.Peer peer, Request request) throws Exception;
    }

    private void assertFails(String rule, FakeServer.Offer offer, int type, Answer answer) throws Exception {
        var failure = new IOException[1];
        NbdUri uri = run(disk -> {
            try {
                if (type == NBD_CMD_READ) disk.read(4096, MemorySegment.ofArray(new byte[512]));
                else disk.extents(0, 1 << 20, 9);
            } catch (IOException e) {
                failure[0] = e;
            }
        }, peer -> {
            peer.handshake(offer);
            Request request = peer.expect(type);
            try {
                answer.to(peer, request);
            } catch (IOException e) {
                return; // The client need not hear the rest before it leaves.
            }
            peer.awaitClosed();
        });
        assertEquals(uri + ": the server broke the protocol: " + rule, failure[0].getMessage());
    }

    private void assertReadFails(String rule, Answer answer) throws Exception {
        assertFails(rule, EXTENDED, NBD_CMD_READ, answer);
    }

    private void assertStatusFails(String rule, Answer answer) throws Exception {
        assertFails(rule, EXTENDED, NBD_CMD_BLOCK_STATUS, answer);
    }

    @Test
    void offsetThatIsNotTheRequests() throws Exception {
        assertReadFails("a chunk of type 1 and 520 bytes to " + READ + ": offset 4097",
                (peer, it) -> peer.extended(DONE, NBD_REPLY_TYPE_OFFSET_DATA, it.cookie(), 4097, 520));
    }

    @Test
    void lengthsThatNoReplyHas() throws Exception {
        String rule = "a chunk of type 1 and %s bytes to " + READ + ": its length";
        for (long length : new long[] {-1, Long.MIN_VALUE, 1L << 32 | 520, 1L << 31}) {
            assertReadFails(rule.formatted(Long.toUnsignedString(length)),
                    (peer, it) -> peer.extended(DONE, NBD_REPLY_TYPE_OFFSET_DATA, it.cookie(), 4096, length));
        }
    }

    @Test
    void simpleReply() throws Exception {
        assertReadFails("a simple reply to " + READ + ", where extended ones were agreed on",
                (peer, it) -> peer.simple(0, it.cookie(), new byte[512]));
    }

    @Test
    void structuredReply() throws Exception {
        assertReadFails("a structured reply to " + READ + ", where extended ones were agreed on",
                (peer, it) -> peer.data(DONE, it.cookie(), 4096, new byte[512]));
    }

    @Test
    void extendedReplyWhereStructuredOnesWereAgreedOn() throws Exception {
        assertFails("an extended reply to " + READ + ", where structured ones were agreed on", USUAL,
                NBD_CMD_READ, (peer, it) -> peer.extended(DONE, NBD_REPLY_TYPE_NONE, it.cookie(), 4096, 0));
    }

    @Test
    void statusOf64BitsInAStructuredReply() throws Exception {
        assertFails("a chunk of type 6 and 24 bytes to " + STATUS + ": a type that we do not know", USUAL,
                NBD_CMD_BLOCK_STATUS, (peer, it) -> peer.header(DONE, NBD_REPLY_TYPE_BLOCK_STATUS_EXT,
                        it.cookie(), 24));
    }

    @Test
    void cookieOfNobody() throws Exception {
        assertReadFails("a reply with cookie 99, to a request that was never sent or has its reply",
                (peer, it) -> peer.extended(DONE, NBD_REPLY_TYPE_NONE, 99, 4096, 0));
    }

    @Test
    void statusThatSaysAnotherCount() throws Exception {
        assertStatusFails("a chunk of type 6 and 24 bytes to " + STATUS + ": which says 2 extents",
                (peer, it) -> status(peer, it, 2, 4096, 0));
    }

    @Test
    void statusOfNoExtent() throws Exception {
        assertStatusFails("a chunk of type 6 and 8 bytes to " + STATUS + ": 0 extents",
                (peer, it) -> status(peer, it, 0));
    }

    @Test
    void statusOfHalfAnExtent() throws Exception {
        assertStatusFails("a chunk of type 6 and 16 bytes to " + STATUS + ": its length",
                (peer, it) -> status(peer, it, 1, 4096));
    }

    @Test
    void extentsThatNoDiskHas() throws Exception {
        for (long length : new long[] {0, -1, Long.MIN_VALUE}) {
            assertStatusFails("a chunk of type 6 and 24 bytes to " + STATUS + ": an extent of "
                    + Long.toUnsignedString(length) + " bytes", (peer, it) -> status(peer, it, 1, length, 0));
        }
    }

    @Test
    void statusOfBothKinds() throws Exception {
        assertStatusFails("a chunk of type 6 and 24 bytes to " + STATUS + ": a second one", (peer, it) -> {
            peer.extended(0, NBD_REPLY_TYPE_BLOCK_STATUS, it.cookie(), 0, 12);
            peer.send(ByteBuffer.allocate(12).putInt(5).putInt(4096).putInt(0).flip());
            status(peer, it, 1, 4096, 0);
        });
    }

    @Test
    void serverThatComesBackWithoutThem() throws Exception {
        var failure = new IOException[1];
        run(disk -> {
            try {
                disk.discard(0, TIB);
            } catch (IOException e) {
                failure[0] = e;
            }
        }, peer -> {
            peer.handshake(EXTENDED.size(BIG));
            peer.expect(NBD_CMD_TRIM);
        }, peer -> {
            peer.handshake(USUAL.size(BIG));
            peer.awaitClosed();
        });
        assertTrue(failure[0].getMessage().contains("the export is another after a reconnect"),
                failure[0].getMessage());
    }
}
