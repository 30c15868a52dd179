package dev.pirn.nbd;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class NbdUriTest {
    @Test
    void withoutAName() {
        assertEquals("nbd://127.0.0.1:10809/", NbdUri.tcp("127.0.0.1", 10809, "").toString());
    }

    @Test
    void withAName() {
        assertEquals("nbd://localhost:7/disk", NbdUri.tcp("localhost", 7, "disk").toString());
    }

    @Test
    void ipv6AddressStandsInBrackets() {
        assertEquals("nbd://[::1]:10809/", NbdUri.tcp("::1", 10809, "").toString());
    }

    @Test
    void zoneOfAnIpv6Address() {
        assertEquals("nbd://[fe80::1%25eth0]:10809/", NbdUri.tcp("fe80::1%eth0", 10809, "").toString());
    }

    @Test
    void nameIsEncodedAsUtf8() {
        assertEquals("nbd://h:1/a%20b%3F%23%25/%C3%A9", NbdUri.tcp("h", 1, "a b?#%/\u00e9").toString());
    }

    @Test
    void unixSocket() {
        assertEquals("nbd+unix:///?socket=/run/disk.sock",
                NbdUri.unix(Path.of("/run/disk.sock"), "").toString());
    }

    @Test
    void unixSocketWithANameAndCharactersThatEndAQuery() {
        assertEquals("nbd+unix:///disk?socket=/tmp/a%26b%20c%23",
                NbdUri.unix(Path.of("/tmp/a&b c#"), "disk").toString());
    }

    @Test
    void unixSocketOfARelativePath() {
        assertEquals("nbd+unix:///?socket=" + Path.of("").toAbsolutePath() + "/s",
                NbdUri.unix(Path.of("s"), "").toString());
    }
}
