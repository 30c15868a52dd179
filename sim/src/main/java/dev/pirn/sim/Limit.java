package dev.pirn.sim;

/** A run was ended because it would not end. */
final class Limit extends RuntimeException {
    private static final long serialVersionUID = 1;

    Limit(String message) {
        super(message);
    }
}
