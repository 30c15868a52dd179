package dev.pirn.sim;

import java.io.IOException;
import java.net.ConnectException;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.SocketOption;
import java.net.StandardSocketOptions;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.AlreadyConnectedException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ConnectionPendingException;
import java.nio.channels.IllegalBlockingModeException;
import java.nio.channels.NoConnectionPendingException;
import java.nio.channels.NotYetConnectedException;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.util.Objects;
import java.util.Set;

/**
 * A stream socket of a simulated world, in non-blocking mode alone.
 *
 * <pre>
 *   new ──connect──▶ pending ──the listener takes it──▶ connected ──close──▶ closed
 *                       └──── nobody is there ──────▶ refused
 * </pre>
 */
final class SimSocketChannel extends SocketChannel implements Simulated {
    private static final Set<SocketOption<?>> OPTIONS = Set.of(StandardSocketOptions.SO_SNDBUF,
            StandardSocketOptions.SO_RCVBUF, StandardSocketOptions.SO_LINGER);
    private static final Set<SocketOption<?>> TCP_OPTIONS = Set.of(StandardSocketOptions.SO_SNDBUF,
            StandardSocketOptions.SO_RCVBUF, StandardSocketOptions.SO_LINGER,
            StandardSocketOptions.SO_REUSEADDR, StandardSocketOptions.SO_KEEPALIVE,
            StandardSocketOptions.TCP_NODELAY);

    private enum State { NEW, PENDING, TAKEN, REFUSED, CONNECTED }

    private final SimWorld world;
    private final SocketOptions options;
    private State state = State.NEW;
    private SocketAddress local;
    private SocketAddress remote;
    private Wire in;
    private Wire out;
    private boolean inputShut;

    SimSocketChannel(SimWorld world, boolean unix) {
        super(world.channels());
        this.world = world;
        this.options = new SocketOptions(unix ? OPTIONS : TCP_OPTIONS);
    }

    /** The listener's side of a connection. */
    private SimSocketChannel(SimWorld world, SocketAddress local, SocketAddress remote, Wire in, Wire out) {
        this(world, local instanceof UnixDomainSocketAddress);
        this.local = local;
        this.remote = remote;
        this.in = in;
        this.out = out;
        this.state = State.CONNECTED;
    }

    @Override
    public boolean connect(SocketAddress address) throws IOException {
        requireUsable();
        if (state == State.CONNECTED) throw new AlreadyConnectedException();
        if (state != State.NEW) throw new ConnectionPendingException();
        remote = Objects.requireNonNull(address);
        if (local == null) local = world.network.anyAddress(address);
        state = State.PENDING;
        boolean refused = world.random.chance(world.options.refuse());
        world.agenda.add(world.nanoTime() + world.random.upTo(world.options.networkNanosMax()), false,
                () -> arrive(refused));
        return false;
    }

    private void arrive(boolean refused) {
        if (!isOpen()) return;
        SimServerSocketChannel listener = refused ? null : world.network.listener(remote);
        Wire[] wires = Wire.pair(world);
        if (listener == null || !listener.offer(
                new SimSocketChannel(world, remote, local, wires[0], wires[1]))) {
            state = State.REFUSED;
            return;
        }
        in = wires[1];
        out = wires[0];
        state = State.TAKEN;
    }

    @Override
    public boolean finishConnect() throws IOException {
        requireUsable();
        switch (state) {
            case NEW -> throw new NoConnectionPendingException();
            case PENDING -> {
                return false;
            }
            case REFUSED -> {
                close();
                throw new ConnectException("Connection refused");
            }
            default -> {
                state = State.CONNECTED;
                return true;
            }
        }
    }

    @Override
    public int ready() {
        if (!isOpen()) return 0;
        return switch (state) {
            case NEW, PENDING -> 0;
            case TAKEN, REFUSED -> SelectionKey.OP_CONNECT;
            case CONNECTED -> (in.isReadable() || inputShut ? SelectionKey.OP_READ : 0)
                    | (out.isWritable() ? SelectionKey.OP_WRITE : 0);
        };
    }

    @Override
    public int read(ByteBuffer target) throws IOException {
        requireConnected();
        if (inputShut) return -1;
        return target.hasRemaining() ? in.read(target) : 0;
    }

    @Override
    public long read(ByteBuffer[] targets, int first, int count) throws IOException {
        Objects.checkFromIndexSize(first, count, targets.length);
        long all = 0;
        for (int i = first; i < first + count; i++) {
            int wanted = targets[i].remaining();
            int done = read(targets[i]);
            if (done < 0) return all == 0 ? -1 : all;
            all += done;
            if (done < wanted) break;
        }
        return all;
    }

    @Override
    public int write(ByteBuffer source) throws IOException {
        requireConnected();
        return source.hasRemaining() ? out.write(source) : 0;
    }

    @Override
    public long write(ByteBuffer[] sources, int first, int count) throws IOException {
        Objects.checkFromIndexSize(first, count, sources.length);
        long all = 0;
        for (int i = first; i < first + count; i++) {
            int wanted = sources[i].remaining();
            int done = write(sources[i]);
            all += done;
            if (done < wanted) break;
        }
        return all;
    }

    @Override
    public SocketChannel shutdownInput() throws IOException {
        requireConnected();
        inputShut = true;
        return this;
    }

    @Override
    public SocketChannel shutdownOutput() throws IOException {
        requireConnected();
        out.end();
        return this;
    }

    private void requireUsable() throws IOException {
        if (!isOpen()) throw new ClosedChannelException();
        if (isBlocking()) throw new IllegalBlockingModeException(); // Nobody would run meanwhile.
    }

    private void requireConnected() throws IOException {
        requireUsable();
        if (state != State.CONNECTED) throw new NotYetConnectedException();
    }

    @Override
    protected void implCloseSelectableChannel() {
        if (in == null) return;
        in.abandon();
        out.end();
    }

    @Override
    protected void implConfigureBlocking(boolean block) { }

    @Override
    public SocketChannel bind(SocketAddress address) throws IOException {
        requireUsable();
        local = address;
        return this;
    }

    @Override
    public boolean isConnected() {
        return state == State.CONNECTED;
    }

    @Override
    public boolean isConnectionPending() {
        return state == State.PENDING || state == State.TAKEN || state == State.REFUSED;
    }

    @Override
    public SocketAddress getRemoteAddress() throws IOException {
        if (!isOpen()) throw new ClosedChannelException();
        return isConnected() ? remote : null;
    }

    @Override
    public SocketAddress getLocalAddress() throws IOException {
        if (!isOpen()) throw new ClosedChannelException();
        return local;
    }

    @Override
    public <T> SocketChannel setOption(SocketOption<T> name, T value) throws IOException {
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
    public Socket socket() {
        throw new UnsupportedOperationException("a simulated socket is a channel alone");
    }

    /** Names it for people. */
    @Override
    public String toString() {
        return "simulated socket from " + local + " to " + remote;
    }
}
