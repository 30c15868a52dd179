package dev.pirn.block.qcow2;

/** How much of the tables is kept in memory. */
final class Caches {
    /** What of a table is read and written at a time, in bytes (QEMU's {@code l2-cache-entry-size}). */
    static final int SLICE_SIZE = 4 << 10;
    /** QEMU's {@code l2-cache-size} on Linux: all L2 tables of 256 GiB, in clusters of 64 KiB. */
    static final long L2_BYTES_MAX = 32 << 20;
    private static final int REFCOUNT_CLUSTERS = 4;

    private Caches() { }

    /** Enough for all L2 tables of a disk, up to the default. */
    static long l2Bytes(Header header) {
        Geometry geometry = Geometry.of(header);
        long all = geometry.l1Entries(header.size()) << geometry.clusterBits();
        return Math.clamp(all, 4L * SLICE_SIZE, L2_BYTES_MAX);
    }

    /** QEMU's default: four clusters. */
    static long refcountBytes(Header header) {
        return Math.max(16L * SLICE_SIZE, (long) REFCOUNT_CLUSTERS << header.clusterBits());
    }
}
