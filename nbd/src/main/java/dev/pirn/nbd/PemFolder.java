package dev.pirn.nbd;

import dev.pirn.NoCoroutineFn;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;

/**
 * Certificates and a key in files of PEM, by the names that GnuTLS's users gave them.
 *
 * <pre>
 *   ca-cert.pem                     whom to trust
 *   server-cert.pem server-key.pem  who a server is; the certificate may be followed by its issuers
 *   client-cert.pem client-key.pem  who a client is
 * </pre>
 */
final class PemFolder {
    private static final long FILE_SIZE_MAX = 1 << 20;
    private static final char[] NO_PASSWORD = {};
    private static final String TRUSTED = "ca-cert.pem";

    private PemFolder() { }

    /**
     * Makes a context for who is called {@code side}, "server" or "client".
     *
     * @param needsTrust whether ca-cert.pem must be there; without it, nobody is trusted
     */
    @NoCoroutineFn
    static SSLContext context(Path folder, String side, boolean needsTrust) throws IOException {
        try {
            KeyStore trusted = trusted(folder.resolve(TRUSTED), needsTrust);
            return context(ownKeys(folder, side), trust(trusted));
        } catch (GeneralSecurityException e) {
            throw unusable(folder, e);
        }
    }

    /**
     * Makes a context for a client.
     *
     * @param folder whose client-cert.pem and client-key.pem may both be missing; null for a client that has
     *     none, and trusts whom the Java runtime trusts
     * @param verifies whether ca-cert.pem must be there; without it, anybody is trusted
     */
    @NoCoroutineFn
    static SSLContext clientContext(Path folder, boolean verifies) throws IOException {
        try {
            KeyStore trusted = folder == null || !verifies ? null : trusted(folder.resolve(TRUSTED), true);
            return context(namesClient(folder) ? ownKeys(folder, "client") : empty(),
                    verifies ? trust(trusted) : new TrustManager[] {new ClientTls.TrustAnybody()});
        } catch (GeneralSecurityException e) {
            throw unusable(folder, e);
        }
    }

    /** Whether the folder says who a client is; a certificate without its key is an error later. */
    @NoCoroutineFn
    static boolean namesClient(Path folder) {
        return folder != null && (Files.exists(folder.resolve("client-cert.pem"))
                || Files.exists(folder.resolve("client-key.pem")));
    }

    /** Of null: whom the Java runtime trusts. */
    private static TrustManager[] trust(KeyStore trusted) throws GeneralSecurityException {
        var trust = TrustManagerFactory.getInstance("PKIX");
        trust.init(trusted);
        return trust.getTrustManagers();
    }

    private static SSLContext context(KeyStore own, TrustManager[] trust) throws GeneralSecurityException {
        var keys = KeyManagerFactory.getInstance("PKIX");
        keys.init(own, NO_PASSWORD);
        var context = SSLContext.getInstance("TLS");
        context.init(keys.getKeyManagers(), trust, null);
        return context;
    }

    private static IOException unusable(Path folder, GeneralSecurityException e) {
        return new IOException((folder == null ? "TLS" : folder + ": its certificates")
                + " cannot be used: " + e.getMessage(), e);
    }

    @NoCoroutineFn
    private static KeyStore ownKeys(Path folder, String side) throws IOException, GeneralSecurityException {
        Path certificateFile = folder.resolve(side + "-cert.pem");
        Certificate[] chain = certificates(certificateFile);
        Path keyFile = folder.resolve(side + "-key.pem");
        PrivateKey key = PemKey.read(keyFile, text(keyFile));
        KeyStore store = empty();
        store.setKeyEntry(side, key, NO_PASSWORD, chain);
        return store;
    }

    @NoCoroutineFn
    private static KeyStore trusted(Path file, boolean needed) throws IOException, GeneralSecurityException {
        KeyStore store = empty();
        if (!needed && !Files.exists(file)) return store;
        int number = 0;
        for (Certificate each : certificates(file)) store.setCertificateEntry("ca " + number++, each);
        return store;
    }

    private static KeyStore empty() throws IOException, GeneralSecurityException {
        var store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        return store;
    }

    @NoCoroutineFn
    private static Certificate[] certificates(Path file) throws IOException {
        try {
            var bytes = new ByteArrayInputStream(text(file).getBytes());
            Certificate[] found = CertificateFactory.getInstance("X.509").generateCertificates(bytes)
                    .toArray(Certificate[]::new);
            if (found.length == 0) throw new IOException(file + ": has no certificate");
            return found;
        } catch (CertificateException e) {
            throw new IOException(file + ": has no certificate that can be read: " + e.getMessage(), e);
        }
    }

    @NoCoroutineFn
    private static String text(Path file) throws IOException {
        try {
            if (Files.size(file) > FILE_SIZE_MAX) {
                throw new IOException(file + ": more than " + FILE_SIZE_MAX + " bytes");
            }
            return Files.readString(file);
        } catch (NoSuchFileException e) {
            throw new IOException(file + ": does not exist", e);
        }
    }
}
