package dev.pirn.tool.img;

import dev.pirn.CoroutineFn;
import dev.pirn.block.BlockDevice;
import dev.pirn.block.Preallocation;
import dev.pirn.block.qcow2.Bitmap;
import dev.pirn.tool.Failure;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * What a qcow2 image takes: a cluster of header, the tables, and the refcounts of all that, themselves
 * included.
 *
 * @param size of the disk, in whole clusters
 * @param entry bytes of an L2 entry
 * @param refcountBits of one refcount
 */
record Qcow2Size(long size, long cluster, long entry, long refcountBits, boolean stored, boolean backing) {
    private static final long CLUSTER_DEFAULT = 64 << 10;
    private static final long CLUSTER_MIN = 512;
    private static final long CLUSTER_MAX = 2 << 20;
    private static final long REFCOUNT_BITS_DEFAULT = 16;
    private static final long REFCOUNT_BITS_MAX = 64;
    private static final long L1_TABLE_MAX = 32 << 20;
    /** An entry of the bitmap directory, before the name. */
    private static final long BITMAP_ENTRY = 24;

    static Qcow2Size of(FormatOptions options, long size) throws Failure {
        long cluster = options.bytes("cluster_size", CLUSTER_DEFAULT);
        if (cluster < CLUSTER_MIN || cluster > CLUSTER_MAX || Long.bitCount(cluster) != 1) {
            throw FormatOptions.usage("-o cluster_size is a power of two from 512 to 2M", cluster);
        }
        long bits = options.bytes("refcount_bits", REFCOUNT_BITS_DEFAULT);
        if (bits < 1 || bits > REFCOUNT_BITS_MAX || Long.bitCount(bits) != 1) {
            throw FormatOptions.usage("-o refcount_bits is a power of two from 1 to 64", bits);
        }
        var how = options.preallocation();
        long entry = options.truth("extended_l2", false) ? 2 * Long.BYTES : Long.BYTES;
        if (Math.ceilDiv(size, cluster / entry * cluster) > L1_TABLE_MAX / Long.BYTES) {
            throw Failure.of("more than an L1 table of 32 MiB leads to", size + " bytes in clusters of "
                    + cluster).hint("larger clusters, up to -o cluster_size=2M");
        }
        return new Qcow2Size(up(size, cluster), cluster, entry, bits,
                how == Preallocation.FALLOC || how == Preallocation.FULL, options.has("backing_file"));
    }

    private static long up(long number, long unit) {
        return (number + unit - 1) / unit * unit;
    }

    /** Bytes of the clusters of which something is stored. Suspends. */
    @CoroutineFn
    long stored(BlockDevice disk) throws IOException {
        if (backing) return size; // Nobody knows what the new one's backing file has in common with this.
        var pieces = new Pieces(Pieces.of(disk), 0, disk.size(), Integer.MAX_VALUE, (int) cluster);
        long bytes = 0;
        for (Pieces.Piece piece; (piece = pieces.next()) != null; ) {
            if (piece.kind() == Pieces.Kind.DATA) bytes += up(piece.length(), cluster);
        }
        return bytes;
    }

    /** With so many bytes of data. */
    Measured measured(long data) {
        long all = all();
        return new Measured(all - size + (stored ? size : data), all, -1);
    }

    /** Bytes of bitmaps of a disk, with all bits, tables and a directory; inconsistent ones too, as QEMU. */
    long of(List<Bitmap> bitmaps, long diskSize) {
        long bytes = 0;
        long directory = 0;
        for (Bitmap each : bitmaps) {
            long bits = up(Math.ceilDiv(Math.ceilDiv(diskSize, each.granularity()), Byte.SIZE), cluster);
            bytes += bits + up(bits / cluster * Long.BYTES, cluster);
            int name = each.name().getBytes(StandardCharsets.UTF_8).length;
            directory += up(BITMAP_ENTRY + name, Long.BYTES);
        }
        return bytes + up(directory, cluster);
    }

    private long all() {
        long l2 = up(size / cluster * entry, cluster);
        long l1 = up(l2 / cluster * Long.BYTES, cluster);
        long without = cluster + l2 + l1 + size;
        return without + refcounts(without / cluster) * cluster;
    }

    /** Clusters of refcounts and of their table, for {@code others} clusters and themselves. */
    private long refcounts(long others) {
        long perBlock = cluster * Byte.SIZE / refcountBits;
        long perTable = cluster / Long.BYTES;
        long own = 0;
        while (true) {
            long blocks = (others + own + perBlock - 1) / perBlock;
            long table = (blocks + perTable - 1) / perTable;
            if (blocks + table == own) return own;
            own = blocks + table;
        }
    }
}
