/**
 * The NBD server, which serves a {@code dev.pirn.block} disk from an event loop, and the client, which opens
 * another server's export as one; uses nothing else.
 */
module dev.pirn.nbd {
    requires transitive dev.pirn.block;
    requires static jdk.jfr; // For events, where it is there.

    exports dev.pirn.nbd;
}
