package dev.pirn.tool;

import dev.pirn.aio.CoServerSocket;
import dev.pirn.nbd.NbdUri;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channel;
import java.nio.channels.ServerSocketChannel;

/**
 * A listening socket that whoever started this process has made: systemd, or a client of libnbd.
 *
 * <p>The protocol is {@code sd_listen_fds(3)}'s, but Java adopts no descriptor but that of its input: the
 * launcher moves it there.
 */
record Activation(ServerSocketChannel channel) implements Endpoint {
    /** That which was handed to this process; null if none was. */
    static Activation find() throws Failure {
        String pid = System.getenv("LISTEN_PID");
        String count = System.getenv("LISTEN_FDS");
        if (count == null || !Long.toString(ProcessHandle.current().pid()).equals(pid)) return null;
        if (!count.equals("1")) throw Failure.of("one socket is served, not LISTEN_FDS", count);
        try {
            Channel inherited = System.inheritedChannel();
            if (inherited instanceof ServerSocketChannel listening) return new Activation(listening);
            throw Failure.of("no listening socket came with LISTEN_FDS, but", inherited)
                    .hint("start it by ./pirn, which looks for it as descriptor 3; with Accept=no");
        } catch (IOException e) {
            throw Failure.of("cannot take the socket of LISTEN_FDS", e.getMessage()).causedBy(e);
        }
    }

    @Override
    public CoServerSocket bind() throws Failure {
        try {
            return CoServerSocket.borrow(channel);
        } catch (IOException e) {
            throw Failure.of("cannot listen", this + ": " + e.getMessage()).causedBy(e);
        }
    }

    @Override
    public String uri(CoServerSocket bound, String export) throws IOException {
        if (bound.localAddress() instanceof UnixDomainSocketAddress unix) {
            return NbdUri.unix(unix.getPath(), export).toString();
        }
        var address = (InetSocketAddress) bound.localAddress();
        return NbdUri.tcp(address.getHostString(), address.getPort(), export).toString();
    }
}
