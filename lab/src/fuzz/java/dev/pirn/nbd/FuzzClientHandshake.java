package dev.pirn.nbd;

/** Where Jazzer begins: lab/fuzz ClientHandshake. */
public final class FuzzClientHandshake {
    private FuzzClientHandshake() { }

    /** Runs one input. */
    public static void fuzzerTestOneInput(byte[] input) {
        ClientTarget.run(input, false);
    }
}
