package dev.pirn.block.qcow2;

/**
 * What follows from the sizes of clusters and entries. Sizes are in bytes.
 *
 * @param clusterBits a cluster has {@code 1 << clusterBits} bytes
 * @param extended whether L2 entries have a second word, of bits for subclusters
 */
record Geometry(int clusterBits, boolean extended) {
    private static final int SUBCLUSTERS_EXTENDED = 32;

    static Geometry of(Header header) {
        return new Geometry(header.clusterBits(), header.hasExtendedL2());
    }

    int clusterSize() {
        return 1 << clusterBits;
    }

    long clusterStart(long offset) {
        return offset & -(1L << clusterBits);
    }

    /** The end of the cluster that ends at or behind {@code offset}. */
    long clusterEnd(long offset) {
        return clusterStart(offset + clusterSize() - 1);
    }

    int inCluster(long offset) {
        return (int) (offset & (clusterSize() - 1));
    }

    int subclusters() {
        return extended ? SUBCLUSTERS_EXTENDED : 1;
    }

    int subclusterSize() {
        return clusterSize() / subclusters();
    }

    /** Words of an L2 entry. */
    int entryWords() {
        return extended ? 2 : 1;
    }

    /** Entries of an L2 table. */
    int l2Entries() {
        return clusterSize() / (Long.BYTES * entryWords());
    }

    int l2Index(long offset) {
        return (int) ((offset >>> clusterBits) & (l2Entries() - 1));
    }

    /** Guest bytes that one L2 table maps; for 2 MiB clusters 2<sup>39</sup>. */
    int l1Shift() {
        return clusterBits + Integer.numberOfTrailingZeros(l2Entries());
    }

    /** Entries of an L1 table for a disk of {@code size} bytes. */
    long l1Entries(long size) {
        long whole = size >>> l1Shift();
        return whole << l1Shift() == size ? whole : whole + 1;
    }
}
