package dev.pirn.sim;

import java.net.ProtocolFamily;
import java.net.StandardProtocolFamily;
import java.nio.channels.DatagramChannel;
import java.nio.channels.Pipe;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.channels.spi.AbstractSelector;
import java.nio.channels.spi.SelectorProvider;

/** Makes the channels of a simulated world: stream sockets, and selectors for them. */
final class SimSelectorProvider extends SelectorProvider {
    private final SimWorld world;

    SimSelectorProvider(SimWorld world) {
        this.world = world;
    }

    @Override
    public DatagramChannel openDatagramChannel() {
        throw new UnsupportedOperationException("datagrams are not simulated");
    }

    @Override
    public DatagramChannel openDatagramChannel(ProtocolFamily family) {
        return openDatagramChannel();
    }

    @Override
    public Pipe openPipe() {
        throw new UnsupportedOperationException("pipes are not simulated; connect two sockets");
    }

    @Override
    public AbstractSelector openSelector() {
        return new SimSelector(this, world);
    }

    @Override
    public ServerSocketChannel openServerSocketChannel() {
        return new SimServerSocketChannel(world);
    }

    @Override
    public ServerSocketChannel openServerSocketChannel(ProtocolFamily family) {
        return new SimServerSocketChannel(world);
    }

    @Override
    public SocketChannel openSocketChannel() {
        return new SimSocketChannel(world, false);
    }

    @Override
    public SocketChannel openSocketChannel(ProtocolFamily family) {
        return new SimSocketChannel(world, family == StandardProtocolFamily.UNIX);
    }
}
