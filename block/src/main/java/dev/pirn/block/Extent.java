package dev.pirn.block;

/**
 * Bytes of a disk that lie side by side and are stored alike.
 *
 * @param length bytes, at least 1
 * @param hole whether nothing is stored for them; they read as zero. What is no hole may read as anything
 */
public record Extent(long length, boolean hole) {
    /** Refuses an extent of nothing. */
    public Extent {
        if (length < 1) throw new IllegalArgumentException("an extent of " + length + " bytes");
    }
}
