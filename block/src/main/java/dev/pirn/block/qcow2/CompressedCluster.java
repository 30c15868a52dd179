package dev.pirn.block.qcow2;

/**
 * Where a compressed cluster stands ("Compressed Clusters Descriptor").
 *
 * <pre>
 *   x = 62 - (cluster_bits - 8):   61 ··· sectors besides the first ··· x │ x-1 ··· host offset ··· 0
 * </pre>
 *
 * @param at its first byte in the file, at any offset
 * @param length up to the end of its last sector, in bytes
 */
record CompressedCluster(long at, int length) {
    private static final int SECTOR_SIZE = 512;

    static CompressedCluster of(long word, int clusterBits) {
        int shift = offsetBits(clusterBits);
        long at = word & (1L << shift) - 1;
        long sectors = (word >>> shift & (1L << clusterBits - 8) - 1) + 1;
        return new CompressedCluster(at, (int) (sectors * SECTOR_SIZE - at % SECTOR_SIZE));
    }

    static int offsetBits(int clusterBits) {
        return 62 - (clusterBits - 8);
    }

    /** The word of an L2 entry for it. */
    static long word(long at, int length, int clusterBits) {
        long sectors = (at + length - 1) / SECTOR_SIZE - at / SECTOR_SIZE;
        return L2Entry.COMPRESSED | sectors << offsetBits(clusterBits) | at;
    }
}
