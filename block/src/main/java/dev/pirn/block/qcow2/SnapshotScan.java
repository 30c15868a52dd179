package dev.pirn.block.qcow2;

import dev.pirn.CoroutineFn;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Reads a snapshot table of which nothing is known ("Snapshots"). */
final class SnapshotScan {
    private static final int HEAD_SIZE = SnapshotEntry.HEAD_SIZE;
    /** Version 3 asks for that. */
    private static final int EXTRA_SIZE_MIN = 16;

    private final CheckedFile image;
    private final Findings findings;
    private final List<Entry> entries = new ArrayList<>();
    private boolean bad;
    private long length;

    /**
     * A snapshot.
     *
     * @param at where its entry stands
     * @param size of that, in bytes, without padding
     * @param extraSize of its extra data, in bytes
     * @param isSound whether its L1 table can be where it says
     */
    record Entry(long at, int size, long l1Offset, int l1Entries, int extraSize, boolean isSound) {
        Entry unsound() {
            return new Entry(at, size, l1Offset, l1Entries, extraSize, false);
        }
    }

    SnapshotScan(CheckedFile image, Findings findings) {
        this.image = image;
        this.findings = findings;
    }

    /** Bytes of the table, as far as it can be read. */
    long length() {
        return length;
    }

    /** Whether a table with sound and complete entries alone must take its place. */
    boolean isBad() {
        return bad;
    }

    /** Reads all that can be entries, at most as many as are allowed. Suspends. */
    @CoroutineFn
    List<Entry> read() throws IOException {
        Header header = image.header();
        long count = header.snapshotCount() & 0xffff_ffffL;
        if (count == 0) return entries;
        long at = header.snapshotsOffset();
        if (at <= 0 || at >= HeaderCheck.OFFSET_MAX || !image.isAligned(at)) {
            corrupt("the snapshot table at %s, no multiple of the cluster's %d bytes behind the header",
                    Long.toUnsignedString(at), image.clusterSize());
            return entries;
        }
        if (count > HeaderCheck.SNAPSHOTS_MAX) {
            corrupt("%d snapshots, more than %d", count, HeaderCheck.SNAPSHOTS_MAX);
        }
        for (int i = 0; i < Math.min(count, HeaderCheck.SNAPSHOTS_MAX); i++) {
            Entry entry = entry(i, at);
            if (entry == null) break;
            entries.add(entry);
            at += entry.size + 7 & ~7;
            length = at - header.snapshotsOffset();
        }
        requireApart();
        return entries;
    }

    /**
     * Tables that share a cluster would be written to by two: the first one stays, and the active one. And
     * what they claim to be in all has an end: 65536 holes of 32 MiB would be counted for hours.
     */
    private void requireApart() {
        var taken = new TreeMap<Long, Long>();
        long total = 0;
        take(taken, image.header().l1Offset(), (long) image.header().l1Entries() * Long.BYTES);
        take(taken, image.header().snapshotsOffset(), length);
        for (int i = 0; i < entries.size(); i++) {
            Entry each = entries.get(i);
            if (each.isSound && (total += (long) each.l1Entries * Long.BYTES) > SnapshotTable.L1_SIZE_MAX) {
                corrupt("snapshot %d: with its L1 table those of all take %d bytes, more than %d", i, total,
                        SnapshotTable.L1_SIZE_MAX);
                total -= (long) each.l1Entries * Long.BYTES;
                each = each.unsound();
                entries.set(i, each);
            }
            if (!each.isSound || take(taken, each.l1Offset, (long) each.l1Entries * Long.BYTES)) continue;
            corrupt("snapshot %d: its L1 table at [%d, +%d) overlaps another table", i, each.l1Offset,
                    (long) each.l1Entries * Long.BYTES);
            entries.set(i, each.unsound());
        }
    }

    /** False if some of it is taken. */
    private boolean take(TreeMap<Long, Long> taken, long at, long size) {
        if (size == 0) return true;
        long end = image.geometry().clusterEnd(at + size);
        Map.Entry<Long, Long> before = taken.lowerEntry(end);
        if (before != null && before.getValue() > at) return false;
        taken.put(at, end);
        return true;
    }

    private void corrupt(String what, Object... values) {
        bad = true;
        findings.corrupt(what, values);
    }

    /** Null if none can be there, and so none behind it. */
    @CoroutineFn
    private Entry entry(int number, long at) throws IOException {
        if (at + HEAD_SIZE > image.size()) {
            corrupt("snapshot %d at %d: the file ends at %d", number, at, image.size());
            return null;
        }
        MemorySegment head = Slice.allocate(HEAD_SIZE);
        image.file().read(at, head);
        ByteBuffer fields = head.asByteBuffer();
        int extra = fields.getInt(36);
        int names = (fields.getShort(12) & 0xffff) + (fields.getShort(14) & 0xffff);
        long size = HEAD_SIZE + names + (extra & 0xffff_ffffL);
        long end = at + size;
        if (extra < 0 || extra > SnapshotEntry.EXTRA_SIZE_MAX || end > image.size()
                || end - image.header().snapshotsOffset() > SnapshotTable.SIZE_MAX) {
            corrupt("snapshot %d at %d: %s bytes of extra data, an entry up to %d; the file ends at %d",
                    number, at, Integer.toUnsignedString(extra), end, image.size());
            return null;
        }
        if (image.header().version() >= 3 && extra < EXTRA_SIZE_MIN) {
            corrupt("snapshot %d at %d: %d bytes of extra data, less than %d", number, at, extra,
                    EXTRA_SIZE_MIN);
        }
        long l1 = fields.getLong(0);
        int count = fields.getInt(8);
        boolean named = (fields.getShort(12) & 0xffff) <= SnapshotEntry.NAME_SIZE_MAX
                && (fields.getShort(14) & 0xffff) <= SnapshotEntry.NAME_SIZE_MAX;
        if (!named) corrupt("snapshot %d at %d: an id and a name of %d bytes", number, at, names);
        return new Entry(at, (int) size, l1, count, extra, named && isSound(number, l1, count));
    }

    private boolean isSound(int number, long l1, int count) {
        if (!image.isAligned(l1) || l1 < 0 || l1 == 0 && count != 0 || l1 >= HeaderCheck.OFFSET_MAX) {
            corrupt("snapshot %d: its L1 table at %s, no multiple of the cluster's %d bytes", number,
                    Long.toUnsignedString(l1), image.clusterSize());
            return false;
        }
        if (count < 0 || count > HeaderCheck.L1_SIZE_MAX / Long.BYTES) {
            corrupt("snapshot %d: an L1 table of %s entries, more than 32 MiB", number,
                    Integer.toUnsignedString(count));
            return false;
        }
        long length = (long) count * Long.BYTES;
        if (l1 + length <= image.size()) return true;
        bad = true; // Of what is behind the end the walk will say so.
        if (image.contains(l1, length)) {
            corrupt("snapshot %d: its L1 table at [%d, +%d): the file ends at %d", number, l1, length,
                    image.size());
        }
        return true;
    }

    /**
     * The table as it should be: entries that can be right, each complete. To be called if it
     * {@linkplain #isBad is bad}. Suspends.
     *
     * @return the bytes; with the number of entries, which may be 0
     */
    @CoroutineFn
    Fixed fixed() throws IOException {
        var kept = entries.stream().filter(each -> each.isSound
                && image.contains(each.l1Offset, (long) each.l1Entries * Long.BYTES)).toList();
        long size = 0;
        for (Entry each : kept) size += each.size + EXTRA_SIZE_MIN + 7 & ~7;
        MemorySegment table = Slice.allocate((int) Math.max(size, Long.BYTES));
        long done = 0;
        for (Entry each : kept) done += put(each, table, done);
        return new Fixed(kept.size(), table.asSlice(0, Math.max(done, Long.BYTES)));
    }

    /** A table in place of another. */
    record Fixed(int count, MemorySegment table) { }

    /** Returns how many bytes it takes. */
    @CoroutineFn
    private int put(Entry entry, MemorySegment to, long at) throws IOException {
        int front = HEAD_SIZE + entry.extraSize;
        image.file().read(entry.at, to.asSlice(at, front));
        int missing = image.header().version() < 3 ? 0 : Math.max(0, EXTRA_SIZE_MIN - entry.extraSize);
        if (missing > 0) {
            long extra = at + HEAD_SIZE;
            to.set(Slice.INT, at + 36, EXTRA_SIZE_MIN);
            if (entry.extraSize < Long.BYTES) { // The size of the machine's state, as of version 2.
                to.set(Slice.WORD, extra, to.get(Slice.INT, at + 32) & 0xffff_ffffL);
            }
            to.set(Slice.WORD, extra + Long.BYTES, image.header().size());
        }
        image.file().read(entry.at + front, to.asSlice(at + front + missing, entry.size - front));
        return entry.size + missing + 7 & ~7;
    }
}
