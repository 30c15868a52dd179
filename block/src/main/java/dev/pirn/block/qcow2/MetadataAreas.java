package dev.pirn.block.qcow2;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Which clusters hold metadata, as far as that is known without reading for it: what a write of data must
 * not hit, and of metadata only its own ("overlap checks"; QEMU's {@code overlap-check=cached}, and bits of
 * bitmaps besides).
 *
 * <p>For any thread. The monitor is held for some instructions.
 */
final class MetadataAreas {
    /** What stands in a cluster; data, which is anywhere else, is none of these. */
    enum Kind {
        HEADER("the header"), L1_TABLE("the L1 table"), L2_TABLE("an L2 table"),
        REFCOUNT_TABLE("the refcount table"), REFCOUNT_BLOCK("a refcount block"),
        SNAPSHOT("the snapshot table, or the L1 table of a snapshot"),
        BITMAP("the bitmap directory, or the table of a bitmap"),
        BITS("the bits of a bitmap");

        final String label;

        Kind(String label) {
            this.label = label;
        }
    }

    /**
     * Runs of clusters with bits that are known at most, some 6 MiB; one more is not protected. Others' bits
     * may be all over the file.
     */
    static final int BITS_RUNS_MAX = 1 << 16;

    private final int clusterBits;
    private final Map<Long, Kind> kinds = new HashMap<>();
    /** The snapshot table, and the L1 tables of snapshots. */
    private final Ranges snapshots = new Ranges();
    /** The directory of bitmaps, and their tables. */
    private final Ranges bitmaps = new Ranges();
    private final Ranges bits = new Ranges();

    MetadataAreas(Header header) {
        this.clusterBits = header.clusterBits();
        addAll(header);
    }

    private void addAll(Header header) {
        add(Kind.HEADER, 0, 1);
        add(Kind.L1_TABLE, header.l1Offset(), (long) header.l1Entries() * Long.BYTES);
        add(Kind.REFCOUNT_TABLE, header.refcountTableOffset(),
                (long) header.refcountTableClusters() << clusterBits);
    }

    /** Forgets all but bitmaps: other tables are in force, those of snapshots among them. */
    synchronized void replace(Header by, List<SnapshotEntry> entries) {
        kinds.clear();
        addAll(by);
        setSnapshots(by, entries);
    }

    /** Adds the snapshot table, and what it names. */
    synchronized void setSnapshots(Header header, List<SnapshotEntry> entries) {
        snapshots.clear();
        snapshots.add(header.snapshotsOffset(), header.snapshotsOffset() + SnapshotTable.size(entries));
        for (SnapshotEntry each : entries) snapshots.add(each.l1().at(), each.l1().at() + each.l1().length());
    }

    /** Has these in place of the bitmap directory and the tables that it names so far. */
    synchronized void setBitmaps(List<Area> areas) {
        bitmaps.clear();
        for (Area each : areas) bitmaps.add(each.at(), each.at() + each.length());
    }

    synchronized void add(Kind kind, long offset, long length) {
        if (length == 0) return; // The L1 table of a disk of no bytes: it may be at 0, and end before.
        if (kind == Kind.BITMAP) {
            bitmaps.add(offset, offset + length);
        } else if (kind == Kind.BITS) {
            if (bits.count() < BITS_RUNS_MAX) bits.add(offset, offset + length);
        } else {
            for (long each = offset >>> clusterBits; each <= offset + length - 1 >>> clusterBits; each++) {
                kinds.put(each, kind);
            }
        }
    }

    /** Forgets clusters that are free from now on. */
    synchronized void remove(long offset, long length) {
        for (long each = offset >>> clusterBits; each <= offset + length - 1 >>> clusterBits; each++) {
            kinds.remove(each);
        }
        bits.remove(offset, offset + length);
    }

    /** Forgets a table of a bitmap that is not to be named after all. */
    synchronized void removeBitmap(Area table) {
        bitmaps.remove(table.at(), table.end());
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
        long start = offset & -(1L << clusterBits);
        long end = offset + length;
        if (own != Kind.SNAPSHOT && snapshots.overlaps(start, end)) return Kind.SNAPSHOT;
        if (own != Kind.BITMAP && bitmaps.overlaps(start, end)) return Kind.BITMAP;
        if (own != Kind.BITS && bits.overlaps(start, end)) return Kind.BITS;
        return null;
    }
}
