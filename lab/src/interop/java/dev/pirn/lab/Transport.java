package dev.pirn.lab;

import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** How clients reach the server. */
enum Transport {
    TCP {
        @Override
        List<String> options(Path folder) {
            return List.of("--port", "0");
        }

        @Override
        Remote remote(Server server, String export, Path folder) {
            int port = URI.create(server.uri()).getPort();
            return new Remote("nbd://127.0.0.1:" + port + "/" + export, List.of(),
                    inet("127.0.0.1", port, export));
        }
    },
    UNIX {
        @Override
        List<String> options(Path folder) {
            return List.of("--socket", socket(folder));
        }

        @Override
        Remote remote(Server server, String export, Path folder) {
            return new Remote("nbd+unix:///" + export + "?socket=" + socket(folder), List.of(),
                    "driver=nbd,server.type=unix,server.path=" + socket(folder) + ",export=" + export);
        }

        private static String socket(Path folder) {
            return folder.resolve("socket").toString();
        }
    },
    /** Over TCP, refusing who does not encrypt. */
    TLS {
        @Override
        List<String> options(Path folder) throws Exception {
            // Where libnbd looks by itself, for a user who lives in folder.
            Path kept = Files.createDirectory(folder.resolve(".pki"));
            Files.createSymbolicLink(kept.resolve("libnbd"), PemFolders.trustAlone());
            return List.of("--port", "0", "--tls-certs", PemFolders.ours().toString(), "--tls-required");
        }

        @Override
        Remote remote(Server server, String export, Path folder) {
            int port = URI.create(server.uri()).getPort();
            Path trust = folder.resolve(".pki/libnbd");
            return new Remote("nbds://localhost:" + port + "/" + export + "?tls-certificates=" + trust,
                    List.of("--object", "tls-creds-x509,id=t,endpoint=client,dir=" + trust),
                    inet("localhost", port, export) + ",tls-creds=t");
        }
    };

    private static String inet(String host, int port, String export) {
        return "driver=nbd,server.type=inet,server.host=" + host + ",server.port=" + port
                + ",export=" + export;
    }

    /** What tells {@code serve} to use it, with what it needs in {@code folder}. */
    abstract List<String> options(Path folder) throws Exception;

    /** What to tell clients of an export of {@code server}, which was started with {@code folder}. */
    abstract Remote remote(Server server, String export, Path folder);

    /** Serves {@code image} over it, by the engine that is chosen for who chooses none. */
    Server serve(Path image, String... more) throws Exception {
        return serve(image.getParent(), image, more);
    }

    /** The same, with what it needs in {@code folder}. */
    Server serve(Path folder, Path image, String... more) throws Exception {
        var arguments = new ArrayList<String>();
        arguments.add(image.toString());
        arguments.addAll(options(folder));
        arguments.addAll(List.of(more));
        return Server.start(arguments.toArray(String[]::new));
    }
}
