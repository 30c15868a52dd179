package dev.pirn.aio;

import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;

/**
 * The one thread that looks after all loops whose stalls are to be said, four times within the shortest of
 * their limits. It is a daemon, and ends when there is no loop left.
 */
final class Watchdog implements Runnable {
    private static final System.Logger LOG = System.getLogger("dev.pirn.aio");
    private static final long PAUSE_NANOS_MIN = 1_000_000;
    private static final Watchdog ONE = new Watchdog();

    /** A loop's watch, and how often it wants to be looked at. */
    private record Watched(Stall stall, long pauseNanos) { }

    private final Map<EventLoop, Watched> loops = new ConcurrentHashMap<>();
    private Thread thread; // Guarded by the monitor, as are changes of loops.

    private Watchdog() { }

    /** The limit that {@code -Dpirn.stall=MILLISECONDS} gives all loops of the real world; or null. */
    static Duration limitOfProperty() {
        Long millis = Long.getLong("pirn.stall");
        return millis == null ? null : Duration.ofMillis(millis);
    }

    static void watch(EventLoop loop, Duration limit) {
        watch(loop, limit, text -> LOG.log(Level.WARNING, text));
    }

    static void watch(EventLoop loop, Duration limit, Consumer<String> log) {
        ONE.add(loop, new Watched(new Stall(loop, limit, log),
                Math.max(PAUSE_NANOS_MIN, limit.toNanos() / 4)));
    }

    static void forget(EventLoop loop) {
        if (!ONE.loops.isEmpty()) ONE.remove(loop);
    }

    private synchronized void add(EventLoop loop, Watched watched) {
        loops.put(loop, watched);
        if (thread == null) {
            thread = new Thread(null, this, "pirn-watchdog", 0, false);
            thread.setDaemon(true);
            thread.start();
        } else {
            LockSupport.unpark(thread); // It may be in a longer pause.
        }
    }

    private synchronized void remove(EventLoop loop) {
        loops.remove(loop);
    }

    private synchronized boolean ends() {
        if (!loops.isEmpty()) return false;
        thread = null;
        return true;
    }

    @Override
    public void run() {
        while (!ends()) {
            long pauseNanos = Long.MAX_VALUE;
            for (Map.Entry<EventLoop, Watched> each : loops.entrySet()) {
                pauseNanos = Math.min(pauseNanos, each.getValue().pauseNanos);
                try {
                    each.getValue().stall.look(each.getKey().world().nanoTime());
                } catch (RuntimeException e) {
                    continue; // A logger's, or of a toString: the next look may say it.
                }
            }
            LockSupport.parkNanos(this, pauseNanos);
        }
    }
}
