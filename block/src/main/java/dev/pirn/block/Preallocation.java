package dev.pirn.block;

/** What of an image is stored before anybody has written to it; QEMU's words, in lower case. */
public enum Preallocation {
    /** Nothing that can be done without. */
    OFF,
    /** The tables of a format that has some, so that writing data is all that is left to do. */
    METADATA,
    /** Space in the file system for all of it ({@code fallocate}), without writing it where that can be. */
    FALLOC,
    /** Zeroes, written. */
    FULL
}
