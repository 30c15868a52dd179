package dev.pirn.tool;

import dev.pirn.nbd.NbdTls;
import java.io.IOException;
import java.nio.file.Path;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Options of a server: whether it encrypts, and for whom. */
final class TlsOptions {
    @Option(names = "--tls-certs", paramLabel = "DIR",
            description = "Offer TLS, with server-cert.pem, server-key.pem and ca-cert.pem of DIR.")
    private Path certificates;

    @Option(names = "--tls-required", description = "Refuse clients without TLS.")
    private boolean required;

    @Option(names = "--tls-verify-peer",
            description = "Refuse TLS clients without a certificate that ca-cert.pem has signed.")
    private boolean verifyPeer;

    @Spec(Spec.Target.MIXEE)
    private CommandSpec spec;

    /** Refuses what means nothing without certificates. */
    void check() {
        if (certificates != null) return;
        String needy = required ? "--tls-required" : verifyPeer ? "--tls-verify-peer" : null;
        if (needy == null) return;
        throw new ParameterException(spec.commandLine(), needy + " needs --tls-certs DIR: none given");
    }

    /** How to encrypt; null for not at all. */
    NbdTls tls() throws Failure {
        if (certificates == null) return null;
        try {
            return NbdTls.ofServer(certificates, required, verifyPeer);
        } catch (IOException e) {
            throw Failure.of("no TLS with these certificates", e.getMessage()).causedBy(e);
        }
    }
}
