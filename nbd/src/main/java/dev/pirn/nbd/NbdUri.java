package dev.pirn.nbd;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.StringJoiner;

/**
 * An NBD URI as the NBD project's {@code doc/uri.md} has them, so that libnbd and QEMU understand it.
 *
 * <pre>
 *   nbd://host[:port][/export]           port 10809 if not given, localhost if there is no host
 *   nbd+unix:///[export]?socket=PATH
 *   nbds://…  nbds+unix://…              with TLS, or not at all; with parameters for it:
 *      tls-certificates=DIR  tls-hostname=NAME  tls-verify-peer=0  tls-type=x509
 * </pre>
 *
 * @param host a name or an address, an IPv6 one without brackets; null for a unix socket
 * @param port 0 for a unix socket
 * @param socket the path of a unix socket, or null
 * @param export the export's name; empty for the server's default
 * @param tls how the connection is encrypted; null for not at all
 */
public record NbdUri(String host, int port, Path socket, String export, Tls tls) {
    /**
     * How a client encrypts: by certificates (X.509).
     *
     * @param certificates folder of {@code ca-cert.pem}, and of {@code client-cert.pem} and
     *     {@code client-key.pem} if the server wants to know who we are; null to trust whom the Java runtime
     *     trusts
     * @param hostname who the server's certificate must be for; null for the host, or for a unix socket
     *     {@code localhost}
     * @param verifiesPeer whether the server's certificate must be so, and signed by somebody trusted
     */
    public record Tls(Path certificates, String hostname, boolean verifiesPeer) {
        /** Trusts whom the Java runtime trusts, and them as hosts of the URI. */
        public static final Tls DEFAULT = new Tls(null, null, true);
    }


    /** IANA's port for NBD. */
    public static final int PORT_DEFAULT = 10809;

    private static final int PORT_MAX = 65535;
    private static final String LOCALHOST = "localhost";
    private static final Set<String> PARAMETERS =
            Set.of("socket", "tls-certificates", "tls-hostname", "tls-verify-peer", "tls-type");
    private static final int HEX = 16;
    /** What RFC 3986 leaves as it is everywhere, and the slash, which may stand in a path and in a query. */
    private static final String PLAIN = "-._~/";

    /** Refuses what is neither of the two kinds, and names that the protocol cannot carry. */
    public NbdUri {
        NbdExport.check("name", export);
        if ((host == null) == (socket == null)) {
            throw new IllegalArgumentException("an NBD URI with a host " + host + " and a socket " + socket
                    + "; it has one of them");
        }
        if (port < 0 || port > PORT_MAX) {
            throw new IllegalArgumentException("port " + port + ", not 0 to " + PORT_MAX);
        }
    }

    /** {@code nbd://host:port/export}. */
    public static NbdUri tcp(String host, int port, String export) {
        return new NbdUri(Objects.requireNonNull(host, "host"), port, null, export, null);
    }

    /** {@code nbd+unix:///export?socket=path}. */
    public static NbdUri unix(Path socket, String export) {
        return new NbdUri(null, 0, Objects.requireNonNull(socket, "socket"), export, null);
    }

    /** The same, with TLS; with null, without. */
    public NbdUri withTls(Tls other) {
        return new NbdUri(host, port, socket, export, other);
    }

    /** Who the server's certificate must be for. */
    String hostToVerify() {
        if (tls.hostname != null) return tls.hostname;
        return host == null ? LOCALHOST : host;
    }

    /** True if {@code text} has one of NBD's schemes, with or without TLS: it is meant to be a URI. */
    public static boolean isOne(String text) {
        return text.matches("nbds?(\\+(unix|vsock))?://.*");
    }

    /**
     * Reads a URI.
     *
     * @throws IllegalArgumentException if it is none that we can open; says what is wrong with it
     */
    public static NbdUri parse(String text) {
        int scheme = text.indexOf("://");
        String name = scheme < 0 ? "" : text.substring(0, scheme);
        boolean encrypted = name.startsWith("nbds");
        boolean unix = name.equals("nbd+unix") || name.equals("nbds+unix");
        if (!unix && !name.equals("nbd") && !name.equals("nbds")) {
            throw wrong(text, "neither nbd:// nor nbd+unix://, nor one of them with nbds");
        }
        if (text.indexOf('#') >= 0) throw wrong(text, "a fragment; write # as %23");

        String rest = text.substring(scheme + 3);
        int query = rest.indexOf('?');
        String path = query < 0 ? rest : rest.substring(0, query);
        Map<String, String> parameters = parameters(text, query < 0 ? "" : rest.substring(query + 1));
        String socket = parameters.remove("socket");
        int slash = path.indexOf('/');
        String authority = slash < 0 ? path : path.substring(0, slash);
        String export = slash < 0 ? "" : decode(text, path.substring(slash + 1));
        if (unix != (socket != null)) {
            throw wrong(text, unix ? "no socket: add ?socket=PATH" : "a socket; its scheme is nbd+unix");
        }
        if (!encrypted && !parameters.isEmpty()) {
            throw wrong(text, "parameter " + parameters.keySet().iterator().next()
                    + ", which the schemes nbds and nbds+unix have");
        }
        Tls tls = encrypted ? tls(text, parameters) : null;
        if (!unix) return tcp(text, authority, export).withTls(tls);
        if (!authority.isEmpty()) throw wrong(text, "a host and a socket; write " + name + ":///");
        return unix(Path.of(socket), export).withTls(tls);
    }

    /** Those that we know, by name, each once and none empty. */
    private static Map<String, String> parameters(String text, String query) {
        var found = new LinkedHashMap<String, String>();
        if (query.isEmpty()) return found;
        for (String each : query.split("[&;]")) {
            int equals = each.indexOf('=');
            String key = equals < 0 ? each : each.substring(0, equals);
            if (equals < 0 || !PARAMETERS.contains(key)) throw wrong(text, "parameter " + each);
            String value = decode(text, each.substring(equals + 1));
            if (value.isEmpty()) throw wrong(text, "parameter " + key + ", which is empty");
            if (found.put(key, value) != null) throw wrong(text, "parameter " + key + ", twice");
        }
        return found;
    }

    private static Tls tls(String text, Map<String, String> parameters) {
        String type = parameters.getOrDefault("tls-type", "x509");
        if (!type.equals("x509")) throw wrong(text, "tls-type " + type + "; what is done is x509");
        boolean verifies = switch (parameters.getOrDefault("tls-verify-peer", "1")) {
            case "1", "true" -> true;
            case "0", "false" -> false;
            default -> throw wrong(text, "tls-verify-peer, which is neither 0 nor 1");
        };
        String folder = parameters.get("tls-certificates");
        return new Tls(folder == null ? null : Path.of(folder), parameters.get("tls-hostname"), verifies);
    }

    private static NbdUri tcp(String text, String authority, String export) {
        int at = authority.indexOf('@');
        if (at >= 0) throw wrong(text, "a user, whom NBD has with pre-shared keys (PSK) alone");
        int bracket = authority.startsWith("[") ? authority.indexOf(']') : -1;
        if (bracket < 0 && authority.startsWith("[")) throw wrong(text, "no ] behind an IPv6 address");
        int colon = authority.indexOf(':', bracket + 1);
        String host = colon < 0 ? authority : authority.substring(0, colon);
        if (bracket >= 0 && host.length() > bracket + 1) throw wrong(text, "text behind ]");
        if (bracket >= 0) host = host.substring(1, bracket);
        host = decode(text, host);
        String port = colon < 0 ? "" : authority.substring(colon + 1);
        return tcp(host.isEmpty() ? LOCALHOST : host, port(text, port), export);
    }

    private static int port(String text, String port) {
        if (port.isEmpty()) return PORT_DEFAULT;
        if (!port.matches("[0-9]{1,5}") || Integer.parseInt(port) > PORT_MAX || Integer.parseInt(port) == 0) {
            throw wrong(text, "port " + port + ", not 1 to " + PORT_MAX);
        }
        return Integer.parseInt(port);
    }

    private static String decode(String text, String part) {
        var bytes = new ByteArrayOutputStream();
        byte[] given = part.getBytes(StandardCharsets.UTF_8);
        for (int i = 0; i < given.length; i++) {
            if (given[i] != '%') {
                bytes.write(given[i]);
                continue;
            }
            int high = i + 2 < given.length ? Character.digit(given[i + 1], HEX) : -1;
            int low = high >= 0 ? Character.digit(given[i + 2], HEX) : -1;
            if (low < 0) throw wrong(text, "a % without two hexadecimal digits; write % as %25");
            bytes.write(high * HEX + low);
            i += 2;
        }
        try {
            var decoder = StandardCharsets.UTF_8.newDecoder();
            return decoder.decode(ByteBuffer.wrap(bytes.toByteArray())).toString();
        } catch (CharacterCodingException e) {
            throw wrong(text, "bytes that are no UTF-8");
        }
    }

    private static IllegalArgumentException wrong(String text, String what) {
        return new IllegalArgumentException("not an NBD URI that can be opened: " + text + ": " + what);
    }

    /** The URI, percent-encoded, paths made absolute. */
    @Override
    public String toString() {
        var query = new StringJoiner("&", "?", "").setEmptyValue("");
        if (socket != null) query.add("socket=" + encode(socket.toAbsolutePath().toString()));
        if (tls != null && tls.certificates != null) {
            query.add("tls-certificates=" + encode(tls.certificates.toAbsolutePath().toString()));
        }
        if (tls != null && tls.hostname != null) query.add("tls-hostname=" + encode(tls.hostname));
        if (tls != null && !tls.verifiesPeer) query.add("tls-verify-peer=0");
        String scheme = tls == null ? "nbd" : "nbds";
        if (socket != null) return scheme + "+unix:///" + encode(export) + query;
        // A colon is an IPv6 address's; its zone's % must not look like an encoded byte (RFC 6874).
        String literal = host.contains(":") ? "[" + host.replace("%", "%25") + "]" : host;
        return scheme + "://" + literal + ":" + port + "/" + encode(export) + query;
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
