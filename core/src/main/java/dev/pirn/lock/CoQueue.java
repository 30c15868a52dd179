package dev.pirn.lock;

import dev.pirn.Completion;
import dev.pirn.Coroutine;
import dev.pirn.CoroutineFn;
import dev.pirn.Points;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Objects;

/**
 * Coroutines that wait until others have made something true (QEMU's CoQueue; a condition variable).
 *
 * {@snippet class="dev.pirn.lock.CoQueueTest" region="queue"}
 *
 * <p>What they look at is guarded by a mutex, which a wait gives back and has again when it ends; or by all
 * being in one loop. Who is restarted goes into the mutex's line without running, so that a restart of a
 * thousand wakes them one after the other, each when it has the mutex (QEMU wakes all, to wait once more).
 */
public final class CoQueue {
    /** One who waits here, and what it has when it goes on. */
    private record Place(CoMutex mutex, Waiter waiter) { }

    private final String name;
    /** First come, first served. Its monitor is held for some instructions; nobody is woken under it. */
    private final ArrayDeque<Place> line = new ArrayDeque<>();

    /** Makes one in which nobody waits. */
    public CoQueue(String name) {
        this.name = Objects.requireNonNull(name, "name");
    }

    /**
     * Waits until {@link #next} or {@link #restartAll} comes to the caller ({@code qemu_co_queue_wait}).
     * Suspends. What it waits for may have become untrue again: look, in a loop.
     *
     * @param mutex which the caller holds, also when this returns or throws; null if all who use this queue
     *     run in one loop
     * @throws java.util.concurrent.CancellationException if it was cancelled; a restart that came to it at
     *     the same time goes on to the next
     * @throws IllegalStateException if the caller does not hold {@code mutex}, or runs in no loop
     */
    @CoroutineFn
    public void await(CoMutex mutex) {
        await(mutex, false);
    }

    /** As {@link #await(CoMutex)}, before all who wait ({@code CO_QUEUE_WAIT_FRONT}). */
    @CoroutineFn
    public void awaitInFront(CoMutex mutex) {
        await(mutex, true);
    }

    @CoroutineFn
    private void await(CoMutex mutex, boolean front) {
        Coroutine self = Coroutine.self();
        if (self == null || self.home() == null) {
            throw new IllegalStateException("CoQueue.await of " + this + " outside of a coroutine that runs "
                    + "in an event loop, by " + (self == null ? Thread.currentThread() : self)
                    + "; start it with EventLoop.start");
        }
        if (mutex != null) mutex.requireHeld();
        var mine = new Place(mutex, new Waiter(self, new Completion<>(this)));
        synchronized (line) {
            if (front) line.addFirst(mine); else line.add(mine);
        }
        if (mutex != null) mutex.unlock();
        try {
            mine.waiter.told.join();
        } catch (RuntimeException e) { // Cancelled, or not suspended at all.
            giveUp(mine, e);
            throw e;
        }
        if (mutex != null) mutex.own(self);
    }

    @CoroutineFn
    private void giveUp(Place mine, RuntimeException why) {
        Points.point("CoQueue, before giving up");
        boolean restarted;
        synchronized (line) {
            restarted = !line.remove(mine);
        }
        boolean owns = !mine.waiter.told.tryFail(why) && mine.mutex != null;
        if (restarted) next(); // Whoever restarted it meant somebody who goes on.
        if (owns) {
            mine.mutex.own(mine.waiter.who);
        } else if (mine.mutex != null) {
            mine.mutex.lockUninterruptibly();
        }
    }

    /**
     * Has the first who waits go on ({@code qemu_co_queue_next}, {@code qemu_co_enter_next}): when it has the
     * mutex, if it gave one back. From any thread; inside a coroutine it goes on after that has yielded.
     *
     * @return whether anybody waited
     */
    public boolean next() {
        while (true) {
            Place first;
            synchronized (line) {
                first = line.poll();
            }
            if (first == null) return false;
            Points.point("CoQueue, between poll and restart");
            if (restart(first)) return true;
        }
    }

    /**
     * Has all go on who wait at this moment, in their order ({@code qemu_co_queue_restart_all}); else as
     * {@link #next}.
     *
     * @return how many
     */
    public int restartAll() {
        List<Place> all;
        synchronized (line) {
            all = List.copyOf(line);
            line.clear();
        }
        Points.point("CoQueue, between poll and restart");
        int restarted = 0;
        for (Place each : all) {
            if (restart(each)) restarted++;
        }
        return restarted;
    }

    /** False if it has given up; with a mutex it passes the restart on itself then. */
    private static boolean restart(Place place) {
        if (place.mutex == null) return place.waiter.told.tryComplete(null);
        place.mutex.admit(place.waiter);
        return true;
    }

    /** True if nobody waits ({@code qemu_co_queue_empty}). */
    public boolean isEmpty() {
        synchronized (line) {
            return line.isEmpty();
        }
    }

    /** Names it for people. */
    @Override
    public String toString() {
        return "queue \"" + name + '"';
    }
}
