package dev.pirn;

import java.util.Locale;

/**
 * What a coroutine keeps its frames on while it is suspended.
 *
 * <p>Every rule of {@link Coroutine} holds on every backend; they differ in what they cost and what they
 * need.
 */
public enum Backend {
    /**
     * The JVM copies the frames to the heap ({@code jdk.internal.vm.Continuation}). Some 0.1 µs a round trip,
     * a few hundred bytes a coroutine. Needs packages of the JDK opened to us:
     * {@code --add-opens java.base/jdk.internal.vm=dev.pirn.core} and
     * {@code --add-exports java.base/jdk.internal.access=dev.pirn.core}. A yield below a native frame (a
     * class initialiser, an upcall) is refused with an error that names the frame.
     *
     * <p>A yield takes the locks of the whole thread along: hold no monitor and no {@code ReentrantLock}
     * across one.
     */
    CONTINUATION,

    /**
     * A platform thread for each coroutine, one of which runs at a time. Some microseconds a round trip and a
     * thread's memory, but no flag: it works in every JVM, and below native frames. Threads of ended
     * coroutines are kept for the next ones, up to a bound: {@code -Dpirn.pool} (default 256).
     *
     * <p>A lock that is held across a yield stays the coroutine's, and is its enterer's never: whoever else
     * of the loop wants it stops the loop. A thread local that an ended coroutine leaves set is seen by a
     * later one of the same thread: remove it.
     *
     * <p>A coroutine that is dropped while suspended keeps its thread until the JVM exits.
     */
    THREAD,

    /**
     * The frames of woven methods ({@link CoroutineFn}) alone: they return when they suspend, and go on from
     * what they left in the heap. Some nanoseconds a round trip, some hundred bytes a coroutine, no flag, no
     * thread. A yield below a method that is not woven is refused with an error that names it.
     *
     * <p>A monitor cannot be held across a yield: the weaver refuses that. A monitor of the enterer stays
     * the enterer's. A {@code ReentrantLock} belongs to the thread, as always: hold none across a yield.
     */
    PURE,

    /**
     * Woven methods as on {@link #PURE}, and where others stand on the stack too the JVM suspends them, as on
     * {@link #CONTINUATION}, with what that needs and forbids. Everything works; what is woven is fast.
     */
    HYBRID;

    /** True if coroutines can be made on this backend in this JVM. */
    public boolean isAvailable() {
        return switch (this) {
            case CONTINUATION, HYBRID -> Backends.CONTINUATIONS;
            case THREAD, PURE -> true;
        };
    }

    /** The backend's name as {@code -Dpirn.backend} takes it: {@code continuation}, {@code thread}. */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }

    /**
     * Finds a backend by the name that {@link #toString()} gives.
     *
     * @throws IllegalArgumentException if there is none of that name; the message lists those there are
     */
    public static Backend of(String name) {
        for (Backend backend : values()) {
            if (backend.toString().equals(name)) return backend;
        }
        throw new IllegalArgumentException("no backend is called \"" + name + "\"; there are "
                + java.util.List.of(values()));
    }
}
