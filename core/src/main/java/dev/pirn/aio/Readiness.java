package dev.pirn.aio;

import dev.pirn.Completion;
import dev.pirn.CoroutineFn;
import java.io.IOException;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.CancelledKeyException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SelectableChannel;
import java.nio.channels.SelectionKey;
import java.util.concurrent.ExecutionException;

/**
 * A non-blocking channel that coroutines wait for: at most one for input and one for output at a time.
 *
 * <p>For the channel's loop only.
 */
final class Readiness {
    private static final int INPUT = SelectionKey.OP_READ | SelectionKey.OP_ACCEPT;

    private final EventLoop loop;
    private final SelectableChannel channel;
    private final Watch watch;
    private final Object inputWait;
    private final Object outputWait;
    private Completion<Void> input;
    private Completion<Void> output;

    /** What a coroutine waits for, in words, if anybody asks. */
    private record Wait(String what, SelectableChannel channel) {
        @Override
        public String toString() {
            return what + channel;
        }
    }

    Readiness(EventLoop loop, SelectableChannel channel) throws IOException {
        this.loop = loop;
        this.channel = channel;
        channel.configureBlocking(false);
        this.inputWait = new Wait("input of ", channel);
        this.outputWait = new Wait("output of ", channel);
        this.watch = loop.watch(channel, this::ready);
    }

    /** Suspends until the channel is ready for {@code operation}, or was closed, which throws. */
    @CoroutineFn
    void await(int operation) throws IOException {
        boolean in = (operation & INPUT) != 0;
        if ((in ? input : output) != null) {
            throw new IllegalStateException("two coroutines wait for the " + (in ? "input" : "output")
                    + " of " + channel + "; let one of them do it for both");
        }
        var wait = new Completion<Void>(in ? inputWait : outputWait);
        try {
            watch.interest(watch.interest() | operation);
        } catch (CancelledKeyException e) {
            throw closed(e);
        }
        if (in) input = wait; else output = wait;
        try {
            wait.await();
        } catch (ExecutionException e) {
            throw closed(e);
        } finally {
            if (input == wait) input = null;
            if (output == wait) output = null;
        }
    }

    private static IOException closed(Exception cause) {
        var e = new ClosedChannelException();
        e.initCause(cause);
        return e;
    }

    private void ready(int operations) {
        watch.interest(watch.interest() & ~operations);
        Completion<Void> in = (operations & INPUT) != 0 ? input : null;
        Completion<Void> out = (operations & ~INPUT) != 0 ? output : null;
        // Both are read first: the coroutine that is woken may wait anew before we come to the other.
        if (in != null) in.complete(null);
        if (out != null && !out.isDone()) out.complete(null);
    }

    /** Closes the channel; who waits for it gets a {@link ClosedChannelException}. */
    void close() throws IOException {
        loop.requireHere("close");
        channel.close();
        end();
    }

    /** As {@link #close}, but the channel stays open, for others. */
    void leave() {
        loop.requireHere("close");
        watch.cancel();
        end();
    }

    private void end() {
        Completion<Void> in = input;
        Completion<Void> out = output;
        if (in != null && !in.isDone()) in.fail(new AsynchronousCloseException());
        if (out != null && !out.isDone()) out.fail(new AsynchronousCloseException());
    }
}
