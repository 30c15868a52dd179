package dev.pirn;

/**
 * Carries a checked exception out of a coroutine, as its cause.
 *
 * <p>Unchecked exceptions and errors come out as they are; only what {@link Coroutine#enter()} does not
 * declare has to travel inside this one.
 */
public final class CoroutineException extends RuntimeException {
    private static final long serialVersionUID = 1;

    private CoroutineException(String message, Throwable cause) {
        super(message, cause);
    }

    /**
     * What comes out of the enter of {@code co}, whose entry threw {@code thrown}. An error is thrown at
     * once.
     */
    static RuntimeException of(Coroutine co, Throwable thrown) {
        if (thrown instanceof Error || thrown instanceof RuntimeException) EnteredFrom.mark(thrown, co);
        if (thrown instanceof Error error) throw error;
        if (thrown instanceof RuntimeException unchecked) return unchecked;
        return new CoroutineException(co + " ended by " + thrown, thrown);
    }
}
