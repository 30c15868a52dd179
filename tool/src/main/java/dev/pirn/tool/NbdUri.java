package dev.pirn.tool;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** Writes NBD URIs as the NBD project's {@code uri.md} has them, so that libnbd and QEMU understand them. */
final class NbdUri {
    /** What RFC 3986 leaves as it is everywhere, and the slash, which may stand in a path and in a query. */
    private static final String PLAIN = "-._~/";

    private NbdUri() { }

    /** {@code nbd://host:port/export}. */
    static String tcp(String host, int port, String export) {
        // A colon is an IPv6 address's; its zone's % must not look like an encoded byte (RFC 6874).
        String literal = host.contains(":") ? "[" + host.replace("%", "%25") + "]" : host;
        return "nbd://" + literal + ":" + port + "/" + encode(export);
    }

    /** {@code nbd+unix:///export?socket=path}, with the path made absolute. */
    static String unix(Path socket, String export) {
        return "nbd+unix:///" + encode(export) + "?socket=" + encode(socket.toAbsolutePath().toString());
    }

    private static String encode(String text) {
        var encoded = new StringBuilder();
        for (byte each : text.getBytes(StandardCharsets.UTF_8)) {
            char c = (char) (each & 0xff);
            boolean plain = c < 0x80 && (Character.isLetterOrDigit(c) || PLAIN.indexOf(c) >= 0);
            if (plain) encoded.append(c); else encoded.append("%%%02X".formatted((int) c));
        }
        return encoded.toString();
    }
}
