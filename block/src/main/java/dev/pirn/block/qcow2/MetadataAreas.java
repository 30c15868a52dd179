package dev.pirn.block.qcow2;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;

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
        SNAPSHOT("the snapshot table, or the L1 table of a snapshot"),
        BITMAP("the bitmap directory, or the table of a bitmap");

        final String label;

        Kind(String label) {
            this.label = label;
        }
    }

    private final int clusterBits;
    private final Map<Long, Kind> kinds = new HashMap<>();
    /** Tables of snapshots: where each ends, by where it begins; apart from one another. */
    private final NavigableMap<Long, Long> snapshots = new TreeMap<>();
    /** The same of bitmaps. */
    private final NavigableMap<Long, Long> bitmaps = new TreeMap<>();

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
        long size = SnapshotTable.size(entries);
        if (size > 0) snapshots.put(header.snapshotsOffset(), header.snapshotsOffset() + size);
        for (SnapshotEntry each : entries) {
            Area l1 = each.l1();
            if (l1.length() > 0) snapshots.put(l1.at(), l1.at() + l1.length());
        }
    }

    /** Has these in place of the bitmap directory and the tables that it names so far. */
    synchronized void setBitmaps(List<Area> areas) {
        bitmaps.clear();
        for (Area each : areas) {
            long from = each.at();
            long to = from + each.length();
            // Of what others wrote they may overlap, and one look must find whatever there is.
            for (var last = bitmaps.floorEntry(to); last != null && last.getValue() >= from;
                    last = bitmaps.floorEntry(to)) {
                from = Math.min(from, last.getKey());
                to = Math.max(to, last.getValue());
                bitmaps.remove(last.getKey());
            }
            if (from < to) bitmaps.put(from, to);
        }
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
        if (own != Kind.SNAPSHOT && overlaps(snapshots, offset, length)) return Kind.SNAPSHOT;
        if (own != Kind.BITMAP && overlaps(bitmaps, offset, length)) return Kind.BITMAP;
        return null;
    }

    private boolean overlaps(NavigableMap<Long, Long> areas, long offset, long length) {
        Map.Entry<Long, Long> last = areas.lowerEntry(offset + length);
        return last != null && last.getValue() > (offset & -(1L << clusterBits));
    }
}
