package dev.pirn.sim;

import java.nio.channels.CancelledKeyException;
import java.nio.channels.SelectableChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.spi.AbstractSelectionKey;

/** What a simulated selector knows of one channel. */
final class SimKey extends AbstractSelectionKey {
    private final SimSelector selector;
    private final SelectableChannel channel;
    private int interest;
    private int ready;

    SimKey(SimSelector selector, SelectableChannel channel) {
        this.selector = selector;
        this.channel = channel;
    }

    /** What is asked for and there now. */
    int wanted() {
        return isValid() ? interest & ((Simulated) channel).ready() : 0;
    }

    void found(int operations) {
        ready = operations;
    }

    @Override
    public SelectableChannel channel() {
        return channel;
    }

    @Override
    public Selector selector() {
        return selector;
    }

    @Override
    public int interestOps() {
        if (!isValid()) throw new CancelledKeyException();
        return interest;
    }

    @Override
    public SelectionKey interestOps(int operations) {
        if (!isValid()) throw new CancelledKeyException();
        if ((operations & ~channel.validOps()) != 0) {
            throw new IllegalArgumentException(channel + " has not all of the operations " + operations);
        }
        interest = operations;
        return this;
    }

    @Override
    public int readyOps() {
        if (!isValid()) throw new CancelledKeyException();
        return ready;
    }
}
