package dev.pirn.nbd;

import static dev.pirn.nbd.FakeServer.USUAL;
import static dev.pirn.nbd.Proto.*;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.pirn.aio.EventLoop;
import dev.pirn.block.BlockDevice;
import dev.pirn.block.BufferPool;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a server says before the first request: right in an unusual way, a refusal, or wrong. */
class HostileHandshakeTest {
    @TempDir
    private Path dir;

    private void assertBreaks(String rule, FakeServer.Script script) throws Exception {
        assertFails("the server broke the protocol: " + rule, script);
    }

    private void assertFails(String text, FakeServer.Script script) throws Exception {
        try (var fake = new FakeServer(dir, peer -> {
            try {
                script.talk(peer);
            } catch (IOException e) {
                return; // The client need not hear the rest before it leaves.
            }
            peer.awaitClosed();
        }); var loop = EventLoop.open("client")) {
            String failure = loop.<String, IOException>run("test", () -> {
                try {
                    NbdClient.open(fake.uri(), NbdClientOptions.DEFAULT);
                    return "it was opened";
                } catch (IOException e) {
                    return e.getMessage();
                }
            });
            assertEquals(fake.uri() + ": " + text, failure);
            assertTrue(loop.shutdown(0).isClean());
        }
    }

    private void assertReads(FakeServer.Script handshake) throws Exception {
        byte[] bytes = new byte[2];
        try (var fake = new FakeServer(dir, peer -> {
            handshake.talk(peer);
            peer.simple(0, peer.expect(NBD_CMD_READ).cookie(), (byte) 1, (byte) 2);
            peer.awaitLeave();
        }); var loop = EventLoop.open("client")) {
            loop.run("test", () -> {
                try (BlockDevice disk = NbdClient.open(fake.uri(), NbdClientOptions.DEFAULT)) {
                    assertEquals(USUAL.size(), disk.size());
                    disk.read(0, MemorySegment.ofArray(bytes));
                }
                return null;
            });
            for (int i = 0; i < 10; i++) loop.turn(false);
            assertEquals(1, bytes[0]);
            assertEquals(2, bytes[1]);
        }
    }

    @Test
    void simpleRepliesAlone() throws Exception {
        assertReads(peer -> peer.handshake(USUAL.simple()));
    }

    @Test
    void serverWithoutGo() throws Exception {
        assertReads(peer -> {
            peer.greet();
            peer.refuseUntil(NBD_OPT_EXPORT_NAME);
            peer.send(FakeServer.Peer.export(USUAL).position(2));
        });
    }

    @Test
    void serverOfBeforeFixedNewstyle() throws Exception {
        assertReads(peer -> {
            peer.greet(0);
            assertEquals(NBD_OPT_EXPORT_NAME, peer.option());
            peer.send(FakeServer.Peer.export(USUAL).position(2));
            peer.send(ByteBuffer.allocate(EXPORT_NAME_ZEROES));
        });
    }

    @Test
    void oldstyle() throws Exception {
        assertFails("the server refused: it speaks the oldstyle negotiation alone", peer ->
                peer.send(ByteBuffer.allocate(152).putLong(NBDMAGIC).putLong(CLISERV_MAGIC).rewind()));
    }

    @Test
    void somethingElseThanNbd() throws Exception {
        assertBreaks("the greeting does not begin with NBDMAGIC",
                peer -> peer.send(ByteBuffer.wrap("220 smtp.example.org ESMTP".getBytes())));
    }

    @Test
    void greetingWithoutOptions() throws Exception {
        assertBreaks("the greeting has no IHAVEOPT",
                peer -> peer.send(ByteBuffer.allocate(18).putLong(NBDMAGIC).rewind()));
    }

    @Test
    void serverThatClosesAtOnce() throws Exception {
        try (var fake = new FakeServer(dir, peer -> { }); var loop = EventLoop.open("client")) {
            String failure = loop.<String, IOException>run("test", () -> {
                try {
                    NbdClient.open(fake.uri(), NbdClientOptions.DEFAULT);
                    return "it was opened";
                } catch (IOException e) {
                    return e.getMessage();
                }
            });
            assertEquals(fake.uri() + ": the handshake failed: the server closed where 18 more bytes were "
                    + "due", failure);
        }
    }

    @Test
    void clientThatIsNotOpenedKeepsNoMemory() throws Exception {
        var buffers = BufferPool.of(Limits.KEPT_BYTES_MAX);
        try (var fake = new FakeServer(dir, peer -> { }); var loop = EventLoop.open("client")) {
            boolean opened = loop.<Boolean, IOException>run("test", () -> {
                try {
                    Session.open(fake.uri(), NbdClientOptions.DEFAULT, buffers);
                    return true;
                } catch (IOException e) {
                    return false;
                }
            });
            assertFalse(opened);
            assertEquals(0, buffers.allocatedBytes());
        }
    }

    @Test
    void unknownExport() throws Exception {
        assertFails("the server refused: it has no export \"\" (it says: \"no?such \u00e9xport\")", peer -> {
            peer.greet();
            peer.refuseUntil(NBD_OPT_GO);
            peer.optionReply(NBD_OPT_GO, NBD_REP_ERR_UNKNOWN, "no\u001bsuch \u00e9xport");
        });
    }

    @Test
    void serverWithExtendedHeadersButWithoutGo() throws Exception {
        assertFails("the server broke the protocol: NBD_OPT_GO is not done, but NBD_OPT_EXTENDED_HEADERS is",
                peer -> {
                    peer.greet();
                    assertEquals(NBD_OPT_EXTENDED_HEADERS, peer.option());
                    peer.optionReply(NBD_OPT_EXTENDED_HEADERS, NBD_REP_ACK, "");
                    peer.refuseUntil(NBD_OPT_GO);
                    peer.optionReply(NBD_OPT_GO, NBD_REP_ERR_UNSUP, "");
                });
    }

    @Test
    void serverThatWantsTls() throws Exception {
        String uri = "nbds+unix:///?socket=" + dir.resolve("fake.sock");
        assertFails("the server refused: it wants TLS: open " + uri + " instead", peer -> {
            peer.greet();
            peer.refuseUntil(NBD_OPT_GO);
            peer.optionReply(NBD_OPT_GO, NBD_REP_ERR_TLS_REQD, "");
        });
    }

    @Test
    void optionReplyWithoutMagic() throws Exception {
        assertBreaks("an option's reply without its magic", peer -> {
            peer.greet();
            peer.option();
            peer.send(ByteBuffer.allocate(20));
        });
    }

    @Test
    void replyToAnotherOption() throws Exception {
        assertBreaks("a reply to option 7 instead of 11", peer -> {
            peer.greet();
            peer.option();
            peer.optionReply(NBD_OPT_GO, NBD_REP_ACK, "");
        });
    }

    @Test
    void optionReplyOfFourGibibytes() throws Exception {
        assertBreaks("a reply to option 11 of 4294967295 bytes, more than 8192", peer -> {
            peer.greet();
            peer.option();
            peer.send(ByteBuffer.allocate(20).putLong(OPTION_REPLY_MAGIC).putInt(NBD_OPT_EXTENDED_HEADERS)
                    .putInt(NBD_REP_ACK).putInt(-1).flip());
        });
    }

    @Test
    void acknowledgementWithData() throws Exception {
        assertBreaks("NBD_REP_ACK with 1 bytes", peer -> {
            peer.greet();
            peer.optionReply(peer.option(), NBD_REP_ACK, "x");
        });
    }

    @Test
    void replyThatDoesNotBelongToTheOption() throws Exception {
        assertBreaks("reply 3 to option 11", peer -> {
            peer.greet();
            peer.optionReply(peer.option(), NBD_REP_INFO, FakeServer.Peer.export(USUAL));
        });
    }

    @Test
    void informationWithoutEnd() throws Exception {
        assertBreaks("more than 64 replies to option 7", peer -> {
            peer.greet();
            peer.refuseUntil(NBD_OPT_GO);
            for (int i = 0; i < Limits.OPTION_REPLIES_MAX; i++) {
                peer.optionReply(NBD_OPT_GO, NBD_REP_INFO, FakeServer.Peer.export(USUAL));
            }
        });
    }

    @Test
    void informationThatIsTooShort() throws Exception {
        assertBreaks("NBD_REP_INFO of type 0 with 9 bytes", peer -> {
            peer.greet();
            peer.refuseUntil(NBD_OPT_GO);
            peer.optionReply(NBD_OPT_GO, NBD_REP_INFO, ByteBuffer.allocate(11));
        });
    }

    @Test
    void grantWithoutAnExport() throws Exception {
        assertBreaks("NBD_OPT_GO was granted without NBD_INFO_EXPORT", peer -> {
            peer.greet();
            peer.refuseUntil(NBD_OPT_GO);
            peer.optionReply(NBD_OPT_GO, NBD_REP_ACK, "");
        });
    }

    @Test
    void exportOfNineExbibytes() throws Exception {
        assertBreaks("an export of 9223372036854775808 bytes",
                peer -> peer.handshake(USUAL.size(Long.MIN_VALUE)));
    }

    /** No power of two, none at all, more than 64 KiB; a maximum below the minimum, and no multiple of it. */
    @ParameterizedTest
    @CsvSource({"3, 4096, -1", "0, 4096, -1", "131072, 131072, -1", "4096, 4096, 512", "4096, 4096, 5000"})
    void blockSizesThatMustNotBe(int minimum, int preferred, int maximum) throws Exception {
        String sizes = minimum + ", " + preferred + ", " + Integer.toUnsignedString(maximum);
        assertBreaks("block sizes " + sizes, peer -> peer.handshake(USUAL.blocks(minimum, maximum)));
    }

    @Test
    void exportThatEndsWithinABlock() throws Exception {
        assertBreaks("an export of 4097 bytes, in blocks of 4096",
                peer -> peer.handshake(USUAL.size(4097).blocks(4096, -1)));
    }

    @Test
    void contextThatWasNotAskedFor() throws Exception {
        assertBreaks("context \"qemu:x\" was not asked for", peer -> context(peer, "qemu:x"));
    }

    @Test
    void contextTwice() throws Exception {
        assertBreaks("context base:allocation came twice",
                peer -> context(peer, "base:allocation", "base:allocation"));
    }

    private static void context(FakeServer.Peer peer, String... names) throws IOException {
        peer.greet();
        peer.optionReply(peer.option(), NBD_REP_ACK, "");
        peer.option();
        for (String name : names) {
            peer.optionReply(NBD_OPT_SET_META_CONTEXT, NBD_REP_META_CONTEXT,
                    ByteBuffer.allocate(4 + name.length()).putInt(1).put(name.getBytes()).flip());
        }
    }
}
