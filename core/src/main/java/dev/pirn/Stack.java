package dev.pirn;

/**
 * The seam between the rules, which {@link Coroutine} keeps, and the switching, which a backend does: make,
 * switch in, switch out, dispose, as in QEMU.
 *
 * <p>A stack checks nothing. Its coroutine calls {@link #enter} from one thread at a time, never after the
 * end, and {@link #yield} only inside.
 */
sealed interface Stack permits ContinuationStack, ThreadStack, Strand, HybridStack {
    /** Makes the stack of {@code coroutine}; nothing runs yet, and nothing expensive is taken. */
    static Stack of(Backend backend, Coroutine coroutine) {
        return switch (backend) {
            case CONTINUATION -> {
                if (!Backends.CONTINUATIONS) throw new IllegalStateException(Backends.missing(backend));
                yield new ContinuationStack(coroutine);
            }
            case THREAD -> new ThreadStack(coroutine);
            case PURE -> Strand.ofNew();
            case HYBRID -> {
                if (!Backends.CONTINUATIONS) throw new IllegalStateException(Backends.missing(backend));
                yield new HybridStack();
            }
        };
    }

    /**
     * Runs {@code co}, whose stack this is, or goes on after its last yield; returns at the next yield or
     * end.
     */
    void enter(Coroutine co);

    /**
     * Returns from the {@link #enter} that runs {@code co}, and itself at the next one. For code that is not
     * woven.
     */
    void yield(Coroutine co);

    /** Its frames, innermost first. Called while it is not entered, or where a thread of its own has them. */
    StackTraceElement[] getStackTrace(Coroutine co);

    /** The coroutine whose frames run now, or null outside of any. */
    static Coroutine current() {
        if (Strand.mayBePure()) return Strand.here().current();
        // The innermost wins: a continuation runs on top of the thread that may itself be a coroutine's.
        if (Backends.CONTINUATIONS) {
            Coroutine inner = ContinuationStack.current();
            if (inner != null) return inner;
        }
        return ThreadStack.current();
    }
}
