package dev.pirn.aio;

import java.nio.channels.CancelledKeyException;
import java.nio.channels.SelectionKey;
import java.util.function.IntConsumer;

/**
 * An fd handler: calls back in its loop's thread while a channel is ready for what is asked of it.
 *
 * <p>All methods are for the loop's thread, and may be called from within a handler.
 */
public final class Watch {
    private final EventLoop loop;
    private final SelectionKey key;
    private final IntConsumer handler;

    Watch(EventLoop loop, SelectionKey key, IntConsumer handler) {
        this.loop = loop;
        this.key = key;
        this.handler = handler;
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

    /** Calls the handler, if the channel is still open and still wanted after the handlers before it. */
    void dispatch() {
        int ready;
        try {
            ready = key.readyOps() & key.interestOps();
        } catch (CancelledKeyException e) {
            return;
        }
        if (ready != 0) loop.call(this, () -> handler.accept(ready));
    }

    /** Names it for people. */
    @Override
    public String toString() {
        return "watch of " + key.channel();
    }
}
