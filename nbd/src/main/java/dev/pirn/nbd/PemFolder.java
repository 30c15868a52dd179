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

    private PemFolder() { }

    /**
     * Makes a context for who is called {@code side}, "server" or "client".
     *
     * @param needsTrust whether ca-cert.pem must be there; without it, nobody is trusted
     */
    @NoCoroutineFn
    static SSLContext context(Path folder, String side, boolean needsTrust) throws IOException {
        try {
            var keys = KeyManagerFactory.getInstance("PKIX");
            keys.init(ownKeys(folder, side), NO_PASSWORD);
            var trust = TrustManagerFactory.getInstance("PKIX");
            trust.init(trusted(folder.resolve("ca-cert.pem"), needsTrust));
            var context = SSLContext.getInstance("TLS");
            context.init(keys.getKeyManagers(), trust.getTrustManagers(), null);
            return context;
        } catch (GeneralSecurityException e) {
            throw new IOException(folder + ": its certificates cannot be used: " + e.getMessage(), e);
        }
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
