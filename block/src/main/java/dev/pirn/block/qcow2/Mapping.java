package dev.pirn.block.qcow2;

/**
 * Guest bytes that lie side by side and are stored alike ({@code qemu-img map}).
 *
 * @param length bytes, at least 1
 * @param depth how many backing files down they stand; 0 for the image itself
 * @param isZero whether they read as zeroes, known without reading them
 * @param isPresent whether this image, or one below it, says so: false where nobody ever wrote
 * @param at where the first of them stands in the file of its image, or data file, in bytes;
 *     {@link #NOWHERE} if they do not stand there as they are; zeroes may have a place, with any bytes in it
 * @param isCompressed whether they do stand there, compressed
 */
public record Mapping(long length, int depth, boolean isZero, boolean isPresent, long at,
        boolean isCompressed) {
    /** No offset. */
    public static final long NOWHERE = -1;

    /** The same, seen from the overlay. */
    Mapping below() {
        return new Mapping(length, depth + 1, isZero, isPresent, at, isCompressed);
    }
}
