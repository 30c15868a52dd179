package dev.pirn.nbd;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.interfaces.ECPrivateKey;
import java.util.Arrays;
import java.util.Base64;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PemKeyTest {
    private static final Path FILE = Path.of("server-key.pem");
    /** [0] { OBJECT IDENTIFIER 1.2.840.10045.3.1.7 }: the curve P-256. */
    private static final byte[] P256 =
            {(byte) 0xa0, 10, 6, 8, 0x2a, (byte) 0x86, 0x48, (byte) 0xce, 0x3d, 3, 1, 7};

    private static PrivateKey make(String algorithm, int size) throws Exception {
        KeyPairGenerator generator = KeyPairGenerator.getInstance(algorithm);
        if (size > 0) generator.initialize(size);
        return generator.generateKeyPair().getPrivate();
    }

    private static String pem(String kind, byte[] der) {
        return "-----BEGIN " + kind + "-----\n" + Base64.getMimeEncoder().encodeToString(der)
                + "\n-----END " + kind + "-----\n";
    }

    private static void assertRefused(String why, String text) {
        assertEquals("server-key.pem: " + why,
                assertThrows(IOException.class, () -> PemKey.read(FILE, text)).getMessage());
    }

    /** The end of a PKCS #8 of RSA is the key in PKCS #1, behind a header of 26 bytes for this size. */
    private static byte[] pkcs1(PrivateKey key) {
        byte[] der = key.getEncoded();
        return Arrays.copyOfRange(der, 26, der.length);
    }

    /** SEQUENCE { INTEGER 1, OCTET STRING { key }, [0] { curve } }. */
    private static byte[] sec1(ECPrivateKey key, byte[] curve) {
        byte[] number = key.getS().toByteArray();
        byte[] secret = new byte[32];
        int length = Math.min(32, number.length);
        System.arraycopy(number, number.length - length, secret, 32 - length, length);
        var out = new ByteArrayOutputStream();
        out.writeBytes(new byte[] {0x30, (byte) (5 + 32 + curve.length), 2, 1, 1, 4, 32});
        out.writeBytes(secret);
        out.writeBytes(curve);
        return out.toByteArray();
    }

    @ParameterizedTest
    @ValueSource(strings = {"RSA", "EC", "Ed25519"})
    void pkcs8(String algorithm) throws Exception {
        PrivateKey key = make(algorithm, 0);
        String text = "Bag Attributes: <none>\n" + pem("PRIVATE KEY", key.getEncoded());
        assertEquals(key, PemKey.read(FILE, text));
    }

    @Test
    void pkcs1OfRsa() throws Exception {
        PrivateKey key = make("RSA", 2048);
        assertEquals(key, PemKey.read(FILE, pem("RSA PRIVATE KEY", pkcs1(key))));
    }

    @Test
    void sec1OfACurve() throws Exception {
        var key = (ECPrivateKey) make("EC", 256);
        String text = "-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n"
                + pem("EC PRIVATE KEY", sec1(key, P256));
        assertEquals(key.getS(), ((ECPrivateKey) PemKey.read(FILE, text)).getS());
    }

    @Test
    void sec1OfNoCurve() throws Exception {
        var key = (ECPrivateKey) make("EC", 256);
        assertRefused("its private key does not name its curve; make it anew, as by: openssl pkcs8 -topk8 "
                + "-nocrypt", pem("EC PRIVATE KEY", sec1(key, new byte[0])));
    }

    @Test
    void keyThatIsEncrypted() {
        assertRefused("its key is of the kind \"ENCRYPTED PRIVATE KEY\", not in the clear; decrypt it first, "
                + "as by: openssl pkey -in server-key.pem", pem("ENCRYPTED PRIVATE KEY", new byte[100]));
    }

    @Test
    void textWithoutAKey() {
        assertRefused("has no private key", "hello\n");
        assertRefused("has no private key", pem("CERTIFICATE", new byte[10]));
    }

    /** Cut off anywhere, it is refused, never anything worse. */
    @Test
    void damagedKey() throws Exception {
        String damaged = "its private key is damaged, or of none of [RSA, EC, EdDSA, RSASSA-PSS]";
        byte[] der = make("RSA", 2048).getEncoded();
        assertRefused(damaged, pem("PRIVATE KEY", Arrays.copyOf(der, der.length - 1)));
        byte[] sec1 = sec1((ECPrivateKey) make("EC", 256), P256);
        for (int length = 0; length < sec1.length; length++) {
            String text = pem("EC PRIVATE KEY", Arrays.copyOf(sec1, length));
            assertThrows(IOException.class, () -> PemKey.read(FILE, text));
        }
    }

    @Test
    void keyThatIsNoBase64() {
        assertThrows(IOException.class, () -> PemKey.read(FILE,
                "-----BEGIN PRIVATE KEY-----\nA\n-----END PRIVATE KEY-----\n"));
    }
}
