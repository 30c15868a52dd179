package dev.pirn;

/**
 * What hybrid coroutines run in, one enter after the other: it holds no frames between two enters, so it is
 * used again, by any coroutine of its thread, until frames that are not woven are suspended in it. Then it is
 * that coroutine's alone until they have returned.
 */
final class HybridContinuation extends OwnContinuation {
    private static final Runnable BODY = () -> {
        if (ContinuationStack.mounted() instanceof HybridContinuation own) Trampoline.step(own.coroutine());
    };

    /** What a coroutine that is entered inside of this one runs in. */
    HybridContinuation inner;
    boolean busy;

    HybridContinuation() {
        super(BODY);
    }
}
