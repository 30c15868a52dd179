package dev.pirn.nbd;

import java.util.function.Consumer;

/** What is fuzzed. */
enum FuzzTarget {
    ServerHandshake(FuzzServerHandshake::fuzzerTestOneInput),
    ServerTransmission(FuzzServerTransmission::fuzzerTestOneInput),
    ClientHandshake(FuzzClientHandshake::fuzzerTestOneInput),
    ClientTransmission(FuzzClientTransmission::fuzzerTestOneInput);

    private final Consumer<byte[]> body;

    FuzzTarget(Consumer<byte[]> body) {
        this.body = body;
    }

    void run(byte[] input) {
        body.accept(input);
    }
}
