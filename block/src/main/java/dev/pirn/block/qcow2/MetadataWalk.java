package dev.pirn.block.qcow2;

import dev.pirn.CoroutineFn;
import java.io.IOException;
import java.util.List;

/**
 * Counts what the tables of an image refer to, and notes, or drops, what cannot be right. Each table is read
 * once, however many lead to it.
 *
 * <pre>
 *   header ─▶ L1 ─────────────────┐
 *   snapshot table ─▶ L1, L1, … ──┴─▶ Coverage ─▶ L2 tables, each with its weight ─▶ References
 *   bitmap directory ─▶ bitmap tables ─▶ Coverage ─────────────────────────────────────▲
 * </pre>
 *
 * <p>The refcount table and its blocks are for {@link RefcountBlocks}.
 */
final class MetadataWalk {
    /** Bits of an L1 entry that must be 0 ("L1 table entry"). */
    private static final long L1_RESERVED = 0x7f00_0000_0000_01ffL;

    private final CheckedFile image;
    private final References references;
    private final Findings findings;
    private final boolean fix;
    private final EntryRules rules;
    private final L2Tables tables = new L2Tables();
    private final SnapshotScan snapshots;
    private final RefcountBlocks counts;
    private boolean bitmapsAreBad;

    /**
     * Makes one for an image.
     *
     * @param counts where they stand, with which bitmaps may be at odds
     * @param fix whether entries that cannot be right are dropped from the file; may be true once
     */
    MetadataWalk(CheckedFile image, References references, Findings findings, RefcountBlocks counts,
            boolean fix) {
        this.image = image;
        this.references = references;
        this.findings = findings;
        this.counts = counts;
        this.fix = fix;
        this.rules = new EntryRules(image, references, findings, fix);
        this.snapshots = new SnapshotScan(image, findings);
    }

    /** The L2 tables that it found. */
    L2Tables tables() {
        return tables;
    }

    SnapshotScan snapshots() {
        return snapshots;
    }

    /** Whether bitmaps cannot be right: then none of them can be relied upon. */
    boolean hasBadBitmaps() {
        return bitmapsAreBad;
    }

    @CoroutineFn
    void run() throws IOException {
        Header header = image.header();
        refer("the header", 0, image.clusterSize());
        var active = new Coverage();
        addL1(active, "the active L1 table", header.l1Offset(), header.l1Entries());
        long l1Size = (long) header.l1Entries() * Long.BYTES;
        if (image.contains(header.l1Offset(), l1Size) && !image.holds(header.l1Offset(), l1Size)) {
            findings.corrupt("the active L1 table at [%d, +%d): %s", header.l1Offset(),
                    l1Size, image.end());
        }
        walkL1(active, true);
        List<SnapshotScan.Entry> entries = snapshots.read();
        if (header.hasDataFile() && header.snapshotCount() > 0) {
            findings.corrupt("%d snapshots, but snapshots and a data file exclude each other",
                    header.snapshotCount());
        }
        var old = new Coverage();
        for (SnapshotScan.Entry each : entries) {
            // Of what is not, nothing is believed: it is dropped, and what was its own is a leak then.
            if (each.isSound()) addL1(old, "the L1 table of a snapshot", each.l1Offset(), each.l1Entries());
        }
        walkL1(old, false);
        if (!entries.isEmpty()) refer("the snapshot table", header.snapshotsOffset(), snapshots.length());
        for (int i = 0; i < tables.size(); i++) walkL2(i);
        walkBitmaps();
    }

    private boolean refer(String what, long at, long length) {
        if (image.contains(at, length)) {
            references.add(at, length, 1);
            return true;
        }
        findings.corrupt("%s at [%d, +%d): %s", what, at, length, image.end());
        return false;
    }

    private void addL1(Coverage coverage, String what, long at, int entries) {
        long length = (long) entries * Long.BYTES;
        if (length == 0) return;
        if (refer(what, at, length) || at >= 0 && at < image.size()) coverage.add(at, length);
    }

    @CoroutineFn
    private void walkL1(Coverage coverage, boolean active) throws IOException {
        for (Coverage.Segment each : coverage.segments()) {
            image.eachWord(each.at(), each.length(), (at, words) -> {
                boolean changed = false;
                for (int i = 0; i < words.length; i++) {
                    long where = at + (long) i * Long.BYTES;
                    if (words[i] == 0 || where >= each.at() + each.length()) continue;
                    long entry = walkL1Entry(where, words[i], each.times(), active);
                    changed |= entry != words[i];
                    words[i] = entry;
                }
                return changed;
            });
        }
    }

    /** Returns what is to stand there. */
    @CoroutineFn
    private long walkL1Entry(long at, long word, int times, boolean active) throws IOException {
        long entry = word;
        if ((entry & L1_RESERVED) != 0) {
            findings.corrupt(times, "the L1 entry at %d is 0x%016x: reserved bits are set", at, entry);
            entry &= ~L1_RESERVED;
        }
        long table = entry & L2Entry.HOST_MASK;
        if (!image.isAligned(table)) {
            findings.corrupt(times, "the L1 entry at %d is 0x%016x: no multiple of the cluster's %d bytes",
                    at, entry, image.clusterSize());
            if (!fix) referToL2(at, table, times);
            entry = 0;
        } else if (entry != 0 && rules.isExclusive(table)) {
            findings.corrupt(times, "the L1 entry at %d leads to %d: no L2 table can be there", at, table);
            entry = 0;
        } else if (entry != 0 && !referToL2(at, table, times)) {
            entry = 0;
        } else if (entry != 0 && !image.isHole(table, image.clusterSize())) {
            tables.add(table, times, active);
        }
        return fix ? entry : word;
    }

    private boolean referToL2(long entryAt, long table, int times) {
        if (image.contains(table, image.clusterSize())) {
            references.add(table, image.clusterSize(), times);
            return true;
        }
        findings.corrupt(times, "the L2 table of the L1 entry at %d at [%d, +%d): %s", entryAt, table,
                image.clusterSize(), image.end());
        return false;
    }

    @CoroutineFn
    private void walkL2(int number) throws IOException {
        int words = image.geometry().entryWords();
        var place = new EntryRules.Place(tables.total(number), tables.active(number));
        image.eachWord(tables.at(number), image.clusterSize(), (at, all) -> {
            boolean changed = false;
            for (int i = 0; i + words <= all.length; i += words) {
                if (all[i] != 0 || words == 2 && all[i + 1] != 0) changed |= rules.walk(at, all, i, place);
            }
            return changed;
        });
    }

    @CoroutineFn
    private void walkBitmaps() throws IOException {
        bitmapsAreBad = !new BitmapScan(image, references, findings, counts).run();
    }
}
