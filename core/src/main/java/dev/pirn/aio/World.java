package dev.pirn.aio;

import dev.pirn.Home;
import dev.pirn.NoCoroutineFn;
import java.nio.channels.spi.SelectorProvider;
import java.util.concurrent.Executor;

/**
 * All that an event loop has of the world outside: a clock, channels and the threads that block for it.
 * Files are outside of it, for a {@link java.nio.file.Path} brings its own world along.
 *
 * <p>There is one, the system's, unless you test: extend this to have the same code run in a world of your
 * making, as the module {@code dev.pirn.sim} does, whose time is virtual and whose every order comes from a
 * seed.
 *
 * <pre>
 *   EventLoop ──▶ nanoTime            when timers are due
 *            └──▶ channels ─▶ Selector the one wait of each turn; who wakes it; in which order what is ready
 *   ThreadPool ─▶ work                what blocks, and when it ends
 *   CoMutex, … ─▶ point               where another loop may be faster
 * </pre>
 */
public abstract class World {
    /** The world that there is. */
    static final World REAL = new World() {
        @Override
        public long nanoTime() {
            return System.nanoTime();
        }

        @Override
        public SelectorProvider channels() {
            return SelectorProvider.provider();
        }

        @Override
        public void work(Executor threads, Runnable work) {
            threads.execute(work);
        }

        @Override
        public String toString() {
            return "the real world";
        }
    };

    /** For those who make one. */
    protected World() { }

    /** The world of the loop in which the caller runs; outside of any loop, the real one. */
    static World current() {
        return Home.current() instanceof EventLoop loop ? loop.world() : REAL;
    }

    /** Whether it is another one than that which there is. From any thread. */
    public final boolean isSimulated() {
        return this != REAL;
    }

    /** As {@link System#nanoTime()}: only differences mean anything. From any thread. */
    public abstract long nanoTime();

    /** What loops take their selectors from, and sockets their channels. From any thread. */
    public abstract SelectorProvider channels();

    /**
     * Has {@code work} run once, some time, outside of any loop; {@code threads} are those which do it in the
     * real world. From any thread.
     *
     * @throws java.util.concurrent.RejectedExecutionException as {@link Executor#execute}
     */
    public abstract void work(Executor threads, Runnable work);

    /**
     * The caller, in a loop of this world, stands between two steps between which a thread of another loop
     * may come; does nothing unless you make something of it. Called once {@link dev.pirn.Points#watch} was.
     */
    @NoCoroutineFn
    public void point(String place) { }
}
