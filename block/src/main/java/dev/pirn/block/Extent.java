package dev.pirn.block;

/**
 * What is known of a range of a disk without reading it (QEMU's block status).
 *
 * @param length bytes of the range, at least 1
 * @param isHole true if nothing is stored for it: a write there may find no space
 * @param isZero true if it reads as zeroes; false if it may not
 */
public record Extent(long length, boolean isHole, boolean isZero) { }
