package dev.pirn.sim;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.util.HashMap;
import java.util.Map;

/** Who listens where in a simulated world: TCP ports, and unix sockets by path, of which there is no file. */
final class Network {
    private static final int FIRST_PORT = 49152; // IANA's first that anybody may take.

    private final Map<SocketAddress, SimServerSocketChannel> listeners = new HashMap<>();
    private int nextPort = FIRST_PORT;

    /** Has {@code listener} listen at {@code wanted}, or at a port that is free; null if another does. */
    SocketAddress bind(SocketAddress wanted, SimServerSocketChannel listener) {
        SocketAddress address = wanted == null ? new InetSocketAddress(0) : wanted;
        if (address instanceof InetSocketAddress tcp && tcp.getPort() == 0) {
            address = new InetSocketAddress(tcp.getAddress(), nextPort++);
        }
        return listeners.putIfAbsent(address, listener) == null ? address : null;
    }

    void release(SocketAddress address) {
        listeners.remove(address);
    }

    /** Who listens there, or at that port of all addresses; or null. */
    SimServerSocketChannel listener(SocketAddress address) {
        SimServerSocketChannel exact = listeners.get(address);
        if (exact != null || !(address instanceof InetSocketAddress tcp)) return exact;
        return listeners.get(new InetSocketAddress(tcp.getPort()));
    }

    /** Where a socket that was not bound connects from. */
    SocketAddress anyAddress(SocketAddress to) {
        if (to instanceof UnixDomainSocketAddress) return UnixDomainSocketAddress.of("");
        return new InetSocketAddress(InetAddress.getLoopbackAddress(), nextPort++);
    }
}
