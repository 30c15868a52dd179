package dev.pirn.sim;

/** Thrown in those who still run when their world has ended. */
final class Abandoned extends Error {
    private static final long serialVersionUID = 1;

    Abandoned() {
        super("the simulated world has ended", null, false, false);
    }
}
