package dev.pirn.block.qcow2;

/** How much of the tables is kept in memory. */
final class Caches {
    /** What of a table is read and written at a time, in bytes (QEMU's {@code l2-cache-entry-size}). */
    static final int SLICE_SIZE = 4 << 10;
    /** QEMU's {@code l2-cache-size} on Linux: all L2 tables of 256 GiB, in clusters of 64 KiB. */
    static final long L2_BYTES_MAX = 32 << 20;
    private static final int REFCOUNT_CLUSTERS = 4;
    private static final long BYTES_MIN = 1 << 20;

    private Caches() { }

    /**
     * Enough for all L2 tables of a disk, up to the default; and half as much again, so that all of them may
     * be dirty: a random write of 4 KiB dirties a slice for 32 MiB of the disk, and a cache that was filled
     * by those of 8 GiB flushed all the time for its own sake (2,300 writes a second instead of 25,000).
     */
    static long l2Bytes(Header header) {
        Geometry geometry = Geometry.of(header);
        long all = geometry.l1Entries(header.size()) << geometry.clusterBits();
        return Math.clamp(all + all / 2, BYTES_MIN, L2_BYTES_MAX);
    }

    /** QEMU's default, four clusters, or more of small ones. */
    static long refcountBytes(Header header) {
        return Math.max(BYTES_MIN, (long) REFCOUNT_CLUSTERS << header.clusterBits());
    }
}
