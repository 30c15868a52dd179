package dev.pirn.nbd;

import dev.pirn.NoCoroutineFn;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Objects;
import javax.net.ssl.SSLContext;

/**
 * How a server encrypts its connections: TLS 1.2 or 1.3, begun by {@code NBD_OPT_STARTTLS}.
 *
 * @param context the server's certificate, and whom it trusts
 * @param required whether clients without TLS get nothing ({@code FORCEDTLS}); else it is offered
 *     ({@code SELECTIVETLS})
 * @param verifiesPeer whether a client needs a certificate that {@code context} trusts; then it is TLS 1.2
 */
public record NbdTls(SSLContext context, boolean required, boolean verifiesPeer) {
    /** Refuses null. */
    public NbdTls {
        Objects.requireNonNull(context, "context");
    }

    /**
     * Reads the certificates of a server from a folder as {@code qemu-nbd} and {@code nbdkit} have it:
     * {@code server-cert.pem}, {@code server-key.pem}, and {@code ca-cert.pem}, which may be missing if
     * nobody is to be verified. Blocks.
     *
     * @throws IOException if a file is missing or cannot be understood; names it, and says why
     */
    @NoCoroutineFn
    public static NbdTls ofServer(Path folder, boolean required, boolean verifiesPeer) throws IOException {
        return new NbdTls(PemFolder.context(folder, "server", verifiesPeer), required, verifiesPeer);
    }
}
