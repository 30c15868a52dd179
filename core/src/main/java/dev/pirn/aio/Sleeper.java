package dev.pirn.aio;

import dev.pirn.Completion;
import dev.pirn.Coroutine;
import dev.pirn.CoroutineFn;
import java.time.Duration;

/**
 * A sleep that others may cut short (QEMU's QemuCoSleep). One coroutine sleeps in it at a time, again and
 * again.
 *
 * <pre>
 *   nobody ──sleep──▶ asleep ──wake, or the time is over──▶ nobody
 *      └──wake: nothing happens, and nothing is remembered
 * </pre>
 */
public final class Sleeper {
    /** Of the one that sleeps; completed with true by a wake, with false by the time. */
    private volatile Completion<Boolean> asleep;
    private volatile Coroutine who;

    /** Makes one in which nobody sleeps. */
    public Sleeper() { }

    /**
     * Suspends the calling coroutine until {@link #wake}, for at most {@code duration}
     * ({@code qemu_co_sleep_ns_wakeable}).
     *
     * @return true if it was woken, false if the time was over
     * @throws IllegalStateException if another sleeps in it
     */
    @CoroutineFn
    public boolean sleep(Duration duration) {
        var over = begin(new Sleep(duration));
        Timer timer = EventLoop.current().timer("sleep", () -> over.tryComplete(false));
        try {
            timer.arm(duration.toNanos());
            return over.join();
        } finally {
            timer.cancel();
            asleep = null;
        }
    }

    /** As {@link #sleep(Duration)}, but until somebody wakes it ({@code qemu_co_sleep}). */
    @CoroutineFn
    public void sleep() {
        var over = begin("somebody who wakes it");
        try {
            over.join();
        } finally {
            asleep = null;
        }
    }

    private Completion<Boolean> begin(Object subject) {
        if (asleep != null) {
            throw new IllegalStateException(Coroutine.self() + " sleeps where " + who + " sleeps already; "
                    + "make a Sleeper for each");
        }
        EventLoop.current(); // Refuses those who run in none, before anything has changed.
        who = Coroutine.self();
        var over = new Completion<Boolean>(subject);
        asleep = over;
        return over;
    }

    /**
     * Ends the sleep of whoever sleeps; from any thread, and as often as you like
     * ({@code qemu_co_sleep_wake}). If nobody sleeps, nothing happens: the next one sleeps its time. So first
     * make true what the sleeper looks for when it is awake.
     *
     * @return whether it was this that ended it
     */
    public boolean wake() {
        Completion<Boolean> now = asleep;
        return now != null && now.tryComplete(true);
    }
}
