package dev.pirn.block.qcow2;

/** Bytes of the image's file. */
record Area(long at, long length) {
    /** Where the first byte behind it is. */
    long end() {
        return at + length;
    }
}
