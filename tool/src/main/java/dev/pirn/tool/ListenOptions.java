package dev.pirn.tool;

import java.nio.file.Path;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Options of a server: where it listens. */
final class ListenOptions {
    private static final String HOST_DEFAULT = "127.0.0.1";
    private static final int PORT_DEFAULT = 10809; // IANA's for NBD.
    private static final int PORT_MAX = 65535;

    @Option(names = "--socket", paramLabel = "PATH", description = "Listen on a unix socket.")
    private Path socket;

    @Option(names = "--bind", paramLabel = "ADDR",
            description = "Listen at this address (" + HOST_DEFAULT + ").")
    private String bind;

    @Option(names = "--port", paramLabel = "N",
            description = "Listen on this port (" + PORT_DEFAULT + "); 0 picks a free one.")
    private Integer port;

    @Spec(Spec.Target.MIXEE)
    private CommandSpec spec;

    /** Refuses what excludes itself. */
    void check() {
        if (socket != null && bind != null) throw misuse("--socket and --bind exclude each other: " + bind);
        if (socket != null && port != null) throw misuse("--socket and --port exclude each other: " + port);
        if (port != null && (port < 0 || port > PORT_MAX)) {
            throw misuse("--port is from 0 to " + PORT_MAX + ": " + port);
        }
    }

    /** Where to listen: at the socket that we were handed, if there is one. */
    Endpoint endpoint() throws Failure {
        Endpoint given = Activation.find();
        if (given != null && socket == null && bind == null && port == null) return given;
        if (given != null) throw misuse("--socket, --bind and --port exclude a socket that was handed over");
        if (socket != null) return new Endpoint.Unix(socket);
        return new Endpoint.Tcp(bind == null ? HOST_DEFAULT : bind, port == null ? PORT_DEFAULT : port);
    }

    private ParameterException misuse(String what) {
        return new ParameterException(spec.commandLine(), what);
    }
}
