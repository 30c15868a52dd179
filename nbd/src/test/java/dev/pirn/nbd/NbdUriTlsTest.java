package dev.pirn.nbd;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** URIs that want TLS, as the NBD project's {@code doc/uri.md} and libnbd have them. */
class NbdUriTlsTest {
    @Test
    void withoutParametersTheHostIsVerified() {
        NbdUri uri = NbdUri.parse("nbds://disks.example/a");
        assertEquals(NbdUri.tcp("disks.example", 10809, "a").withTls(NbdUri.Tls.DEFAULT), uri);
        assertEquals("disks.example", uri.hostToVerify());
        assertEquals("nbds://disks.example:10809/a", uri.toString());
    }

    @Test
    void unixSocketIsLocalhosts() {
        NbdUri uri = NbdUri.parse("nbds+unix:///?socket=/run/s");
        assertEquals("localhost", uri.hostToVerify());
        assertEquals("nbds+unix:///?socket=/run/s", uri.toString());
    }

    @Test
    void everyParameter() {
        String text = "nbds+unix:///d?socket=/run/s&tls-certificates=/etc/p%20ki&tls-hostname=h"
                + "&tls-verify-peer=0";
        NbdUri uri = NbdUri.parse(text + "&tls-type=x509");
        assertEquals(new NbdUri.Tls(Path.of("/etc/p ki"), "h", false), uri.tls());
        assertEquals("h", uri.hostToVerify());
        assertEquals(text, uri.toString());
        assertEquals(uri, NbdUri.parse(uri.toString()));
    }

    @Test
    void parametersOfTcp() {
        NbdUri uri = NbdUri.parse("nbds://h:7?tls-verify-peer=1;tls-certificates=/pki");
        assertEquals(NbdUri.tcp("h", 7, "").withTls(new NbdUri.Tls(Path.of("/pki"), null, true)), uri);
        assertEquals("nbds://h:7/?tls-certificates=/pki", uri.toString());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "nbd://h/?tls-type=x509 | parameter tls-type, which the schemes nbds and nbds+unix have",
        "nbd+unix:///?socket=s&tls-hostname=h | parameter tls-hostname, which the schemes nbds and "
                + "nbds+unix have",
        "nbds://h/?tls-verify-peer=maybe   | tls-verify-peer, which is neither 0 nor 1",
        "nbds://h/?tls-verify-peer=        | parameter tls-verify-peer, which is empty",
        "nbds://h/?tls-type=psk            | tls-type psk; what is done is x509",
        "nbds://h/?tls-hostname=a&tls-hostname=b | parameter tls-hostname, twice",
        "nbds://h/?tls-psk-file=/keys      | parameter tls-psk-file=/keys",
        "nbds://h/?tls-certificates        | parameter tls-certificates",
        "nbds://alice@h/                   | a user, whom NBD has with pre-shared keys (PSK) alone",
        "nbds://h/?socket=s                | a socket; its scheme is nbd+unix",
        "nbds+unix:///                     | no socket: add ?socket=PATH",
        "nbds+vsock://2/                   | neither nbd:// nor nbd+unix://, nor one of them with nbds"})
    void wrong(String text, String what) {
        var e = assertThrows(IllegalArgumentException.class, () -> NbdUri.parse(text));
        assertEquals("not an NBD URI that can be opened: " + text + ": " + what, e.getMessage());
    }
}
