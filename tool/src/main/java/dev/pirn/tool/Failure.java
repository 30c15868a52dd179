package dev.pirn.tool;

/**
 * What keeps a verb from doing its work, for the user to read: a rule, the values that break it and, if we
 * know one, the cure.
 */
final class Failure extends Exception {
    private static final long serialVersionUID = 1L;

    private final String hint;

    private Failure(String message, String hint, Throwable cause) {
        super(message, cause);
        this.hint = hint;
    }

    /** Makes one without a known cure: {@code rule: values}. */
    static Failure of(String rule, Object values) {
        return new Failure(rule + ": " + values, null, null);
    }

    /** The same with what the user can do about it. */
    Failure hint(String cure) {
        return new Failure(getMessage(), cure, getCause());
    }

    /** The same with the exception behind it, which {@code --debug} shows. */
    Failure causedBy(Throwable cause) {
        return new Failure(getMessage(), hint, cause);
    }

    /** The cure, or null. */
    String hint() {
        return hint;
    }
}
