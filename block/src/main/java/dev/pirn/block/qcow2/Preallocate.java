package dev.pirn.block.qcow2;

/** What a new image has for each cluster of its disk ({@code preallocation}). */
public enum Preallocate {
    /** Nothing: it grows as it is written to. */
    OFF,
    /** A place in the file, which is a hole. */
    METADATA,
    /** A place for which storage is reserved, as far as the system can. */
    FALLOC,
    /** A place that was written. */
    FULL
}
