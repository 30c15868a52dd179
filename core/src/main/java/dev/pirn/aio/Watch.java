package dev.pirn.aio;

import java.io.IOException;
import java.nio.channels.CancelledKeyException;
import java.nio.channels.SelectableChannel;
import java.nio.channels.SelectionKey;
import java.util.function.IntConsumer;

/**
 * An fd handler: calls back in its loop's thread while a channel is ready for what is asked of it.
 *
 * <p>All methods are for the loop's thread, and may be called from within a handler, also of another watch
 * that is ready in the same turn: if that is cancelled, its handler is not called. A handler is never called
 * from within itself by way of a nested turn.
 */
public final class Watch {
    private final EventLoop loop;
    private final SelectionKey key;
    private final IntConsumer handler;
    private boolean queued;  // It stands in its loop's list of those that are ready.
    private boolean calling; // Its handler runs.

    Watch(EventLoop loop, Turn turn, SelectableChannel channel, IntConsumer handler) throws IOException {
        this.loop = loop;
        this.handler = handler;
        this.key = turn.register(channel, this);
    }

    /**
     * Asks for {@code operations}, of {@link SelectionKey}'s constants, and for nothing else; 0 asks for
     * nothing. Readiness is a level, not an edge: the handler is called each turn until the channel is not
     * ready any more.
     *
     * @throws CancelledKeyException if the channel was closed or the watch cancelled
     */
    public void interest(int operations) {
        loop.requireHere("Watch.interest");
        // The selector compares with what the kernel knows once a turn: asking anew what was just taken back
        // is free.
        key.interestOps(operations);
    }

    /** What it asks for now. */
    public int interest() {
        return key.interestOps();
    }

    /** Ends it; the handler is not called any more. The channel stays open. */
    public void cancel() {
        loop.requireHere("Watch.cancel");
        key.cancel();
    }

    /** It is about to be listed as ready; returns false if it is listed already. */
    boolean queue() {
        boolean first = !queued;
        queued = true;
        return first;
    }

    /**
     * Calls the handler, if the channel is still open and still wanted after the handlers before it; returns
     * whether it did. Not from within that handler, by way of a nested turn: it has not dealt with it yet.
     */
    boolean dispatch() {
        queued = false;
        int ready;
        try {
            ready = key.readyOps() & key.interestOps();
        } catch (CancelledKeyException e) {
            return false;
        }
        if (ready == 0 || calling) return false;
        calling = true;
        try {
            loop.call(this, () -> handler.accept(ready));
        } finally {
            calling = false;
        }
        return true;
    }

    /** Names it for people. */
    @Override
    public String toString() {
        return "watch of " + key.channel();
    }
}
