package dev.pirn.tool;

import dev.pirn.aio.CoServerSocket;
import dev.pirn.nbd.NbdUri;
import java.io.IOException;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.UnresolvedAddressException;
import java.nio.file.Path;

/** Where a server listens, as the user said it. */
sealed interface Endpoint permits Endpoint.Tcp, Endpoint.Unix, Activation {
    /** Listens there, in the caller's loop. */
    CoServerSocket bind() throws Failure;

    /** The URI of {@code export} at the socket that {@link #bind} returned. */
    String uri(CoServerSocket bound, String export) throws IOException;

    /**
     * A host and a port.
     *
     * @param port 0 to let the system choose
     */
    record Tcp(String host, int port) implements Endpoint {
        @Override
        public CoServerSocket bind() throws Failure {
            try {
                return CoServerSocket.bind(new InetSocketAddress(host, port));
            } catch (UnresolvedAddressException e) {
                throw Failure.of("no such host", host).causedBy(e);
            } catch (BindException e) {
                if (!e.getMessage().contains("in use")) throw cannot(e);
                throw Failure.of("address in use", this).hint("--port 0 picks a free port").causedBy(e);
            } catch (IOException e) {
                throw cannot(e);
            }
        }

        private Failure cannot(IOException e) {
            return Failure.of("cannot listen", this + ": " + e.getMessage()).causedBy(e);
        }

        @Override
        public String uri(CoServerSocket bound, String export) throws IOException {
            int actual = ((InetSocketAddress) bound.localAddress()).getPort();
            return NbdUri.tcp(host, actual, export).toString();
        }

        @Override
        public String toString() {
            return (host.contains(":") ? "[" + host + "]" : host) + ":" + port;
        }
    }

    /** A unix socket. */
    record Unix(Path path) implements Endpoint {
        @Override
        public CoServerSocket bind() throws Failure {
            try {
                SocketFile.clear(path);
                return CoServerSocket.bind(UnixDomainSocketAddress.of(path));
            } catch (IOException e) {
                String reason = e.getMessage();
                if (reason != null && reason.contains("too long")) {
                    throw Failure.of("too long for a unix socket, of about 100 bytes", path)
                            .hint("a relative path may do").causedBy(e);
                }
                throw Failure.of("cannot listen", path + ": " + reason).causedBy(e);
            }
        }

        @Override
        public String uri(CoServerSocket bound, String export) {
            return NbdUri.unix(path, export).toString();
        }
    }
}
