package dev.pirn.aio;

import dev.pirn.NoCoroutineFn;
import dev.pirn.Points;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.SelectableChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.util.ArrayDeque;
import java.util.List;

/**
 * What a loop does once a turn: the wait, and the phases behind it. For the loop's thread, but for
 * {@link #signal}.
 */
final class Turn {
    private final EventLoop loop;
    private final World world;
    private final Selector selector;
    private volatile Polling polling = Polling.NEVER;
    /** What the last wait found ready and no handler has seen. A nested turn goes on with it. */
    private final ArrayDeque<Watch> ready = new ArrayDeque<>();
    final Counters counters = new Counters();
    final Pollers pollers;

    /**
     * True from before the wait looks for work a last time until it is over: only then is a signal needed.
     */
    private volatile boolean waiting;

    Turn(EventLoop loop, World world, Selector selector) {
        this.loop = loop;
        this.world = world;
        this.selector = selector;
        this.pollers = new Pollers(loop);
    }

    /** From now on it looks for so long. From any thread. */
    void polling(Polling wanted) {
        polling = wanted;
    }

    /** Ends the wait, or keeps it from beginning. From any thread. */
    void signal() {
        // A wake-up of the selector is a system call of some 9 µs; a loop that is awake looks by itself
        // before it waits. No wake-up is lost: who finds the flag down after it was up comes before a
        // wake-up that is on its way.
        if (!waiting) return;
        waiting = false;
        counters.signalled();
        selector.wakeup();
    }

    /** Runs one; returns whether anything was called or entered. */
    @NoCoroutineFn
    boolean run(boolean block) {
        try {
            await(block && ready.isEmpty());
        } catch (IOException e) {
            throw new UncheckedIOException(loop + ": the selector failed", e);
        }
        long outer = counters.begin(world.nanoTime());
        int entered = loop.enterScheduled();
        int called = loop.bottomHalves.poll() + pollers.take() + dispatch() + loop.notifiers.poll();
        long nowNanos = world.nanoTime();
        int fired = loop.timers.fire(nowNanos);
        if (fired > 0) nowNanos = world.nanoTime(); // Else it has not changed by much: a look costs 25 ns.
        counters.end(outer, nowNanos, entered, called, fired);
        return entered + called + fired > 0;
    }

    private int dispatch() {
        int called = 0;
        for (Watch each = ready.poll(); each != null; each = ready.poll()) {
            if (each.dispatch()) called++;
        }
        return called;
    }

    /**
     * Registers a channel for {@code watch}.
     *
     * @throws IllegalStateException if another watch has it
     */
    SelectionKey register(SelectableChannel channel, Watch watch) throws IOException {
        SelectionKey old = channel.keyFor(selector);
        if (old != null && old.isValid()) {
            throw new IllegalStateException(channel + " is watched in " + loop
                    + " already; cancel its watch first");
        }
        if (old != null) {
            // A cancelled key is in the channel's way until the selector has looked again.
            selector.selectNow();
            collect();
        }
        return channel.register(selector, 0, watch);
    }

    /** What is watched, by name. */
    List<String> watched() {
        return selector.keys().stream().filter(SelectionKey::isValid).map(key -> key.attachment().toString())
                .sorted().toList();
    }

    void close() throws IOException {
        selector.close();
    }

    private void await(boolean block) throws IOException {
        boolean isThere = pollers.look(); // Always: it hands over, too.
        if (!block || isThere) {
            selector.selectNow();
            collect();
            return;
        }
        long startNanos = world.nanoTime();
        long delayNanos = delayNanos(startNanos);
        if (delayNanos == 0) {
            selector.selectNow();
        } else if (polling == Polling.NEVER) {
            sleep(delayNanos);
        } else {
            pollAndSleep(polling, startNanos, delayNanos);
        }
        collect();
    }

    private void pollAndSleep(Polling by, long startNanos, long delayNanos) throws IOException {
        if (by.nanos() > 0 && poll(startNanos, Math.min(delayNanos, by.nanos()))) return;
        sleep(delayNanos);
        by.waited(world.nanoTime() - startNanos);
    }

    private void sleep(long delayNanos) throws IOException {
        Points.point("EventLoop, before it waits");
        waiting = true; // Then look once more: whoever comes after that look sees it and signals.
        long againNanos = loop.isSoon() || !pollers.maySleep() ? 0
                : Math.min(delayNanos, loop.bottomHalves.delayNanos());
        if (againNanos == 0) {
            selector.selectNow();
        } else {
            selector.select(millis(againNanos));
        }
        waiting = false;
    }

    /** Looks again and again for a short while; whoever has something for the loop need not signal then. */
    private boolean poll(long startNanos, long nanos) throws IOException {
        do {
            if (loop.isSoon() || pollers.look() || selector.selectNow() > 0) {
                counters.pollHit();
                return true;
            }
        } while (world.nanoTime() - startNanos < nanos);
        return false;
    }

    /** How long nothing is due: zero if something is, {@code Long.MAX_VALUE} if nothing ever will be. */
    private long delayNanos(long nowNanos) {
        if (loop.isSoon()) return 0;
        return Math.min(loop.bottomHalves.delayNanos(), loop.timers.delayNanos(nowNanos));
    }

    /**
     * Takes what is ready out of the selector's set, for a handler may run a nested turn. Never its
     * select(Consumer): that calls handlers with the selector's monitors held, and a coroutine's yield would
     * take them along.
     */
    private void collect() {
        for (SelectionKey key : selector.selectedKeys()) {
            var watch = (Watch) key.attachment();
            if (watch.queue()) ready.add(watch);
        }
        selector.selectedKeys().clear();
    }

    /** Rounds up: a timer that is too early would turn the loop again for the rest. 0 waits for ever. */
    private static long millis(long nanos) {
        return nanos == Long.MAX_VALUE ? 0 : (nanos - 1) / 1_000_000 + 1;
    }
}
