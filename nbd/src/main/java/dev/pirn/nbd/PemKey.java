package dev.pirn.nbd;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A private key in PEM: in PKCS #8 (RFC 5958), which the JDK reads, or in one of the older forms, which are
 * put into it.
 *
 * <pre>
 *   PKCS #8:  SEQUENCE { INTEGER 0, SEQUENCE { algorithm, parameters }, OCTET STRING { key } }
 *   "RSA PRIVATE KEY"  is that key of rsaEncryption           (PKCS #1, RFC 8017 A.1.2)
 *   "EC PRIVATE KEY"   is that key of ecPublicKey, and has the parameters in its [0]    (SEC 1, RFC 5915)
 * </pre>
 */
final class PemKey {
    private static final Pattern BLOCK =
            Pattern.compile("(?s)-----BEGIN ((?:[A-Z]+ )?PRIVATE KEY)-----(.*?)-----END \\1-----");
    private static final List<String> ALGORITHMS = List.of("RSA", "EC", "EdDSA", "RSASSA-PSS");
    private static final int INTEGER = 0x02;
    private static final int OCTET_STRING = 0x04;
    private static final int SEQUENCE = 0x30;
    private static final int PARAMETERS = 0xa0;
    private static final byte[] ZERO = {INTEGER, 1, 0};
    /** OBJECT IDENTIFIER 1.2.840.113549.1.1.1 and NULL. */
    private static final byte[] RSA_ENCRYPTION =
            {6, 9, 0x2a, (byte) 0x86, 0x48, (byte) 0x86, (byte) 0xf7, 0x0d, 1, 1, 1, 5, 0};
    /** OBJECT IDENTIFIER 1.2.840.10045.2.1. */
    private static final byte[] EC_PUBLIC_KEY = {6, 7, 0x2a, (byte) 0x86, 0x48, (byte) 0xce, 0x3d, 2, 1};

    private PemKey() { }

    /** Finds the key in {@code text}, the content of {@code file}; whatever stands around it is ignored. */
    static PrivateKey read(Path file, String text) throws IOException {
        Matcher block = BLOCK.matcher(text);
        if (!block.find()) throw new IOException(file + ": has no private key");
        byte[] der;
        try {
            der = Base64.getMimeDecoder().decode(block.group(2));
        } catch (IllegalArgumentException e) {
            throw new IOException(file + ": its private key is no base64: " + e.getMessage(), e);
        }
        return switch (block.group(1)) {
            case "PRIVATE KEY" -> key(file, der);
            case "RSA PRIVATE KEY" -> key(file, inPkcs8(RSA_ENCRYPTION, der));
            case "EC PRIVATE KEY" -> key(file, inPkcs8(join(EC_PUBLIC_KEY, curve(file, der)), der));
            default -> throw new IOException(file + ": its key is of the kind \"" + block.group(1)
                    + "\", not in the clear; decrypt it first, as by: openssl pkey -in " + file);
        };
    }

    private static PrivateKey key(Path file, byte[] pkcs8) throws IOException {
        for (String algorithm : ALGORITHMS) {
            try {
                return KeyFactory.getInstance(algorithm).generatePrivate(new PKCS8EncodedKeySpec(pkcs8));
            } catch (GeneralSecurityException e) {
                continue; // Of another.
            }
        }
        throw new IOException(file + ": its private key is damaged, or of none of " + ALGORITHMS);
    }

    private static byte[] inPkcs8(byte[] algorithm, byte[] key) {
        return element(SEQUENCE, join(ZERO, join(element(SEQUENCE, algorithm), element(OCTET_STRING, key))));
    }

    /** What stands in the [0] of a SEC 1 key: the name of its curve. */
    private static byte[] curve(Path file, byte[] der) throws IOException {
        // SEQUENCE { INTEGER 1, OCTET STRING, [0] parameters, … }: the first two are skipped.
        int at = header(der, 0);
        while (at >= 0 && at < der.length) {
            int content = header(der, at);
            int end = content < 0 ? -1 : content + length(der, at);
            if (end < 0 || end > der.length) break;
            if ((der[at] & 0xff) == PARAMETERS) return Arrays.copyOfRange(der, content, end);
            at = end;
        }
        throw new IOException(file + ": its private key does not name its curve; make it anew, as by: "
                + "openssl pkcs8 -topk8 -nocrypt");
    }

    /** Where the content of the element at {@code at} begins; -1 if it is none. */
    private static int header(byte[] der, int at) {
        if (at + 2 > der.length) return -1;
        int first = der[at + 1] & 0xff;
        return first < 0x80 ? at + 2 : first > 0x82 ? -1 : at + 2 + (first & 0x7f);
    }

    private static int length(byte[] der, int at) {
        int first = der[at + 1] & 0xff;
        if (first < 0x80) return first;
        int length = 0;
        for (int i = 0; i < (first & 0x7f); i++) {
            if (at + 2 + i >= der.length) return Integer.MAX_VALUE / 2;
            length = length << 8 | der[at + 2 + i] & 0xff;
        }
        return length;
    }

    private static byte[] element(int tag, byte[] content) {
        int length = content.length;
        byte[] header = length < 0x80 ? new byte[] {(byte) tag, (byte) length}
                : length < 0x100 ? new byte[] {(byte) tag, (byte) 0x81, (byte) length}
                : new byte[] {(byte) tag, (byte) 0x82, (byte) (length >> 8), (byte) length};
        return join(header, content);
    }

    private static byte[] join(byte[] one, byte[] other) {
        var all = new ByteArrayOutputStream();
        all.writeBytes(one);
        all.writeBytes(other);
        return all.toByteArray();
    }
}
