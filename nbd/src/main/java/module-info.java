/**
 * The NBD server: serves a {@code dev.pirn.block} disk from an event loop; uses nothing else.
 */
module dev.pirn.nbd {
    requires transitive dev.pirn.block;

    exports dev.pirn.nbd;
}
