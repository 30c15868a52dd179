package dev.pirn.aio;

/**
 * Calls a handler in its event loop once a deadline has passed; can be armed again and again.
 *
 * <p>All methods are for the loop's thread. Arming and cancelling cost O(log n) in the timers that are armed.
 */
public final class Timer {
    final EventLoop loop;
    final String name;
    final Runnable handler;
    /** In the time of {@link World#nanoTime()}. */
    long deadlineNanos;
    /** Among those with the same deadline, the first armed fires first. */
    long sequence;
    /** Its place in the heap, or -1 when it is not armed. */
    int index = -1;

    Timer(EventLoop loop, String name, Runnable handler) {
        this.loop = loop;
        this.name = name;
        this.handler = handler;
    }

    /**
     * Arms it to fire once, at least {@code delayNanos} from now; if it was armed, to that time instead. A
     * delay of zero or less fires in this turn's or the next turn's timer phase.
     */
    public void arm(long delayNanos) {
        loop.requireHere("Timer.arm");
        loop.timers.arm(this, loop.world().nanoTime(), delayNanos);
    }

    /**
     * Disarms it; the handler will not be called.
     *
     * @return false if it was not armed
     */
    public boolean cancel() {
        loop.requireHere("Timer.cancel");
        return loop.timers.remove(this);
    }

    /** True from {@link #arm} until it fires or is cancelled. */
    public boolean isArmed() {
        return index >= 0;
    }

    /** Names it for people. */
    @Override
    public String toString() {
        return "timer \"" + name + '"';
    }
}
