package dev.pirn.block.qcow2;

import dev.pirn.block.StorageFile;
import dev.pirn.CoroutineFn;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * Compares how often clusters are counted with how often they are referred to. Reads the file, and nothing
 * that an open image has in memory.
 *
 * <pre>
 *   header, L1, L2, data, refcount table and blocks, snapshots ──▶ References ──▶ each cluster: counted so?
 * </pre>
 */
final class ImageCheck {
    private static final int MESSAGES_MAX = 100;
    private static final int L1_PIECE = 1 << 16;
    private static final int SNAPSHOT_HEAD_SIZE = 40;

    private final StorageFile file;
    private final Header header;
    private final Geometry geometry;
    private final int clusterSize;
    private final long fileSize;
    private final References references;
    private final List<String> messages = new ArrayList<>();
    private long corruptions;
    private long leaks;
    private long allocated;
    private long compressed;

    private ImageCheck(StorageFile file, Header header) throws IOException {
        this.file = file;
        this.header = header;
        this.geometry = Geometry.of(header);
        this.clusterSize = geometry.clusterSize();
        this.fileSize = file.size();
        this.references = new References(header.clusterBits());
    }

    /** Checks an image that nobody writes to, as its file is now. Suspends. */
    @CoroutineFn
    static CheckReport of(StorageFile file, Header header) throws IOException {
        var check = new ImageCheck(file, header);
        check.refer("the header", 0, check.clusterSize);
        check.walkL1("L1 table", header.l1Offset(), header.l1Entries(), true);
        check.walkSnapshots();
        check.walkRefcountTable();
        check.compare();
        return new CheckReport(check.corruptions, check.leaks, check.allocated, check.compressed,
                check.references.end() << header.clusterBits(), List.copyOf(check.messages));
    }

    private void corrupt(String what, Object... values) {
        corruptions++;
        say(what, values);
    }

    private void say(String what, Object... values) {
        if (messages.size() < MESSAGES_MAX) messages.add(what.formatted(values));
    }

    /** Counts a reference; false if it leads where nothing can be. */
    private boolean refer(String what, long at, long length) {
        // The last cluster of a file may be cut short.
        if (at < 0 || at > HeaderCheck.OFFSET_MAX || at + length - fileSize >= clusterSize) {
            corrupt("%s at [%d, +%d): the file ends at %d", what, at, length, fileSize);
            return false;
        }
        references.add(at, length);
        return true;
    }

    private boolean referCluster(String what, long at) {
        if (geometry.inCluster(at) == 0) return refer(what, at, clusterSize);
        corrupt("%s at %d, no multiple of the cluster's %d bytes", what, at, clusterSize);
        return false;
    }

    @CoroutineFn
    private long[] words(long at, int count) throws IOException {
        MemorySegment bytes = Slice.allocate(count * Long.BYTES);
        file.read(at, bytes);
        long[] words = new long[count];
        for (int i = 0; i < count; i++) words[i] = bytes.get(Slice.WORD, (long) i * Long.BYTES);
        return words;
    }

    @CoroutineFn
    private void walkL1(String what, long at, int entries, boolean active) throws IOException {
        if (entries == 0 || !refer(what, at, (long) entries * Long.BYTES)) return;
        for (int first = 0; first < entries; first += L1_PIECE) {
            long[] piece = words(at + (long) first * Long.BYTES, Math.min(L1_PIECE, entries - first));
            for (int i = 0; i < piece.length; i++) {
                long table = piece[i] & L2Entry.HOST_MASK;
                if (table == 0 || !referCluster("the L2 table of L1 entry " + (first + i), table)) continue;
                if (active) references.mark(table, (piece[i] & L2Entry.COPIED) != 0);
                walkL2(table, active);
            }
        }
    }

    @CoroutineFn
    private void walkL2(long table, boolean active) throws IOException {
        long[] words = words(table, clusterSize / Long.BYTES);
        int step = geometry.entryWords();
        for (int i = 0; i < words.length; i += step) {
            L2Entry entry = step == 2 ? new L2Entry(words[i], words[i + 1])
                    : L2Entry.ofPlain(words[i], header.hasDataFile());
            walkEntry("the cluster of L2 table " + table + ", entry " + i / step, entry, active);
        }
    }

    private void walkEntry(String what, L2Entry entry, boolean active) {
        if (entry.isCompressed()) {
            var where = CompressedCluster.of(entry.word(), header.clusterBits());
            allocated++;
            compressed++;
            if (entry.isCopied()) corrupt("%s is compressed, and marked as its own", what);
            refer(what, where.at(), where.length());
            return;
        }
        if ((entry.allocatedBits() & entry.zeroBits()) != 0) corrupt("%s: both zero and allocated", what);
        if (!entry.hasHost()) {
            if (entry.allocatedBits() != 0) corrupt("%s: allocated nowhere", what);
            return;
        }
        allocated++;
        if (header.hasDataFile()) return; // Not counted.
        if (referCluster(what, entry.host()) && active) references.mark(entry.host(), entry.isCopied());
    }

    @CoroutineFn
    private void walkSnapshots() throws IOException {
        long at = header.snapshotsOffset();
        for (int i = 0; i < header.snapshotCount(); i++) {
            MemorySegment head = Slice.allocate(SNAPSHOT_HEAD_SIZE);
            file.read(at, head);
            var fields = head.asByteBuffer();
            long l1 = fields.getLong(0);
            int entries = fields.getInt(8);
            int size = SNAPSHOT_HEAD_SIZE + fields.getInt(36) + (fields.getShort(12) & 0xffff)
                    + (fields.getShort(14) & 0xffff);
            if (entries < 0 || entries > HeaderCheck.L1_SIZE_MAX / Long.BYTES || size < SNAPSHOT_HEAD_SIZE) {
                corrupt("snapshot %d at %d: %d L1 entries, %d bytes", i, at, entries, size);
                return;
            }
            walkL1("the L1 table of snapshot " + i, l1, entries, false);
            at += size + 7 & ~7;
        }
        if (header.snapshotCount() > 0) {
            refer("the snapshot table", header.snapshotsOffset(), at - header.snapshotsOffset());
        }
    }

    @CoroutineFn
    private void walkRefcountTable() throws IOException {
        long size = (long) header.refcountTableClusters() * clusterSize;
        refer("the refcount table", header.refcountTableOffset(), size);
        for (long block : words(header.refcountTableOffset(), (int) (size / Long.BYTES))) {
            if (block != 0) referCluster("a refcount block", block);
        }
    }

    @CoroutineFn
    private void compare() throws IOException {
        int order = header.refcountOrder();
        int perBlock = clusterSize * Byte.SIZE >> order;
        long counted = 0;
        long size = (long) header.refcountTableClusters() * clusterSize;
        for (long block : words(header.refcountTableOffset(), (int) (size / Long.BYTES))) {
            boolean there = block != 0 && geometry.inCluster(block) == 0;
            if (!there && counted >= references.end()) {
                counted += perBlock;
                continue;
            }
            MemorySegment bytes = Slice.allocate(clusterSize);
            if (there) file.read(block, bytes);
            for (int i = 0; i < perBlock; i++) compare(counted + i, RefcountEntry.get(bytes, i, order));
            counted += perBlock;
        }
        for (long each = counted; each < references.end(); each++) compare(each, 0);
    }

    private void compare(long cluster, long count) {
        int wanted = references.get(cluster);
        // What is marked as its own must be counted once, and what is counted once be marked so.
        if (!references.isMarkedRight(cluster, count)) {
            corrupt("cluster %d is counted %d times, but is %smarked as its own", cluster, count,
                    count == 1 ? "not " : "");
        }
        if (count == wanted) return;
        if (count < wanted) {
            corrupt("cluster %d is counted %d times, and referred to %d times", cluster, count, wanted);
        } else {
            leaks++;
            say("cluster %d is counted %d times, and referred to %d times: leaked", cluster, count, wanted);
        }
    }
}
