package dev.pirn;

/**
 * Places in lock-free code between two steps between which another thread may come. A simulator that runs
 * one thread at a time has others run there, and so comes to orders that real threads meet once in a
 * million.
 *
 * <p>Costs one test of a field until somebody watches.
 */
public final class Points {
    private static boolean watched;

    private Points() { }

    /** From now on those homes are told that have something to do with it. Cannot be taken back. */
    public static void watch() {
        watched = true;
    }

    /** The caller stands at {@code place}; its home is told. */
    @MixedFn // What it calls may hold the thread, in a simulator, where nobody else would run.
    public static void point(String place) {
        if (watched) tell(place);
    }

    @MixedFn
    private static void tell(String place) {
        Home home = Home.current();
        if (home != null) home.point(place);
    }
}
