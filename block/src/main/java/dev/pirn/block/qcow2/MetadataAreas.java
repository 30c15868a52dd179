package dev.pirn.block.qcow2;

import java.util.HashMap;
import java.util.Map;

/**
 * Which clusters hold metadata, as far as that is known without reading for it: what a write of data must
 * not hit, and of metadata only its own ("overlap checks"; QEMU's {@code overlap-check=cached}).
 *
 * <p>For any thread. The monitor is held for some instructions.
 */
final class MetadataAreas {
    /** What stands in a cluster; data, which is anywhere else, is none of these. */
    enum Kind {
        HEADER("the header"), L1_TABLE("the L1 table"), L2_TABLE("an L2 table"),
        REFCOUNT_TABLE("the refcount table"), REFCOUNT_BLOCK("a refcount block"),
        SNAPSHOT_TABLE("the snapshot table");

        final String label;

        Kind(String label) {
            this.label = label;
        }
    }

    private final int clusterBits;
    private final Map<Long, Kind> kinds = new HashMap<>();

    MetadataAreas(Header header) {
        this.clusterBits = header.clusterBits();
        add(Kind.HEADER, 0, 1);
        add(Kind.L1_TABLE, header.l1Offset(), (long) header.l1Entries() * Long.BYTES);
        add(Kind.REFCOUNT_TABLE, header.refcountTableOffset(),
                (long) header.refcountTableClusters() << clusterBits);
        if (header.snapshotCount() > 0) add(Kind.SNAPSHOT_TABLE, header.snapshotsOffset(), 1);
    }

    synchronized void add(Kind kind, long offset, long length) {
        for (long each = offset >>> clusterBits; each <= offset + length - 1 >>> clusterBits; each++) {
            kinds.put(each, kind);
        }
    }

    synchronized void remove(long offset, long length) {
        for (long each = offset >>> clusterBits; each <= offset + length - 1 >>> clusterBits; each++) {
            kinds.remove(each);
        }
    }

    /** Adds the tables that entries of a first level name. */
    synchronized void addTables(Kind kind, long[] entries) {
        for (long each : entries) {
            long table = each & L2Entry.HOST_MASK;
            // What overlaps already stays what it is: the write to it will say so.
            if (table != 0) kinds.putIfAbsent(table >>> clusterBits, kind);
        }
    }

    /** Throws if a write of {@code own} (null for data) would hit other metadata. */
    void require(String file, long offset, long length, Kind own) throws BadImageException {
        Kind hit = overlap(offset, length, own);
        if (hit == null) return;
        throw BadImageException.ofDamage(file, "%s at [%d, +%d) would overwrite %s",
                own == null ? "data" : own.label, offset, length, hit.label);
    }

    /** What in the range is other metadata than {@code own}; null if nothing is. */
    synchronized Kind overlap(long offset, long length, Kind own) {
        for (long each = offset >>> clusterBits; each <= offset + length - 1 >>> clusterBits; each++) {
            Kind kind = kinds.get(each);
            if (kind != null && kind != own) return kind;
        }
        return null;
    }
}
