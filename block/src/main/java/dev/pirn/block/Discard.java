package dev.pirn.block;

/** What becomes of the storage under a range that nobody needs any more ({@code qemu-nbd --discard}). */
public enum Discard {
    /** It stays: {@link BlockDevice#discard} does nothing, and zeroed ranges stay allocated. */
    IGNORE,
    /** It is given back to the file system where that can be done. */
    UNMAP
}
