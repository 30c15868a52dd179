package dev.pirn.block;

import dev.pirn.NoCoroutineFn;
import dev.pirn.aio.EventLoop;
import java.io.IOException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BiConsumer;

/** Where loops have their rings from, each its own when it first asks. From any thread. */
final class Rings {
    /** Of this machine. */
    static final Rings SYSTEM = new Rings(RingCalls.SYSTEM,
            (level, text) -> System.getLogger("dev.pirn.block").log(level, text));

    private final RingCalls calls;
    private final BiConsumer<System.Logger.Level, String> log;
    /** Once a loop could have none, none tries again: it would fail for each request. */
    private volatile boolean refused;
    private final AtomicBoolean told = new AtomicBoolean();

    Rings(RingCalls calls, BiConsumer<System.Logger.Level, String> log) {
        this.calls = calls;
        this.log = log;
    }

    /**
     * Makes sure that a ring can be made; blocks for some 0.1 ms.
     *
     * @throws RingUnavailable if not: says why
     */
    @NoCoroutineFn
    void require() throws RingUnavailable {
        LoopRing.openRing(calls).close();
    }

    /** Whether a ring can be made; the first who hears that it cannot is told why, in the log. */
    @NoCoroutineFn
    boolean areAvailable(System.Logger.Level level) {
        try {
            require();
            return true;
        } catch (RingUnavailable e) {
            tell(level, e);
            return false;
        }
    }

    /** The ring of the loop in which the caller runs; null if it can have none. */
    LoopRing ofLoop() {
        EventLoop loop = EventLoop.current();
        LoopRing ring = loop.pollers().find(LoopRing.class);
        return ring != null || refused || loop.world().isSimulated() ? ring : open(loop);
    }

    private LoopRing open(EventLoop loop) {
        try {
            return LoopRing.open(loop, calls);
        } catch (IOException e) {
            refused = true;
            tell(System.Logger.Level.WARNING, e);
            return null;
        }
    }

    private void tell(System.Logger.Level level, IOException e) {
        if (told.getAndSet(true)) return;
        log.accept(level, "no io_uring, but a pool of threads: " + e.getMessage());
    }
}
