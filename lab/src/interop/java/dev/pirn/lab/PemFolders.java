package dev.pirn.lab;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;

/** Certificates in PEM, as servers and clients of NBD want them in a folder; made by the JDK's keytool. */
final class PemFolders {
    private static final String PASSWORD = "changeit";
    private static final Path OURS = Path.of("target", "pki").toAbsolutePath();
    private static final Path TRUST = Path.of("target", "pki-trust").toAbsolutePath();
    private static boolean made;

    private PemFolders() { }

    /**
     * For a server at localhost and a client, both signed by an authority of their own. Made once for all
     * tests, for it takes three JVMs.
     */
    static synchronized Path ours() throws Exception {
        if (!made) {
            make(OURS);
            Files.copy(OURS.resolve("ca-cert.pem"), Files.createDirectories(TRUST).resolve("ca-cert.pem"),
                    StandardCopyOption.REPLACE_EXISTING);
            made = true;
        }
        return OURS;
    }

    /** Of the same, only whom to trust: what a client has that is not to be verified. */
    static Path trustAlone() throws Exception {
        ours();
        return TRUST;
    }

    private static void make(Path folder) throws Exception {
        Files.createDirectories(folder);
        Path store = folder.resolve("store.p12");
        Files.deleteIfExists(store); // Of an earlier run: they are good for 90 days.
        keytool(store, "ca", "-ext", "bc:c");
        keytool(store, "server", "-signer", "ca", "-ext", "SAN=dns:localhost,ip:127.0.0.1");
        keytool(store, "client", "-signer", "ca");
        var keys = KeyStore.getInstance("PKCS12");
        try (var in = Files.newInputStream(store)) {
            keys.load(in, PASSWORD.toCharArray());
        }
        write(folder.resolve("ca-cert.pem"), "CERTIFICATE", keys.getCertificate("ca").getEncoded());
        for (String side : List.of("server", "client")) {
            write(folder.resolve(side + "-cert.pem"), "CERTIFICATE", certificate(keys, side));
            write(folder.resolve(side + "-key.pem"), "PRIVATE KEY",
                    keys.getKey(side, PASSWORD.toCharArray()).getEncoded());
        }
    }

    private static byte[] certificate(KeyStore keys, String side) throws GeneralSecurityException {
        Certificate[] chain = keys.getCertificateChain(side);
        return chain[0].getEncoded();
    }

    private static void keytool(Path store, String name, String... more) throws Exception {
        var command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(), "-genkeypair",
                "-alias", name, "-keyalg", "RSA", "-keysize", "2048", "-dname", "CN=" + name,
                "-keystore", store.toString(), "-storepass", PASSWORD));
        command.addAll(Arrays.asList(more));
        try (var run = Run.start(command)) {
            run.succeed();
        }
    }

    private static void write(Path file, String kind, byte[] der) throws IOException {
        String text = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der);
        Files.writeString(file, "-----BEGIN " + kind + "-----\n" + text + "\n-----END " + kind + "-----\n");
    }
}
