package dev.pirn.nbd;

import static dev.pirn.nbd.FakeServer.USUAL;
import static dev.pirn.nbd.Proto.*;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.pirn.CoroutineFn;
import dev.pirn.Task;
import dev.pirn.aio.EventLoop;
import dev.pirn.block.BlockDevice;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A server that breaks a rule while a READ of [4096, +512) is in flight, or in its place a WRITE: the error
 * says which, and the connection is closed.
 */
class HostileServerTest {
    private static final NbdClientOptions ONCE = NbdClientOptions.DEFAULT.withReconnects(0, Duration.ZERO);
    private static final int DONE = NBD_REPLY_FLAG_DONE;
    private static final String READ = "NBD_CMD_READ of [4096, +512)";

    @TempDir
    private Path dir;

    /** What is said to a request. */
    private interface Answer {
        void to(FakeServer.Peer peer, long cookie) throws Exception;
    }

    private void assertReadFails(String rule, FakeServer.Offer offer, Answer answer) throws Exception {
        assertFails(rule, offer, false, answer);
    }

    private void assertReadFails(String rule, Answer answer) throws Exception {
        assertFails(rule, USUAL, false, answer);
    }

    private void assertWriteFails(String rule, Answer answer) throws Exception {
        assertFails(rule, USUAL, true, answer);
    }

    private void assertFails(String rule, FakeServer.Offer offer, boolean write, Answer answer)
            throws Exception {
        var first = new IOException[1];
        var second = new IOException[1];
        try (var fake = new FakeServer(dir, peer -> {
            peer.handshake(offer);
            long cookie = peer.expect(write ? NBD_CMD_WRITE : NBD_CMD_READ).cookie();
            try {
                answer.to(peer, cookie);
            } catch (IOException e) {
                return; // The client need not hear the rest before it leaves.
            }
            peer.awaitClosed();
        }); var loop = EventLoop.open("client")) {
            loop.run("test", () -> {
                try (BlockDevice disk = NbdClient.open(fake.uri(), ONCE)) {
                    first[0] = failure(disk, write);
                    second[0] = failure(disk, write); // It is not spoken to again.
                }
                return null;
            });
            assertEquals(fake.uri() + ": the server broke the protocol: " + rule, first[0].getMessage());
            assertEquals(first[0].getMessage(), second[0].getMessage());
            assertTrue(loop.shutdown(0).isClean());
        }
    }

    @CoroutineFn
    private static IOException failure(BlockDevice disk, boolean write) {
        if (!write) return failureOfRead(disk, 4096, 512);
        try {
            disk.write(4096, MemorySegment.ofArray(new byte[512]), false);
        } catch (IOException e) {
            return e;
        }
        throw new AssertionError("it succeeded");
    }

    @CoroutineFn
    private static IOException failureOfRead(BlockDevice disk, long offset, int length) {
        try {
            disk.read(offset, MemorySegment.ofArray(new byte[length]));
        } catch (IOException e) {
            return e;
        }
        throw new AssertionError("it succeeded");
    }

    @Test
    void replyWithoutMagic() throws Exception {
        assertReadFails("a reply that begins with 0x00000000",
                (peer, cookie) -> peer.send(ByteBuffer.allocate(16)));
    }

    @Test
    void replyToNobody() throws Exception {
        assertReadFails("a reply with cookie 99, to a request that was never sent or has its reply",
                (peer, cookie) -> peer.done(99));
    }

    @Test
    void replyTwice() throws Exception {
        var failure = new IOException[1];
        try (var fake = new FakeServer(dir, peer -> {
            peer.handshake(USUAL);
            long cookie = peer.expect(NBD_CMD_READ).cookie();
            peer.data(DONE, cookie, 4096, new byte[512]);
            peer.expect(NBD_CMD_READ);
            peer.data(DONE, cookie, 4096, new byte[512]);
            peer.awaitClosed();
        }); var loop = EventLoop.open("client")) {
            loop.run("test", () -> {
                try (BlockDevice disk = NbdClient.open(fake.uri(), ONCE)) {
                    disk.read(4096, MemorySegment.ofArray(new byte[512]));
                    failure[0] = failure(disk, false);
                }
                return null;
            });
            assertEquals(fake.uri() + ": the server broke the protocol: a reply with cookie 1, to a request "
                    + "that was never sent or has its reply", failure[0].getMessage());
        }
    }

    @Test
    void replyToARequestThatIsStillToBeSent() throws Exception {
        var failure = new IOException[1];
        try (var fake = new FakeServer(dir, peer -> {
            peer.handshake(USUAL.size(8 << 20));
            peer.request();
            peer.done(2);
            peer.awaitClosedBehind(4 << 20);
        }); var loop = EventLoop.open("client")) {
            loop.<Void, Exception>run("test", () -> {
                try (BlockDevice disk = NbdClient.open(fake.uri(), ONCE)) {
                    Task<Void> writer = EventLoop.current().submit("writer", () -> {
                        disk.write(0, MemorySegment.ofArray(new byte[4 << 20]), false);
                        return null;
                    });
                    for (int i = 0; i < 3; i++) EventLoop.sleep(Duration.ZERO); // The socket is full now.
                    failure[0] = failure(disk, true);
                    while (!writer.isDone()) EventLoop.sleep(Duration.ZERO);
                }
                return null;
            });
            assertEquals(fake.uri() + ": the server broke the protocol: a reply with cookie 2, to a request "
                    + "that was never sent or has its reply", failure[0].getMessage());
        }
    }

    @Test
    void simpleReplyWhereStructuredWereAgreedOn() throws Exception {
        assertReadFails("a simple reply to " + READ + ", where structured ones were agreed on",
                (peer, cookie) -> peer.simple(0, cookie, new byte[512]));
    }

    @Test
    void structuredReplyWhereSimpleWereAgreedOn() throws Exception {
        assertReadFails("a structured reply to " + READ + ", where simple ones were agreed on",
                USUAL.simple(), (peer, cookie) -> peer.data(DONE, cookie, 4096, new byte[512]));
    }

    @Test
    void dataBeforeTheRequest() throws Exception {
        assertReadFails("a chunk of type 1 and 520 bytes to " + READ + ": [4095, +512), outside of it",
                (peer, cookie) -> peer.data(DONE, cookie, 4095, new byte[512]));
    }

    @Test
    void dataBehindTheRequest() throws Exception {
        assertReadFails("a chunk of type 1 and 520 bytes to " + READ + ": [4097, +512), outside of it",
                (peer, cookie) -> peer.data(DONE, cookie, 4097, new byte[512]));
    }

    @Test
    void moreDataThanAskedFor() throws Exception {
        assertReadFails("a chunk of type 1 and 521 bytes to " + READ + ": [4096, +513), outside of it",
                (peer, cookie) -> peer.data(DONE, cookie, 4096, new byte[513]));
    }

    @Test
    void dataAtAnOffsetThatOverflows() throws Exception {
        assertReadFails("a chunk of type 1 and 9 bytes to " + READ + ": [18446744073709551615, +1), "
                + "outside of it", (peer, cookie) -> peer.data(DONE, cookie, -1, new byte[1]));
    }

    @Test
    void twoGibibytesOfData() throws Exception {
        assertReadFails("a chunk of type 1 and 2147483647 bytes to " + READ + ": [4096, +2147483639), "
                + "outside of it", (peer, cookie) -> {
            peer.header(0, NBD_REPLY_TYPE_OFFSET_DATA, cookie, Integer.MAX_VALUE);
            peer.send(ByteBuffer.allocate(8).putLong(4096).flip());
        });
    }

    @Test
    void fourGibibytesOfData() throws Exception {
        assertReadFails("a chunk of type 1 and 4294967295 bytes to " + READ + ": its length",
                (peer, cookie) -> peer.header(0, NBD_REPLY_TYPE_OFFSET_DATA, cookie, -1));
    }

    @Test
    void dataTwice() throws Exception {
        assertReadFails("a chunk of type 1 and 108 bytes to " + READ + ": [4195, +100), of which some came "
                + "before", (peer, cookie) -> {
            peer.data(0, cookie, 4096, new byte[100]);
            peer.data(0, cookie, 4195, new byte[100]);
        });
    }

    @Test
    void holeOverData() throws Exception {
        assertReadFails("a chunk of type 2 and 12 bytes to " + READ + ": [4096, +512), of which some came "
                + "before", (peer, cookie) -> {
            peer.data(0, cookie, 4196, new byte[100]);
            peer.hole(0, cookie, 4096, 512);
        });
    }

    @Test
    void dataMissing() throws Exception {
        assertReadFails("the reply to " + READ + " ended with 1 bytes missing",
                (peer, cookie) -> peer.data(DONE, cookie, 4096, new byte[511]));
    }

    @Test
    void nothingToARead() throws Exception {
        assertReadFails("the reply to " + READ + " ended with 512 bytes missing",
                (peer, cookie) -> peer.done(cookie));
    }

    @Test
    void dataWithoutAny() throws Exception {
        assertReadFails("a chunk of type 1 and 8 bytes to " + READ + ": no data",
                (peer, cookie) -> peer.data(DONE, cookie, 4096));
    }

    @Test
    void holeOfNothing() throws Exception {
        assertReadFails("a chunk of type 2 and 12 bytes to " + READ + ": no hole",
                (peer, cookie) -> peer.hole(DONE, cookie, 4096, 0));
    }

    @Test
    void holeOfFourGibibytes() throws Exception {
        assertReadFails("a chunk of type 2 and 12 bytes to " + READ + ": [4096, +4294967295), outside of it",
                (peer, cookie) -> peer.hole(DONE, cookie, 4096, -1));
    }

    @Test
    void holeOfAnotherLength() throws Exception {
        assertReadFails("a chunk of type 2 and 13 bytes to " + READ + ": its length",
                (peer, cookie) -> peer.header(DONE, NBD_REPLY_TYPE_OFFSET_HOLE, cookie, 13));
    }

    @Test
    void moreThan1024PiecesThatDoNotTouch() throws Exception {
        var failure = new IOException[1];
        try (var fake = new FakeServer(dir, peer -> {
            peer.handshake(USUAL);
            long cookie = peer.expect(NBD_CMD_READ).cookie();
            for (int i = 0; i <= Limits.PIECES_MAX; i++) peer.data(0, cookie, 2 * i, (byte) 1);
            peer.awaitClosed();
        }); var loop = EventLoop.open("client")) {
            loop.run("test", () -> {
                try (BlockDevice disk = NbdClient.open(fake.uri(), ONCE)) {
                    failure[0] = failureOfRead(disk, 0, 4096);
                }
                return null;
            });
            assertEquals(fake.uri() + ": the server broke the protocol: a chunk of type 1 and 9 bytes to "
                    + "NBD_CMD_READ of [0, +4096): more than 1024 pieces that do not touch",
                    failure[0].getMessage());
        }
    }

    @Test
    void noneWithAPayload() throws Exception {
        assertReadFails("a chunk of type 0 and 4 bytes to " + READ + ": a payload",
                (peer, cookie) -> peer.header(DONE, NBD_REPLY_TYPE_NONE, cookie, 4));
    }

    @Test
    void noneWithMoreToCome() throws Exception {
        assertReadFails("a chunk of type 0 and 0 bytes to " + READ + ": more to come",
                (peer, cookie) -> peer.header(0, NBD_REPLY_TYPE_NONE, cookie, 0));
    }

    @Test
    void chunkOfAnUnknownType() throws Exception {
        assertReadFails("a chunk of type 7 and 0 bytes to " + READ + ": a type that we do not know",
                (peer, cookie) -> peer.header(DONE, 7, cookie, 0));
    }

    @Test
    void chunkWithUnknownFlags() throws Exception {
        assertReadFails("a chunk of type 0 and 0 bytes to " + READ + ": flags 0x3",
                (peer, cookie) -> peer.header(3, NBD_REPLY_TYPE_NONE, cookie, 0));
    }

    @Test
    void statusThatNobodyAskedFor() throws Exception {
        assertReadFails("a chunk of type 5 and 12 bytes to " + READ + ": it asked for no status",
                (peer, cookie) -> peer.header(DONE, NBD_REPLY_TYPE_BLOCK_STATUS, cookie, 12));
    }

    @Test
    void dataToAWrite() throws Exception {
        assertWriteFails("a chunk of type 1 and 520 bytes to NBD_CMD_WRITE of [4096, +512): it asked for no "
                + "data", (peer, cookie) -> peer.data(DONE, cookie, 4096, new byte[512]));
    }

    @Test
    void errorWithoutItsNumber() throws Exception {
        assertReadFails("a chunk of type 32769 and 6 bytes to " + READ + ": an error without its number",
                (peer, cookie) -> peer.error(DONE, cookie, 0, ""));
    }

    @Test
    void errorThatIsTooShort() throws Exception {
        assertReadFails("a chunk of type 32769 and 5 bytes to " + READ + ": its length",
                (peer, cookie) -> peer.header(DONE, NBD_REPLY_TYPE_ERROR, cookie, 5));
    }

    @Test
    void errorThatIsTooLong() throws Exception {
        assertReadFails("a chunk of type 32769 and 2147483647 bytes to " + READ + ": its length",
                (peer, cookie) -> peer.header(DONE, NBD_REPLY_TYPE_ERROR, cookie, Integer.MAX_VALUE));
    }

    @Test
    void errorWhoseMessageIsLongerThanItself() throws Exception {
        assertReadFails("a chunk of type 32769 and 6 bytes to " + READ + ": a message of 1 bytes",
                (peer, cookie) -> peer.chunk(DONE, NBD_REPLY_TYPE_ERROR, cookie,
                        ByteBuffer.allocate(6).putInt(NBD_EIO).putShort((short) 1).flip()));
    }

    @Test
    void errorAtAnOffsetOutside() throws Exception {
        assertReadFails("a chunk of type 32770 and 14 bytes to " + READ + ": an error at 4608, outside of it",
                (peer, cookie) -> peer.chunk(DONE, NBD_REPLY_TYPE_ERROR_OFFSET, cookie,
                        ByteBuffer.allocate(14).putInt(NBD_EIO).putShort((short) 0).putLong(4608).flip()));
    }

    @Test
    void errorsWithoutEnd() throws Exception {
        assertReadFails("a chunk of type 32769 and 6 bytes to " + READ + ": more than 64 errors",
                (peer, cookie) -> {
                    for (int i = 0; i <= Limits.ERROR_CHUNKS_MAX; i++) peer.error(0, cookie, NBD_EIO, "");
                });
    }
}
