package dev.pirn.nbd;

import static dev.pirn.nbd.Proto.*;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.pirn.CoroutineFn;
import dev.pirn.aio.CoSocket;
import dev.pirn.aio.CoTls;
import dev.pirn.aio.EventLoop;
import dev.pirn.block.BlockDevice;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Our client over TLS, of our server and of such as do it wrong. The certificates are made by make.sh. */
class TlsClientTest {
    private static final Path FOLDERS = Path.of("src/test/resources/tls");
    private static final NbdClientOptions ONCE = NbdClientOptions.DEFAULT.withReconnects(0, Duration.ZERO);
    private static final NbdUri.Tls TRUST = tls("trust");

    @TempDir
    private Path dir;

    private static NbdUri.Tls tls(String folder) {
        return new NbdUri.Tls(FOLDERS.resolve(folder), null, true);
    }

    private Served serve(String certificates, boolean required, boolean verifies) throws Exception {
        var served = new Served(dir);
        served.ask(() -> {
            served.server.encrypt(NbdTls.ofServer(FOLDERS.resolve(certificates), required, verifies));
            return null;
        });
        return served;
    }

    private static NbdUri uri(Served served, NbdUri.Tls tls) {
        return NbdUri.unix(((UnixDomainSocketAddress) served.address).getPath(), "disk").withTls(tls);
    }

    private interface Use {
        @CoroutineFn
        void of(BlockDevice disk) throws Exception;
    }

    private static void open(NbdUri uri, NbdClientOptions options, Use use) throws Exception {
        try (var loop = EventLoop.open("client")) {
            loop.<Void, Exception>run("test", () -> {
                try (BlockDevice disk = NbdClient.open(uri, options)) {
                    use.of(disk);
                }
                return null;
            });
            for (int i = 0; i < 10; i++) loop.turn(false);
            assertTrue(loop.shutdown(1_000_000_000).isClean());
        }
    }

    private static void exercise(NbdUri uri) throws Exception {
        byte[] read = new byte[300_000];
        open(uri, ONCE, disk -> {
            disk.write(1000, MemorySegment.ofArray(new byte[300_000]), true);
            disk.read(900, MemorySegment.ofArray(read));
        });
        assertEquals(Served.content(1000)[999], read[99]);
        assertEquals(0, read[100]);
    }

    private static void assertFails(String what, NbdUri uri) throws Exception {
        String failure;
        try {
            open(uri, ONCE, disk -> { });
            failure = "it was opened";
        } catch (IOException e) {
            failure = e.getMessage();
        }
        // A socket's text has its addresses, and who closed what when.
        String channel = "java.nio.*SocketChannel\\S*\\[[^]]*\\]";
        assertEquals(uri + ": " + what, failure.replaceAll(channel, "SOCKET"));
    }

    @Test
    void whatIsWrittenIsRead() throws Exception {
        try (var served = serve("localhost", true, false)) {
            exercise(uri(served, TRUST));
        }
    }

    @Test
    void ourOwnCertificateForAServerThatWantsOne() throws Exception {
        try (var served = serve("localhost", true, true)) {
            exercise(uri(served, tls("client")));
        }
    }

    @Test
    void noCertificateForAServerThatWantsOne() throws Exception {
        try (var served = serve("localhost", true, true)) {
            assertFails("TLS failed: TLS handshake with SOCKET failed: (handshake_failure) Received fatal "
                    + "alert: handshake_failure; if the server wants to know who we are, "
                    + "tls-certificates=DIR names a folder with client-cert.pem and client-key.pem",
                    uri(served, TRUST));
        }
    }

    @Test
    void certificateOfAnotherHost() throws Exception {
        try (var served = serve("elsewhere", true, false)) {
            assertFails("the server's certificate is not for localhost, but for another host; "
                    + "tls-hostname=NAME says which is meant", uri(served, TRUST));
            var named = new NbdUri.Tls(TRUST.certificates(), "elsewhere.example", true);
            exercise(uri(served, named));
        }
    }

    @Test
    void certificateThatNobodyTrustedHasSigned() throws Exception {
        try (var served = serve("localhost", true, false)) {
            String what = "the server's certificate is signed by nobody who is trusted; tls-certificates=DIR "
                    + "names the folder of the ca-cert.pem that has signed it";
            assertFails(what, uri(served, tls("stranger")));
            assertFails(what, uri(served, NbdUri.Tls.DEFAULT)); // Whom the Java runtime trusts.
        }
    }

    @Test
    void certificateThatHasExpired() throws Exception {
        try (var served = serve("expired", true, false)) {
            assertFails("the server's certificate has expired", uri(served, TRUST));
        }
    }

    @ParameterizedTest
    @CsvSource({"elsewhere, stranger", "expired, trust"})
    void anyCertificateWhereItIsNotVerified(String server, String client) throws Exception {
        try (var served = serve(server, true, false)) {
            exercise(uri(served, new NbdUri.Tls(FOLDERS.resolve(client), null, false)));
            exercise(uri(served, new NbdUri.Tls(null, null, false)));
        }
    }

    @Test
    void folderWithoutAnAuthority() throws Exception {
        try (var served = serve("localhost", true, false)) {
            Path file = dir.resolve("ca-cert.pem");
            assertFails("no TLS with these certificates: " + file + ": does not exist",
                    uri(served, new NbdUri.Tls(dir, null, true)));
        }
    }

    @Test
    void serverThatHasNoTls() throws Exception {
        try (var served = new Served(dir)) {
            NbdUri uri = uri(served, TRUST);
            assertFails("the server refused: it has no TLS, without which " + uri + " is not opened "
                    + "(it says: \"this server has no TLS\")", uri);
        }
    }

    @Test
    void serverThatWantsTlsOfAPlainClient() throws Exception {
        try (var served = serve("localhost", true, false)) {
            NbdUri uri = uri(served, null);
            assertFails("the server refused: it wants TLS: open " + uri.toString().replace("nbd+", "nbds+")
                    + " instead (it says: \"TLS is required: NBD_OPT_STARTTLS comes first\")", uri);
        }
    }

    /** The bytes could be taken for the server's, which has not said them. */
    @Test
    void bytesBehindTheAnswerToStarttls() throws Exception {
        assertFailsOf("the server broke the protocol: bytes behind NBD_OPT_STARTTLS's reply that are not "
                + "encrypted", peer -> {
            peer.greet();
            assertEquals(NBD_OPT_STARTTLS, peer.option());
            ByteBuffer both = ByteBuffer.allocate(40);
            for (int i = 0; i < 2; i++) {
                both.putLong(OPTION_REPLY_MAGIC).putInt(NBD_OPT_STARTTLS).putInt(NBD_REP_ACK).putInt(0);
            }
            peer.send(both.flip());
            peer.awaitClosed();
        });
    }

    @Test
    void serverOfBeforeFixedNewstyle() throws Exception {
        assertFailsOf("the server refused: it has no TLS, without which URI is not opened", peer -> {
            peer.greet(0);
            peer.awaitClosed();
        });
    }

    @Test
    void serverThatAnswersTlsWithOtherBytes() throws Exception {
        assertFailsOf("TLS failed: TLS handshake with SOCKET failed: Unrecognized SSL message, "
                + "plaintext connection?",
                peer -> {
                    peer.greet();
                    assertEquals(NBD_OPT_STARTTLS, peer.option());
                    peer.optionReply(NBD_OPT_STARTTLS, NBD_REP_ACK, "");
                    peer.receive(100); // Of its hello.
                    peer.send(ByteBuffer.wrap("HTTP/1.1 400 Bad Request\r\n\r\n".getBytes()));
                });
    }

    private void assertFailsOf(String what, FakeServer.Script script) throws Exception {
        try (var fake = new FakeServer(dir, script)) {
            NbdUri uri = fake.uri().withTls(TRUST);
            assertFails(what.replace("URI", uri.toString()), uri);
        }
    }

    /** Extended headers were asked for in plain text; the request is compact, and its reply simple. */
    @Test
    void whatWasAgreedOnBeforeTlsIsForgotten() throws Exception {
        ByteBuffer reply = ByteBuffer.allocate(16);
        try (var served = serve("localhost", true, false); var loop = EventLoop.open("client")) {
            served.ask(() -> {
                served.server.encrypt(NbdTls.ofServer(FOLDERS.resolve("localhost"), false, false));
                return null;
            });
            loop.<Void, Exception>run("test", () -> {
                CoSocket socket = CoSocket.connect(served.address);
                socket.write(ByteBuffer.allocate(4).putInt(NBD_FLAG_FIXED_NEWSTYLE).flip());
                socket.write(Client.option(NBD_OPT_EXTENDED_HEADERS, ByteBuffer.allocate(0)));
                socket.readFully(ByteBuffer.allocate(18 + 20));
                socket.write(Client.option(NBD_OPT_STARTTLS, ByteBuffer.allocate(0)));
                socket.readFully(ByteBuffer.allocate(20));
                var context = PemFolder.clientContext(FOLDERS.resolve("trust"), true);
                try (var tls = CoTls.connect(socket, context, "localhost", 1)) {
                    tls.write(Client.option(NBD_OPT_GO, Client.info("")));
                    tls.readFully(ByteBuffer.allocate(20 + 12 + 20));
                    tls.write(Client.request(0, NBD_CMD_FLUSH, 9, 0, 0));
                    tls.readFully(reply);
                }
                return null;
            });
        }
        assertEquals(ByteBuffer.allocate(16).putInt(NBD_SIMPLE_REPLY_MAGIC).putInt(0).putLong(9).flip(),
                reply.flip());
    }

    /** The server is stopped, and another comes to its place: the same disk, over TLS again. */
    @Test
    void lostConnectionIsMadeAgainOverTls() throws Exception {
        byte[] bytes = new byte[8];
        var options = NbdClientOptions.DEFAULT.withReconnects(2, Duration.ofMillis(1));
        var second = new Served[1];
        try (var first = serve("localhost", true, false)) {
            open(uri(first, TRUST), options, disk -> {
                EventLoop.current().pool().<Void, Exception>call(() -> {
                    first.stop();
                    Files.deleteIfExists(dir.resolve("nbd.sock"));
                    second[0] = serve("localhost", true, false);
                    return null;
                });
                disk.read(8, MemorySegment.ofArray(bytes));
            });
        } finally {
            if (second[0] != null) second[0].close();
        }
        assertEquals(Served.content(16)[15], bytes[7]);
    }
}
