package dev.pirn.lab;

import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.URI;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Who is let in by {@code serve --tls-certs}. What clients do then is {@link ClientsTest}'s. */
class TlsTest {
    private static final int SIZE = 3 << 20;

    @TempDir
    private Path dir;
    private Path certificates;
    private Path trust;
    private Path image;

    @BeforeEach
    void make() throws Exception {
        certificates = PemFolders.ours();
        trust = PemFolders.trustAlone();
        image = Image.make(dir.resolve("disk.img"), SIZE);
    }

    private Server serve(String... more) throws Exception {
        String[] all = new String[more.length + 2];
        all[0] = "--tls-certs";
        all[1] = certificates.toString();
        System.arraycopy(more, 0, all, 2, more.length);
        return Transport.TCP.serve(image, all);
    }

    private static int port(Server server) {
        return URI.create(server.uri()).getPort();
    }

    private static String uri(Server server, Path folder) {
        return "nbds://localhost:" + port(server) + "/?tls-certificates=" + folder;
    }

    @Test
    void overAUnixSocket() throws Exception {
        String[] tls = {"--tls-certs", certificates.toString(), "--tls-required"};
        try (var server = Transport.UNIX.serve(image, tls)) {
            String socket = server.uri().substring(server.uri().indexOf("socket=") + 7);
            Clients.run("nbdcopy", "nbds+unix:///?socket=" + socket
                    + "&tls-verify-peer=false&tls-certificates=" + trust, dir.resolve("copy").toString());
        }
        Image.assertSame(image, dir.resolve("copy"));
    }

    @Test
    void whereItIsRequiredNobodyGetsAnythingWithout() throws Exception {
        try (var server = serve("--tls-required");
                var plain = Clients.start("nbdinfo", "nbd://localhost:" + port(server) + "/")) {
            assertNotEquals(0, plain.finish().code()); // Its message differs from version to version.
        }
    }

    @Test
    void whereItIsOfferedBothAreServed() throws Exception {
        try (var server = serve()) {
            Clients.run("nbdinfo", server.uri());
            assertTrue(Clients.run("nbdinfo", uri(server, trust)).contains("TLS"));
        }
    }

    @Test
    void whoIsToBeVerifiedNeedsACertificate() throws Exception {
        try (var server = serve("--tls-required", "--tls-verify-peer")) {
            Clients.run("nbdinfo", uri(server, certificates));
            try (var nobody = Clients.start("nbdinfo", uri(server, trust))) {
                assertNotEquals(0, nobody.finish().code());
            }
        }
    }
}
