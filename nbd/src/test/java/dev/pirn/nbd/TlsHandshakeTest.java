package dev.pirn.nbd;

import static dev.pirn.nbd.Proto.*;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a server that encrypts says to clients that do not, or not yet. */
class TlsHandshakeTest {
    @TempDir
    private Path dir;
    private Served served;
    private Client client;

    @BeforeEach
    void connect() throws Exception {
        served = new Served(dir);
    }

    @AfterEach
    void everythingIsGivenBack() throws Exception {
        client.close();
        served.awaitIdle();
        served.close();
    }

    private void encrypt(boolean required) throws Exception {
        var context = SSLContext.getInstance("TLS");
        context.init(null, null, null); // No certificate: no handshake of TLS will succeed.
        served.ask(() -> {
            served.server.encrypt(new NbdTls(context, required, false));
            return null;
        });
        client = served.connect();
        client.greet();
    }

    private int ask(int option, String data) throws Exception {
        return client.ask(option, data).type();
    }

    @Test
    void nothingIsGrantedWhereItIsRequired() throws Exception {
        encrypt(true);
        assertEquals(NBD_REP_ERR_TLS_REQD, ask(NBD_OPT_LIST, ""));
        assertEquals(NBD_REP_ERR_TLS_REQD, ask(NBD_OPT_STRUCTURED_REPLY, ""));
        assertEquals(NBD_REP_ERR_TLS_REQD, ask(NBD_OPT_GO, "\0\0\0\0\0\0"));
        assertEquals(NBD_REP_ERR_TLS_REQD, ask(12345, "d".repeat(300_000)));
        assertEquals(NBD_REP_ACK, ask(NBD_OPT_ABORT, ""));
    }

    /** It has no reply that could say so. */
    @Test
    void exportNameIsCutOffWhereItIsRequired() throws Exception {
        encrypt(true);
        client.send(Client.option(NBD_OPT_EXPORT_NAME, ByteBuffer.wrap("disk".getBytes())));
        client.assertClosed();
    }

    @Test
    void otherClientsAreServedWhereItIsOffered() throws Exception {
        encrypt(false);
        assertEquals(NBD_REP_SERVER, ask(NBD_OPT_LIST, ""));
        assertEquals(NBD_REP_ACK, client.optionReply().type());
    }

    /** CVE-2021-3716: another server once took them for the client's. */
    @Test
    void bytesBehindStarttlsAreNotTakenForTheClients() throws Exception {
        encrypt(true);
        ByteBuffer both = ByteBuffer.allocate(64)
                .put(Client.option(NBD_OPT_STARTTLS, ByteBuffer.allocate(0)))
                .put(Client.option(NBD_OPT_LIST, ByteBuffer.allocate(0))).flip();
        client.send(both);
        assertEquals(NBD_REP_ACK, client.optionReply().type());
        client.assertClosed();
    }

    @Test
    void startOfTlsThatIsNone() throws Exception {
        encrypt(true);
        assertEquals(NBD_REP_ACK, ask(NBD_OPT_STARTTLS, ""));
        client.send(ByteBuffer.wrap("GET / HTTP/1.1\r\n\r\n".getBytes()));
        client.assertClosedBehindAnything();
    }
}
