package dev.pirn;

/**
 * What a coroutine's woven frames and their results travel in. For code that the weaver makes; nobody else
 * touches it.
 *
 * <pre>
 *   a woven call      foo$co(args, co)  ── suspended? ──▶ save the live values in a frame, link it, return
 *   going on          frame.resume(co)  ── suspended? ──▶ the same frame again
 *                                       └─ ended ───────▶ result in bits or value, then frame.parent.resume
 * </pre>
 */
public abstract sealed class Shuttle permits Coroutine {
    /** Set while frames unwind: each saves itself and returns. */
    public boolean suspended;
    /** A primitive result: int and smaller widened, float and double as their raw bits. */
    public long bits;
    /** A reference result; or what is to be thrown, if threw. */
    public Object value;

    boolean threw;
    WovenFrame top;  // The innermost suspended frame; while it runs, the one that was resumed.
    private WovenFrame last; // The frame that was linked last, if it was not the first.

    Shuttle() { }

    /**
     * What tells of a class whether it overrides a woven method of {@code host} without being woven itself.
     *
     * @hidden
     */
    public static ClassValue<Boolean> overrides$co(Class<?> host, String name, String descriptor) {
        return new Overrides(host, name, descriptor);
    }

    /** The innermost woven call is about to unwind. */
    final void unwind() {
        suspended = true;
        bits = 0;
    }

    /** All have unwound; a frame that ends later must not be kept alive from here. */
    final void unwound() {
        suspended = false;
        if (bits > 1) last = null;
    }

    /**
     * Adds {@code frame} as the caller of those that were added since the coroutine was suspended. Writes
     * references only where they change: each costs a barrier of the garbage collector.
     */
    public final void link(WovenFrame frame) {
        // Counts the frames: nobody has a result while all unwind.
        long before = bits++;
        if (before == 0) {
            if (top != frame) top = frame;
            return;
        }
        (before == 1 ? top : last).parent = frame;
        last = frame;
    }

    /** Throws what the call that went on ended with, if it threw. */
    public final void check() throws Throwable {
        if (threw) rethrow();
    }

    private void rethrow() throws Throwable {
        threw = false;
        throw (Throwable) takeValue();
    }

    /** The reference result, which is not kept alive. */
    public final Object takeValue() {
        Object taken = value;
        value = null;
        return taken;
    }

    /** Has the next frame that is resumed throw {@code failure}. */
    final void fail(Throwable failure) {
        value = failure;
        threw = true;
    }

    final void clearFrames() {
        if (top != null) top = null;
    }
}
