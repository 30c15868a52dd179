package dev.pirn.nbd;

import dev.pirn.block.qcow2.FuzzQcow2;
import dev.pirn.block.qcow2.FuzzQcow2Changes;
import java.util.function.Consumer;

/** What is fuzzed. */
enum FuzzTarget {
    ServerHandshake(FuzzServerHandshake::fuzzerTestOneInput),
    ServerTransmission(FuzzServerTransmission::fuzzerTestOneInput),
    ClientHandshake(FuzzClientHandshake::fuzzerTestOneInput),
    ClientTransmission(FuzzClientTransmission::fuzzerTestOneInput),
    Qcow2(FuzzQcow2::fuzzerTestOneInput),
    Qcow2Changes(FuzzQcow2Changes::fuzzerTestOneInput);

    private final Consumer<byte[]> body;

    FuzzTarget(Consumer<byte[]> body) {
        this.body = body;
    }

    void run(byte[] input) {
        body.accept(input);
    }
}
