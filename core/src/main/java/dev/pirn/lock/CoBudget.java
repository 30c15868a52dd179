package dev.pirn.lock;

import dev.pirn.CoroutineFn;
import java.util.Objects;

/**
 * A fixed amount of something, bytes say, of which coroutines of any loops get parts and put them back
 * (QEMU's SharedResource). Fair: served in the order of asking, so that a big part is not kept waiting by
 * small ones for ever.
 */
public final class CoBudget implements AutoCloseable {
    private final String name;
    private final long total;
    private final Permits permits;

    /**
     * Makes one of which all is there.
     *
     * @throws IllegalArgumentException if {@code total} is less than 1
     */
    public CoBudget(String name, long total) {
        this.name = Objects.requireNonNull(name, "name");
        this.total = total;
        if (total < 1) {
            throw new IllegalArgumentException("budget \"" + name + "\" of " + total
                    + "; it needs at least 1");
        }
        this.permits = new Permits(this, total);
    }

    /**
     * Gets {@code count} of it ({@code co_get_from_shres}). Suspends while there is not as much, or others
     * wait.
     *
     * @throws IllegalArgumentException if {@code count} is less than 1, or more than there ever is
     * @throws java.util.concurrent.CancellationException if it was cancelled; it has got nothing then
     * @throws IllegalStateException if it has to wait and is no coroutine that runs in a loop
     */
    @CoroutineFn
    public void get(long count) {
        requirePart("get", count);
        permits.take(count);
    }

    /** Gets {@code count} of it if that is there and nobody waits; returns whether. From any thread. */
    public boolean tryGet(long count) {
        requirePart("tryGet", count);
        return permits.tryTake(count);
    }

    private void requirePart(String method, long count) {
        Permits.requireSome(this, method, count);
        if (count <= total) return;
        throw new IllegalArgumentException(this + ": " + method + " of " + count
                + ", more than there ever is");
    }

    /**
     * Puts {@code count} back, for who has waited longest ({@code co_put_to_shres}). From any thread.
     *
     * @throws IllegalArgumentException if {@code count} is less than 1, or more than is out: nothing has
     *     changed
     */
    public void put(long count) {
        Permits.requireSome(this, "put", count);
        if (!permits.giveUpTo(total, count)) {
            throw new IllegalArgumentException(this + ": put of " + count + ", but only "
                    + (total - permits.available()) + " are out");
        }
    }

    /** How much of it is there, at this moment. */
    public long available() {
        return permits.available();
    }

    /** How much there is when all is there. */
    public long total() {
        return total;
    }

    /**
     * Says that nobody needs it any more ({@code shres_destroy}).
     *
     * @throws IllegalStateException if some of it was not put back, or somebody waits for some
     */
    @Override
    public void close() {
        if (permits.available() == total && permits.waiting() == 0) return;
        throw new IllegalStateException(this + " was closed before all was put back");
    }

    /** Names it for people. */
    @Override
    public String toString() {
        return "budget \"%s\" (%d of %d there, %d waiting)".formatted(name, permits.available(), total,
                permits.waiting());
    }
}
