package dev.pirn.tool.img;

/**
 * How large a file would be, in bytes.
 *
 * @param required with what is stored of the disk now
 * @param fullyAllocated with all of it stored
 * @param bitmaps what its bitmaps would take besides; below zero where there can be none
 */
record Measured(long required, long fullyAllocated, long bitmaps) {
    /** The same, with those that the image has that is converted. */
    Measured withBitmaps(long bytes) {
        return new Measured(required, fullyAllocated, bytes);
    }

    static Measured ofRaw(long size) {
        long sectors = ImageInfo.inSectors(size);
        return new Measured(sectors, sectors, -1);
    }
}
