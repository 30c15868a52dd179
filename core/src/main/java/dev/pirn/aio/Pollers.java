package dev.pirn.aio;

import dev.pirn.NoCoroutineFn;
import java.util.Arrays;

/** Those that one event loop looks at, in the order in which they came. For the loop's thread. */
public final class Pollers {
    private final EventLoop loop;
    private Poller[] all = {}; // Replaced, not changed: one may come while they are called.

    Pollers(EventLoop loop) {
        this.loop = loop;
    }

    /**
     * Adds one, until the loop closes.
     *
     * @throws IllegalStateException in a simulated world, whose time does not wait for another side; or
     *     outside of the loop
     */
    public void add(Poller poller) {
        loop.requireHere("Pollers.add");
        if (loop.world().isSimulated()) {
            throw new IllegalStateException(loop + " runs in " + loop.world() + ", where nobody works for it "
                    + "in real time: " + poller);
        }
        Poller[] more = Arrays.copyOf(all, all.length + 1);
        more[all.length] = poller;
        all = more;
    }

    /** The first of that kind, or null. */
    public <P extends Poller> P find(Class<P> kind) {
        for (Poller each : all) {
            if (kind.isInstance(each)) return kind.cast(each);
        }
        return null;
    }

    @NoCoroutineFn
    boolean look() {
        boolean any = false;
        for (Poller each : all) any |= each.look(); // Each hands over what it has.
        return any;
    }

    @NoCoroutineFn
    int take() {
        int taken = 0;
        for (Poller each : all) taken += each.take();
        return taken;
    }

    @NoCoroutineFn
    boolean maySleep() {
        for (Poller each : all) {
            if (!each.maySleep()) return false;
        }
        return true;
    }

    @NoCoroutineFn
    void close() {
        for (Poller each : all) each.close();
        all = new Poller[0];
    }
}
