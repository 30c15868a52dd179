package dev.pirn.block;

/**
 * Bytes of a disk that lie side by side and are stored alike: what is known of them without reading them
 * (QEMU's block status).
 *
 * @param length bytes, at least 1
 * @param isHole true if nothing is stored for them: a write there may find no space
 * @param isZero true if they read as zeroes; false if they may not
 */
public record Extent(long length, boolean isHole, boolean isZero) {
    /** Refuses an extent of nothing. */
    public Extent {
        if (length < 1) throw new IllegalArgumentException("an extent of " + length + " bytes");
    }

    /** Makes one of bytes of which nothing is known. */
    public static Extent ofData(long length) {
        return new Extent(length, false, false);
    }

    /** Makes one of bytes that are not stored, and read as zeroes. */
    public static Extent ofHole(long length) {
        return new Extent(length, true, true);
    }
}
