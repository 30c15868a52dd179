package dev.pirn.sim;

import java.io.IOException;
import java.nio.channels.ClosedSelectorException;
import java.nio.channels.IllegalSelectorException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.spi.AbstractSelectableChannel;
import java.nio.channels.spi.AbstractSelector;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** A selector that waits in virtual time; what is ready comes in an order of the seed. */
final class SimSelector extends AbstractSelector {
    private final SimWorld world;
    private final LinkedHashSet<SimKey> keys = new LinkedHashSet<>();
    private final LinkedHashSet<SelectionKey> selected = new LinkedHashSet<>();
    private boolean woken;

    SimSelector(SimSelectorProvider provider, SimWorld world) {
        super(provider);
        this.world = world;
    }

    /** True if a select would not wait. */
    boolean isReady() {
        if (woken) return true;
        for (SimKey each : keys) if (each.wanted() != 0) return true;
        return false;
    }

    @Override
    protected SelectionKey register(AbstractSelectableChannel channel, int operations, Object attachment) {
        if (!(channel instanceof Simulated)) throw new IllegalSelectorException();
        var key = new SimKey(this, channel);
        key.attach(attachment);
        key.interestOps(operations);
        keys.add(key);
        return key;
    }

    @Override
    public Set<SelectionKey> keys() {
        requireOpen();
        return Set.copyOf(keys);
    }

    @Override
    public Set<SelectionKey> selectedKeys() {
        requireOpen();
        return selected;
    }

    @Override
    public int selectNow() {
        requireOpen();
        world.pass(); // Between two turns of a busy loop others come, too.
        return collect();
    }

    @Override
    public int select(long timeoutMillis) {
        return selectNanos(timeoutMillis == 0 ? Long.MAX_VALUE : timeoutMillis * 1_000_000);
    }

    @Override
    public int select() {
        return selectNanos(Long.MAX_VALUE);
    }

    private int selectNanos(long nanos) {
        requireOpen();
        dropCancelled();
        // A loop that is ready goes on: others come in between at its next wait, or at a point.
        boolean spurious = world.random.chance(world.options.spurious());
        world.select(this, spurious ? 0 : nanos);
        return collect();
    }

    private int collect() {
        dropCancelled();
        woken = false;
        List<SimKey> found = new ArrayList<>();
        for (SimKey each : keys) {
            each.found(each.wanted());
            if (each.readyOps() != 0) found.add(each);
        }
        world.random.shuffle(found);
        selected.addAll(found);
        return found.size();
    }

    private void dropCancelled() {
        Set<SelectionKey> cancelled = cancelledKeys();
        synchronized (cancelled) {
            for (SelectionKey each : cancelled) drop((SimKey) each);
            cancelled.clear();
        }
    }

    private void drop(SimKey key) {
        keys.remove(key);
        selected.remove(key);
        deregister(key);
    }

    private void requireOpen() {
        if (!isOpen()) throw new ClosedSelectorException();
    }

    @Override
    public Selector wakeup() {
        woken = true;
        return this;
    }

    @Override
    protected void implCloseSelector() throws IOException {
        for (SimKey each : List.copyOf(keys)) {
            each.cancel();
            drop(each);
        }
    }
}
