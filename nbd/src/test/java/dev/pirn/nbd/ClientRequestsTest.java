package dev.pirn.nbd;

import static dev.pirn.nbd.FakeServer.USUAL;
import static dev.pirn.nbd.Proto.*;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.pirn.CoroutineFn;
import dev.pirn.Task;
import dev.pirn.aio.EventLoop;
import dev.pirn.block.BlockDevice;
import dev.pirn.block.Discard;
import dev.pirn.block.Extent;
import dev.pirn.block.NoSpaceException;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.file.AccessDeniedException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a client sends for what it is asked, to servers of each kind, and what it makes of right replies. */
class ClientRequestsTest {
    private static final int DONE = NBD_REPLY_FLAG_DONE;
    private static final int BARE = NBD_FLAG_HAS_FLAGS;

    @TempDir
    private Path dir;
    private final List<String> heard = new ArrayList<>();
    /** What an obedient server holds. */
    private final byte[] disk = new byte[1 << 20];

    private interface Use {
        @CoroutineFn
        void of(BlockDevice disk) throws Exception;
    }

    private List<String> run(FakeServer.Script script, Use use) throws Exception {
        return run(NbdClientOptions.DEFAULT, script, use);
    }

    private List<String> run(NbdClientOptions options, FakeServer.Script script, Use use) throws Exception {
        try (var fake = new FakeServer(dir, script); var loop = EventLoop.open("client")) {
            loop.<Void, Exception>run("test", () -> {
                try (BlockDevice disk = NbdClient.open(fake.uri(), options)) {
                    use.of(disk);
                }
                return null;
            });
            for (int i = 0; i < 10; i++) loop.turn(false);
            assertTrue(loop.shutdown(0).isClean());
        }
        return heard;
    }

    /** Does what it is asked, and notes it. */
    private FakeServer.Script obey(FakeServer.Offer offer) {
        return peer -> {
            peer.handshake(offer);
            for (Request request = peer.request(); request.type() != NBD_CMD_DISC; request = peer.request()) {
                obey(peer, offer, request);
            }
            peer.awaitClosed();
        };
    }

    private void obey(FakeServer.Peer peer, FakeServer.Offer offer, Request request) throws IOException {
        int offset = (int) request.offset();
        int length = (int) request.length();
        heard.add(request + (request.flags() == 0 ? "" : " flags " + request.flags()));
        byte[] data = {};
        switch (request.type()) {
            case NBD_CMD_READ -> data = Arrays.copyOfRange(disk, offset, offset + length);
            case NBD_CMD_WRITE -> System.arraycopy(peer.receive(length).array(), 0, disk, offset, length);
            case NBD_CMD_WRITE_ZEROES -> Arrays.fill(disk, offset, offset + length, (byte) 0);
            default -> { }
        }
        if (!offer.framing().hasChunks()) peer.simple(0, request.cookie(), data);
        else if (data.length > 0) peer.data(DONE, request.cookie(), offset, data);
        else peer.done(request.cookie());
    }

    private static MemorySegment ones(int length) {
        byte[] bytes = new byte[length];
        Arrays.fill(bytes, (byte) 1);
        return MemorySegment.ofArray(bytes);
    }

    @Test
    void eachOperationIsOneRequest() throws Exception {
        assertEquals(List.of("NBD_CMD_READ of [0, +10)", "NBD_CMD_WRITE of [10, +10)",
                "NBD_CMD_WRITE of [20, +10) flags 1", "NBD_CMD_WRITE_ZEROES of [30, +10)",
                "NBD_CMD_WRITE_ZEROES of [40, +10) flags 3", "NBD_CMD_TRIM of [50, +10)",
                "NBD_CMD_FLUSH of [0, +0)"),
                run(obey(USUAL), it -> {
                    it.read(0, ones(10));
                    it.write(10, ones(10), false);
                    it.write(20, ones(10), true);
                    it.writeZeroes(30, 10, true, false);
                    it.writeZeroes(40, 10, false, true);
                    it.discard(50, 10);
                    it.prefetch(60, 10); // Which this server cannot.
                    it.flush();
                }));
    }

    @Test
    void discardsAreDroppedUnlessTheyAreWanted() throws Exception {
        assertEquals(List.of("NBD_CMD_WRITE_ZEROES of [30, +10) flags 2"),
                run(NbdClientOptions.DEFAULT.withDiscard(Discard.IGNORE), obey(USUAL), it -> {
                    it.discard(50, 10);
                    it.writeZeroes(30, 10, true, false);
                }));
    }

    @Test
    void serverThatCanReadAndWriteAlone() throws Exception {
        assertEquals(List.of("NBD_CMD_WRITE of [20, +10)", "NBD_CMD_WRITE of [0, +1048576)"),
                run(obey(USUAL.flags(BARE).simple()), it -> {
                    it.write(20, ones(10), true);
                    it.writeZeroes(0, 1 << 20, true, true);
                    it.discard(50, 10);
                    it.prefetch(60, 10);
                    it.flush();
                }));
    }

    @Test
    void serverWithoutFuaIsFlushed() throws Exception {
        assertEquals(List.of("NBD_CMD_WRITE of [20, +10)", "NBD_CMD_FLUSH of [0, +0)"),
                run(obey(USUAL.flags(BARE | NBD_FLAG_SEND_FLUSH)), it -> it.write(20, ones(10), true)));
    }

    @Test
    void requestIsCutAtTheServersMaximum() throws Exception {
        assertEquals(List.of("NBD_CMD_WRITE of [100, +4096)", "NBD_CMD_WRITE of [4196, +4096)",
                "NBD_CMD_WRITE of [8292, +1)", "NBD_CMD_READ of [0, +4096)", "NBD_CMD_READ of [4096, +4)"),
                run(obey(USUAL.blocks(1, 4096)), it -> {
                    it.write(100, ones(8193), false);
                    it.read(0, ones(4100));
                }));
    }

    @Test
    void writeOfPartsOfBlocksReadsThemFirst() throws Exception {
        Arrays.fill(disk, (byte) 7);
        assertEquals(List.of("NBD_CMD_READ of [0, +512)", "NBD_CMD_WRITE of [0, +512)",
                "NBD_CMD_WRITE of [512, +1024)", "NBD_CMD_READ of [1536, +512)",
                "NBD_CMD_WRITE of [1536, +512)"),
                run(obey(USUAL.blocks(512, -1)), it -> it.write(500, ones(1100), false)));
        assertRange(500, 1600, 1, 7);
    }

    private void assertRange(int start, int end, int inside, int outside) {
        byte[] expected = new byte[disk.length];
        Arrays.fill(expected, (byte) outside);
        Arrays.fill(expected, start, end, (byte) inside);
        assertArrayEquals(expected, disk);
    }

    @Test
    void writeWithinABlock() throws Exception {
        Arrays.fill(disk, (byte) 7);
        assertEquals(List.of("NBD_CMD_READ of [512, +512)", "NBD_CMD_WRITE of [512, +512) flags 1"),
                run(obey(USUAL.blocks(512, -1)), it -> it.write(600, ones(3), true)));
        assertRange(600, 603, 1, 7);
    }

    @Test
    void zeroesOfPartsOfBlocks() throws Exception {
        Arrays.fill(disk, (byte) 7);
        assertEquals(List.of("NBD_CMD_READ of [0, +512)", "NBD_CMD_WRITE of [0, +512)",
                "NBD_CMD_WRITE_ZEROES of [512, +512)", "NBD_CMD_READ of [1024, +512)",
                "NBD_CMD_WRITE of [1024, +512)"),
                run(obey(USUAL.blocks(512, -1)), it -> it.writeZeroes(511, 514, true, false)));
        assertRange(511, 1025, 0, 7);
    }

    @Test
    void discardOfPartsOfBlocksLeavesThem() throws Exception {
        assertEquals(List.of("NBD_CMD_TRIM of [512, +512)"),
                run(obey(USUAL.blocks(512, -1)), it -> {
                    it.discard(1, 1030);
                    it.discard(1, 1000);
                }));
    }

    @Test
    void readOfPartsOfBlocks() throws Exception {
        for (int i = 0; i < disk.length; i++) disk[i] = (byte) (i / 3);
        byte[] bytes = new byte[1100];
        assertEquals(List.of("NBD_CMD_READ of [0, +512)", "NBD_CMD_READ of [512, +1024)",
                "NBD_CMD_READ of [1536, +512)"),
                run(obey(USUAL.blocks(512, -1)), it -> it.read(500, MemorySegment.ofArray(bytes))));
        assertArrayEquals(Arrays.copyOfRange(disk, 500, 1600), bytes);
    }

    @Test
    void writesOfPartsOfOneBlockComeOneAfterTheOther() throws Exception {
        assertEquals(List.of("NBD_CMD_READ of [0, +512)", "NBD_CMD_WRITE of [0, +512)",
                "NBD_CMD_READ of [0, +512)", "NBD_CMD_WRITE of [0, +512)"),
                run(obey(USUAL.blocks(512, -1)), it -> {
                    Task<Void> other = EventLoop.current().submit("other", () -> {
                        it.write(0, ones(100), false);
                        return null;
                    });
                    it.write(100, ones(100), false);
                    other.await();
                }));
        assertRange(0, 200, 1, 0);
    }

    @Test
    void readInPiecesHolesAndAnyOrder() throws Exception {
        byte[] bytes = new byte[8];
        Arrays.fill(bytes, (byte) 9);
        run(peer -> {
            peer.handshake(USUAL);
            long cookie = peer.expect(NBD_CMD_READ).cookie();
            peer.data(0, cookie, 106, (byte) 6, (byte) 7);
            peer.hole(0, cookie, 102, 4);
            peer.data(0, cookie, 100, (byte) 1, (byte) 2);
            peer.done(cookie);
            peer.awaitLeave();
        }, it -> it.read(100, MemorySegment.ofArray(bytes)));
        assertArrayEquals(new byte[] {1, 2, 0, 0, 0, 0, 6, 7}, bytes);
    }

    @Test
    void errorWithAMessageAndMoreOfTheReplyBehindIt() throws Exception {
        var failure = new IOException[1];
        run(peer -> {
            peer.handshake(USUAL);
            long cookie = peer.expect(NBD_CMD_READ).cookie();
            peer.chunk(0, NBD_REPLY_TYPE_ERROR_OFFSET, cookie, ByteBuffer.allocate(19).putInt(NBD_EIO)
                    .putShort((short) 5).put("ouch\n".getBytes()).putLong(104).flip());
            peer.data(0, cookie, 100, new byte[4]);
            peer.error(NBD_REPLY_FLAG_DONE, cookie, NBD_ENOMEM, "");
            obey(peer, USUAL, peer.request());
            peer.awaitLeave();
        }, it -> {
            failure[0] = failureOfRead(it);
            it.flush();
        });
        assertTrue(failure[0].getMessage().endsWith(": NBD_CMD_READ of [100, +8) failed: EIO, an I/O error "
                + "(it says: \"ouch?\")"), failure[0].getMessage());
    }

    @Test
    void statusIsOneExtentOfTheServers() throws Exception {
        var extents = new ArrayList<Extent>();
        run(peer -> {
            peer.handshake(USUAL.blocks(512, -1));
            Request request = peer.expect(NBD_CMD_BLOCK_STATUS);
            assertEquals("NBD_CMD_BLOCK_STATUS of [512, +1024)", request.toString());
            assertEquals(NBD_CMD_FLAG_REQ_ONE, request.flags());
            peer.status(request.cookie(), 512, NBD_STATE_HOLE | NBD_STATE_ZERO);
            peer.status(peer.expect(NBD_CMD_BLOCK_STATUS).cookie(), 512, 0);
            peer.awaitLeave();
        }, it -> {
            extents.addAll(it.extents(600, 600, 1));
            extents.addAll(it.extents(1024, 10, 1));
        });
        assertEquals(List.of(Extent.ofHole(424), Extent.ofData(10)), extents);
    }

    @Test
    void statusIsOfSeveralExtents() throws Exception {
        run(peer -> {
            peer.handshake(USUAL.blocks(512, -1));
            Request request = peer.expect(NBD_CMD_BLOCK_STATUS);
            assertEquals("NBD_CMD_BLOCK_STATUS of [512, +1536)", request.toString());
            assertEquals(0, request.flags());
            peer.chunk(NBD_REPLY_FLAG_DONE, NBD_REPLY_TYPE_BLOCK_STATUS, request.cookie(),
                    ByteBuffer.allocate(36).putInt(5).putInt(512).putInt(0).putInt(512).putInt(NBD_STATE_ZERO)
                            .putInt(512).putInt(0).putInt(1 << 30).putInt(NBD_STATE_HOLE).limit(28).flip());
            peer.awaitLeave();
        }, it -> assertEquals(List.of(Extent.ofData(1), new Extent(512, false, true), Extent.ofData(487)),
                it.extents(1023, 1000, 5)));
    }

    @Test
    void statusBeyondWhatWasAskedForIsCut() throws Exception {
        run(peer -> {
            peer.handshake(USUAL);
            Request request = peer.expect(NBD_CMD_BLOCK_STATUS);
            peer.status(request.cookie(), 1 << 30, NBD_STATE_HOLE);
            peer.awaitLeave();
        }, it -> assertEquals(List.of(new Extent(1000, true, false)), it.extents(1023, 1000, 5)));
    }

    /** Of those that are not asked for, none is kept. */
    @Test
    void statusOfMoreExtentsThanWanted() throws Exception {
        run(peer -> {
            peer.handshake(USUAL);
            long cookie = peer.expect(NBD_CMD_BLOCK_STATUS).cookie();
            ByteBuffer payload = ByteBuffer.allocate(4 + 8 * 1000).putInt(5);
            for (int i = 0; i < 1000; i++) payload.putInt(1).putInt(i % 2);
            peer.chunk(NBD_REPLY_FLAG_DONE, NBD_REPLY_TYPE_BLOCK_STATUS, cookie, payload.flip());
            peer.awaitLeave();
        }, it -> assertEquals(List.of(Extent.ofData(1), new Extent(1, true, false)), it.extents(0, 1000, 2)));
    }

    @Test
    void fastZeroes() throws Exception {
        FakeServer.Offer offer = USUAL.flags(USUAL.flags() | NBD_FLAG_SEND_FAST_ZERO);
        run(peer -> {
            peer.handshake(offer);
            Request first = peer.expect(NBD_CMD_WRITE_ZEROES);
            assertEquals(NBD_CMD_FLAG_FAST_ZERO | NBD_CMD_FLAG_NO_HOLE, first.flags());
            peer.done(first.cookie());
            peer.error(NBD_REPLY_FLAG_DONE, peer.expect(NBD_CMD_WRITE_ZEROES).cookie(), NBD_ENOTSUP, "slow");
            peer.awaitLeave();
        }, it -> {
            assertTrue(it.writeZeroesFast(0, 1000, false, false));
            assertFalse(it.writeZeroesFast(0, 1000, false, false));
        });
    }

    @Test
    void fastZeroesWhereTheServerHasNone() throws Exception {
        assertEquals(List.of(), run(obey(USUAL), it -> assertFalse(it.writeZeroesFast(0, 1, true, false))));
    }

    @Test
    void statusWhereTheServerHasNone() throws Exception {
        assertEquals(List.of(), run(obey(USUAL.simple()),
                it -> assertEquals(List.of(Extent.ofData(600)), it.extents(600, 600, 1))));
    }

    @Test
    void noSpace() throws Exception {
        var failure = new IOException[1];
        run(peer -> {
            peer.handshake(USUAL.simple());
            peer.simple(NBD_ENOSPC, peer.expect(NBD_CMD_READ).cookie());
            peer.awaitLeave();
        }, it -> failure[0] = failureOfRead(it));
        assertInstanceOf(NoSpaceException.class, failure[0]);
    }

    @CoroutineFn
    private static IOException failureOfRead(BlockDevice disk) {
        try {
            disk.read(100, MemorySegment.ofArray(new byte[8]));
        } catch (IOException e) {
            return e;
        }
        throw new AssertionError("it succeeded");
    }

    @Test
    void readOnlyExportIsOpenedReadOnlyAlone() throws Exception {
        FakeServer.Offer offer = USUAL.flags(BARE | NBD_FLAG_READ_ONLY);
        try (var fake = new FakeServer(dir, peer -> {
            peer.handshake(offer);
            peer.awaitClosed();
        }, peer -> {
            peer.handshake(offer);
            peer.awaitLeave();
        }); var loop = EventLoop.open("client")) {
            String failure = loop.<String, IOException>run("test", () -> {
                try (BlockDevice _ = NbdClient.open(fake.uri(), NbdClientOptions.DEFAULT)) {
                    return "it was opened";
                } catch (AccessDeniedException e) {
                    return e.getMessage();
                }
            });
            assertEquals(fake.uri() + ": the export is read-only", failure);
            loop.run("test", () -> {
                NbdClient.open(fake.uri(), NbdClientOptions.DEFAULT.asReadOnly()).close();
                return null;
            });
            for (int i = 0; i < 10; i++) loop.turn(false);
        }
    }
}
