package dev.pirn.sim;

import java.io.IOException;
import java.net.BindException;
import java.net.ServerSocket;
import java.net.SocketAddress;
import java.net.SocketOption;
import java.net.StandardSocketOptions;
import java.nio.channels.AlreadyBoundException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.IllegalBlockingModeException;
import java.nio.channels.NotYetBoundException;
import java.nio.channels.SelectionKey;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.ArrayDeque;
import java.util.Set;

/** A listening socket of a simulated world, in non-blocking mode alone. */
final class SimServerSocketChannel extends ServerSocketChannel implements Simulated {
    private static final Set<SocketOption<?>> OPTIONS =
            Set.of(StandardSocketOptions.SO_RCVBUF, StandardSocketOptions.SO_REUSEADDR);
    private static final int BACKLOG_DEFAULT = 50;

    private final SimWorld world;
    private final SocketOptions options = new SocketOptions(OPTIONS);
    private final ArrayDeque<SimSocketChannel> waiting = new ArrayDeque<>();
    private SocketAddress local;
    private int backlog;

    SimServerSocketChannel(SimWorld world) {
        super(world.channels());
        this.world = world;
    }

    @Override
    public ServerSocketChannel bind(SocketAddress address, int wantedBacklog) throws IOException {
        if (!isOpen()) throw new ClosedChannelException();
        if (local != null) throw new AlreadyBoundException();
        SocketAddress free = world.network.bind(address, this);
        if (free == null) throw new BindException("Address already in use");
        local = free;
        backlog = wantedBacklog > 0 ? wantedBacklog : BACKLOG_DEFAULT;
        return this;
    }

    /** Puts a connection into its line; false if it is full. */
    boolean offer(SimSocketChannel connection) {
        return waiting.size() < backlog && waiting.add(connection);
    }

    @Override
    public SocketChannel accept() throws IOException {
        if (!isOpen()) throw new ClosedChannelException();
        if (isBlocking()) throw new IllegalBlockingModeException(); // Nobody would run meanwhile.
        if (local == null) throw new NotYetBoundException();
        return waiting.poll();
    }

    @Override
    public int ready() {
        return isOpen() && !waiting.isEmpty() ? SelectionKey.OP_ACCEPT : 0;
    }

    @Override
    protected void implCloseSelectableChannel() throws IOException {
        if (local != null) world.network.release(local);
        for (SimSocketChannel each : waiting) each.close();
        waiting.clear();
    }

    @Override
    protected void implConfigureBlocking(boolean block) { }

    @Override
    public SocketAddress getLocalAddress() throws IOException {
        if (!isOpen()) throw new ClosedChannelException();
        return local;
    }

    @Override
    public <T> ServerSocketChannel setOption(SocketOption<T> name, T value) throws IOException {
        if (!isOpen()) throw new ClosedChannelException();
        options.set(name, value);
        return this;
    }

    @Override
    public <T> T getOption(SocketOption<T> name) {
        return options.get(name);
    }

    @Override
    public Set<SocketOption<?>> supportedOptions() {
        return options.supported();
    }

    @Override
    public ServerSocket socket() {
        throw new UnsupportedOperationException("a simulated socket is a channel alone");
    }

    /** Names it for people. */
    @Override
    public String toString() {
        return "simulated listener at " + local;
    }
}
