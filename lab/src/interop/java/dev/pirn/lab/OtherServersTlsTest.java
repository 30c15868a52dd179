package dev.pirn.lab;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Servers that we did not write, over TLS, through our client: {@code serve nbds://…} serves them onwards.
 * Their TLS is GnuTLS's.
 */
class OtherServersTlsTest {
    private static final int SIZE = 8 << 20;

    @TempDir
    private Path dir;
    private Path certificates;
    private Path trust;

    @BeforeEach
    void make() throws Exception {
        certificates = PemFolders.ours();
        trust = PemFolders.trustAlone();
    }

    private Path socket() {
        return dir.resolve("other.sock");
    }

    private String other(String scheme, String parameters) {
        return scheme + "+unix:///?socket=" + socket() + parameters;
    }

    private Run nbdkit(String... tls) throws Exception {
        String[] all = new String[tls.length + 6];
        System.arraycopy(tls, 0, all, 4, tls.length);
        all[0] = "-f";
        all[1] = "-U";
        all[2] = socket().toString();
        all[3] = "--tls-certificates=" + certificates;
        all[all.length - 2] = "memory";
        all[all.length - 1] = Integer.toString(SIZE);
        return Clients.startServer(socket(), "nbdkit", all);
    }

    /** Writes all of it, reads all of it, and some of it unaligned. */
    private void exercise(String uri) throws Exception {
        Path source = Image.make(dir.resolve("source.img"), SIZE);
        Path copy = dir.resolve("copy");
        try (var server = Server.start(uri, "--socket", dir.resolve("ours.sock").toString())) {
            Clients.run("nbdcopy", "--flush", source.toString(), server.uri());
            Clients.run("nbdcopy", server.uri(), copy.toString());
            Image.assertSame(source, copy);
            Clients.qemuIo(server.uri(), "write -P 7 1000 100000", "write -z 5M 1M", "flush",
                    "read -P 7 1000 100000", "read -P 0 5M 1M");
        }
    }

    @Test
    void qemuNbdThatVerifiesItsClients() throws Exception {
        Path image = Image.makeEmpty(dir.resolve("disk.img"), SIZE);
        String credentials = "tls-creds-x509,id=t,endpoint=server,verify-peer=on,dir=" + certificates;
        try (var _ = Clients.startServer(socket(), "qemu-nbd", "--object", credentials, "--tls-creds", "t",
                "-k", socket().toString(), "-t", "-e", "4", "-f", "raw", image.toString())) {
            exercise(other("nbds", "&tls-certificates=" + certificates));
        }
    }

    @Test
    void nbdkitThatRequiresTls() throws Exception {
        try (var _ = nbdkit("--tls=require")) {
            exercise(other("nbds", "&tls-certificates=" + trust));
        }
    }

    @Test
    void nbdkitThatVerifiesItsClients() throws Exception {
        try (var _ = nbdkit("--tls=require", "--tls-verify-peer")) {
            exercise(other("nbds", "&tls-hostname=localhost&tls-certificates=" + certificates));
        }
    }

    @Test
    void ourOwnOverTcp() throws Exception {
        Path image = Image.makeEmpty(dir.resolve("disk.img"), SIZE);
        String[] tls = {"--tls-required", "--tls-certs", certificates.toString()};
        try (var server = Transport.TCP.serve(image, tls)) {
            int port = URI.create(server.uri()).getPort();
            exercise("nbds://localhost:" + port + "/?tls-certificates=" + trust);
        }
    }

    private void assertFails(String uri, String what) throws Exception {
        try (var run = Run.start(Tool.command("serve", uri, "--port", "0"))) {
            Run.Outcome outcome = run.finish();
            assertEquals(1, outcome.code());
            assertTrue(outcome.err().startsWith("pirn: serve: cannot be opened: "), outcome.err());
            assertTrue(outcome.err().contains(what), outcome.err());
            assertEquals(1, outcome.err().lines().count(), outcome.err());
        }
    }

    /** Names the cure; and nobody who asked for TLS is served without. */
    @Test
    void schemeThatDoesNotFitTheServer() throws Exception {
        try (var _ = nbdkit("--tls=require")) {
            assertFails(other("nbd", ""), ": the server refused: it wants TLS: open nbds+unix:///?socket=");
            assertFails(other("nbds", "&tls-hostname=elsewhere&tls-certificates=" + trust),
                    ": the server's certificate is not for elsewhere, but for another host");
            assertFails(other("nbds", ""), ": the server's certificate is signed by nobody who is trusted");
        }
        Files.deleteIfExists(socket());
        try (var _ = nbdkit("--tls=off")) {
            assertFails(other("nbds", "&tls-certificates=" + trust), ": the server refused: it has no TLS");
        }
    }
}
