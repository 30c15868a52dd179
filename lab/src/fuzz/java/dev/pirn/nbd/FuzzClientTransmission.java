package dev.pirn.nbd;

/** Where Jazzer begins: lab/fuzz ClientTransmission. */
public final class FuzzClientTransmission {
    private FuzzClientTransmission() { }

    /** Runs one input. */
    public static void fuzzerTestOneInput(byte[] input) {
        ClientTarget.run(input, true);
    }
}
