package dev.pirn;

/**
 * Carries a checked exception out of a coroutine, as its cause.
 *
 * <p>Unchecked exceptions and errors come out as they are; only what {@link Coroutine#enter()} does not declare
 * has to travel inside this one.
 */
public final class CoroutineException extends RuntimeException {
    private static final long serialVersionUID = 1;

    CoroutineException(String message, Exception cause) {
        super(message, cause);
    }
}
