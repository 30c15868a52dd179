package dev.pirn.block;

/** Who does for a raw image what may wait for a disk. */
public enum Engine {
    /** For each file what is faster, of those that there are. */
    AUTO,
    /** The kernel, through io_uring: Linux, and only where it lets us. */
    URING,
    /** Threads of a pool, everywhere. */
    NIO
}
