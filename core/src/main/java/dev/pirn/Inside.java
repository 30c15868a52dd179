package dev.pirn;

/** Refuses what only the body of a coroutine may do, when somebody else does it; and what it may not. */
final class Inside {
    private Inside() { }

    /** Returns if the caller runs in {@code owner} itself, not in another that it entered. */
    static void require(Coroutine owner, String method) {
        Coroutine self = Coroutine.self();
        if (self == owner) return;
        throw new IllegalStateException(method + " of " + owner + " was called by "
                + (self != null ? self : "code outside of any coroutine, in " + Thread.currentThread())
                + "; call it in the body of that coroutine only, outside of any other that the body enters");
    }

    /** The error of whoever resumed {@code co} and got no value, for it was suspended by something else. */
    static IllegalStateException suspendedOtherwise(Coroutine co, String method) {
        return new IllegalStateException(co + " suspended itself without a value: by Coroutine.yield, or by "
                + "waiting for an event loop; in its body yield by " + method + " alone, and wait outside of "
                + "it. It goes on when it is next asked");
    }
}
