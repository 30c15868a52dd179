package dev.pirn.nbd;

import dev.pirn.NoCoroutineFn;
import java.io.IOException;
import java.net.Socket;
import java.security.cert.CertPathBuilderException;
import java.security.cert.CertPathValidatorException;
import java.security.cert.CertificateException;
import java.security.cert.CertificateExpiredException;
import java.security.cert.CertificateNotYetValidException;
import java.security.cert.X509Certificate;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;
import javax.net.ssl.X509ExtendedTrustManager;

/**
 * How a client encrypts.
 *
 * @param context whom it trusts, and who it is
 * @param named whether we have a certificate
 * @param host whose certificate the server must have, unless {@code context} trusts anybody
 */
record ClientTls(SSLContext context, boolean named, String host, int port) {
    /** Reads what {@code uri} names; null if that wants no TLS. Blocks. */
    @NoCoroutineFn
    static ClientTls of(NbdUri uri) throws IOException {
        NbdUri.Tls tls = uri.tls();
        if (tls == null) return null;
        return new ClientTls(PemFolder.clientContext(tls.certificates(), tls.verifiesPeer()),
                PemFolder.namesClient(tls.certificates()), uri.hostToVerify(), uri.port());
    }

    /** Says for people why TLS failed, and what they can do. */
    String explain(SSLException why) {
        if (has(why, CertificateExpiredException.class)) return "the server's certificate has expired";
        if (has(why, CertificateNotYetValidException.class)) {
            return "the server's certificate is not valid yet; is this machine's clock right?";
        }
        if (has(why, CertPathBuilderException.class) || has(why, CertPathValidatorException.class)) {
            return "the server's certificate is signed by nobody who is trusted; "
                    + "tls-certificates=DIR names the folder of the ca-cert.pem that has signed it";
        }
        if (has(why, CertificateException.class)) {
            return "the server's certificate is not for " + host + ", but for another host; "
                    + "tls-hostname=NAME says which is meant";
        }
        String text = String.valueOf(why.getMessage());
        boolean perhapsOurs = !named && text.contains("fatal alert");
        return "TLS failed: " + text + (perhapsOurs ? "; if the server wants to know who we are, "
                + "tls-certificates=DIR names a folder with client-cert.pem and client-key.pem" : "");
    }

    private static boolean has(Throwable thrown, Class<? extends Exception> cause) {
        for (Throwable each = thrown.getCause(); each != null; each = each.getCause()) {
            if (cause.isInstance(each)) return true;
        }
        return false;
    }

    /** For who has said that the server is not to be verified. */
    static final class TrustAnybody extends X509ExtendedTrustManager {
        @Override
        public void checkServerTrusted(X509Certificate[] chain, String authType, SSLEngine engine) { }

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String authType, Socket socket) { }

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String authType) { }

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String authType, SSLEngine engine)
                throws CertificateException {
            throw new CertificateException("no server");
        }

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String authType, Socket socket)
                throws CertificateException {
            throw new CertificateException("no server");
        }

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String authType) throws CertificateException {
            throw new CertificateException("no server");
        }

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }
    }
}
