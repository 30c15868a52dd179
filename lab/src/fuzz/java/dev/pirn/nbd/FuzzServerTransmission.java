package dev.pirn.nbd;

/** Where Jazzer begins: lab/fuzz ServerTransmission. */
public final class FuzzServerTransmission {
    private FuzzServerTransmission() { }

    /** Runs one input. */
    public static void fuzzerTestOneInput(byte[] input) {
        ServerTarget.run(input, true);
    }
}
