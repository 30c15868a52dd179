package dev.pirn.nbd;

/** Where Jazzer begins: lab/fuzz ServerHandshake. */
public final class FuzzServerHandshake {
    private FuzzServerHandshake() { }

    /** Runs one input. */
    public static void fuzzerTestOneInput(byte[] input) {
        ServerTarget.run(input, false);
    }
}
