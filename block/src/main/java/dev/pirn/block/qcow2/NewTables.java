package dev.pirn.block.qcow2;

import dev.pirn.block.StorageFile;
import dev.pirn.CoroutineFn;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * What an image shall look like after a change that concerns all of it, built in free clusters beside what is
 * in force, which stays as it is to the last byte; then one write of one sector puts all of it in force.
 *
 * <pre>
 *   header ──▶ L1 ──▶ L2 tables, refcounts, snapshots           before, and whenever anything goes wrong
 *      └─ commit ──▶ L1' ──▶ L2' or L2, refcounts', snapshots'  after: each cluster counted right
 * </pre>
 *
 * <p>An L2 table is copied only if the flags of its entries, "refcount is exactly one", become others. Those
 * flags and the refcounts stand in different clusters: changed in place, as QEMU does, a crash between the
 * two leaves them at odds.
 *
 * <p>For one coroutine that has the image alone, with nothing that waits to be written.
 */
final class NewTables {
    /** Of an L1 table, at a time. */
    static final int PIECE_SIZE = 4096 * Long.BYTES;

    private final Image image;
    private final StorageFile file;
    private final Geometry geometry;
    private final NewRefcounts refcounts;
    /** For one L2 table at a time. */
    private final MemorySegment table;

    private NewTables(Image image, NewRefcounts refcounts) {
        this.image = image;
        this.file = image.file();
        this.geometry = image.geometry();
        this.refcounts = refcounts;
        this.table = Slice.allocate(geometry.clusterSize());
    }

    /** Begins with the refcounts that are in force, in clusters of their own. Suspends. */
    @CoroutineFn
    static NewTables begin(Image image) throws IOException {
        image.allocator().distrustZeroes(); // What is written there now is garbage if anything goes wrong.
        return new NewTables(image, NewRefcounts.copyOf(image));
    }

    /** Counts all that an L1 table refers to {@code change} times more; not the table itself. Suspends. */
    @CoroutineFn
    void refer(Area l1, int change) throws IOException {
        for (long done = 0; done < l1.length(); done += PIECE_SIZE) {
            MemorySegment piece = l1Piece(l1, done);
            for (long at = 0; at < piece.byteSize(); at += Long.BYTES) {
                long l2 = piece.get(Slice.WORD, at) & L2Entry.HOST_MASK;
                if (l2 == 0) continue;
                requireTable(l2);
                refcounts.add(l2, 1, change);
                referEntries(l2, change);
            }
        }
    }

    NewRefcounts refcounts() {
        return refcounts;
    }

    /** The part of an L1 table that begins {@code done} bytes behind its begin. Suspends. */
    @CoroutineFn
    MemorySegment l1Piece(Area l1, long done) throws IOException {
        long size = Math.min(PIECE_SIZE, l1.length() - done);
        MemorySegment piece = Slice.allocate((int) size);
        file.read(l1.at() + done, piece);
        return piece;
    }

    /** Throws unless an L2 table can be there. */
    void requireTable(long at) throws BadImageException {
        refcounts.requireInFile("an L2 table", at, geometry.clusterSize());
        requireAligned("an L2 table", at);
        image.areas().require(file.name(), at, geometry.clusterSize(), MetadataAreas.Kind.L2_TABLE);
    }

    private void requireAligned(String what, long at) throws BadImageException {
        if (geometry.inCluster(at) == 0) return;
        throw BadImageException.ofDamage(file.name(), "%s at %d, not a multiple of the cluster's %d bytes",
                what, at, geometry.clusterSize());
    }

    @CoroutineFn
    private void referEntries(long tableAt, int change) throws IOException {
        file.read(tableAt, table);
        long step = (long) geometry.entryWords() * Long.BYTES;
        for (long at = 0; at < table.byteSize(); at += step) {
            long word = table.get(Slice.WORD, at);
            if ((word & L2Entry.COMPRESSED) != 0) {
                var where = CompressedCluster.of(word, geometry.clusterBits());
                refcounts.requireInFile("a compressed cluster", where.at(), where.length());
                refcounts.add(where.at(), where.length(), change);
            } else if ((word & L2Entry.HOST_MASK) != 0) {
                long host = word & L2Entry.HOST_MASK;
                refcounts.requireInFile("a cluster", host, geometry.clusterSize());
                requireAligned("a cluster", host);
                refcounts.add(host, 1, change);
            }
        }
    }

    /**
     * Copies an L1 table whose references are counted already, for the disk in use: with flags that are
     * right, in it and in its L2 tables. Suspends.
     *
     * @param entries that the copy has, at least as many
     * @param with another L1 table with the same references, to which the copies of L2 tables are added, too;
     *     null for none
     */
    @CoroutineFn
    Area copyL1(Area l1, int entries, Area with) throws IOException {
        long size = geometry.clusterEnd((long) entries * Long.BYTES);
        Area copy = takeCounted((long) entries * Long.BYTES);
        if (entries == 0) return copy;
        file.writeZeroes(copy.at(), size, false);
        for (long done = 0; done < l1.length(); done += PIECE_SIZE) {
            MemorySegment piece = l1Piece(l1, done);
            for (long at = 0; at < piece.byteSize(); at += Long.BYTES) {
                long l2 = piece.get(Slice.WORD, at) & L2Entry.HOST_MASK;
                if (l2 == 0) continue;
                long own = withFlags(l2, with == null ? 1 : 2);
                piece.set(Slice.WORD, at, own | (refcounts.get(own) == 1 ? L2Entry.COPIED : 0));
            }
            file.write(copy.at() + done, piece);
            if (with != null) file.write(with.at() + done, piece);
        }
        return copy;
    }

    /** Where that L2 table stands with its flags as they should be: there, or in a copy. */
    @CoroutineFn
    private long withFlags(long tableAt, int references) throws IOException {
        file.read(tableAt, table);
        long step = (long) geometry.entryWords() * Long.BYTES;
        boolean changed = false;
        for (long at = 0; at < table.byteSize(); at += step) {
            long word = table.get(Slice.WORD, at);
            long host = word & L2Entry.HOST_MASK;
            boolean own = (word & L2Entry.COMPRESSED) == 0 && host != 0 && refcounts.get(host) == 1;
            long wanted = own ? word | L2Entry.COPIED : word & ~L2Entry.COPIED;
            if (wanted == word) continue;
            table.set(Slice.WORD, at, wanted);
            changed = true;
        }
        if (!changed) return tableAt;
        Area copy = refcounts.take(1);
        file.write(copy.at(), table);
        refcounts.add(copy.at(), 1, references);
        refcounts.add(tableAt, 1, -references);
        return copy.at();
    }

    /** Free clusters for a table of {@code size} bytes, counted; an empty area for none. Suspends. */
    @CoroutineFn
    Area takeCounted(long size) throws IOException {
        if (size == 0) return new Area(0, 0);
        Area taken = refcounts.take(geometry.clusterEnd(size) >>> geometry.clusterBits());
        refcounts.add(taken.at(), size, 1);
        return new Area(taken.at(), size);
    }

    /** Counts a table once less: the new ones do without it. Suspends. */
    @CoroutineFn
    void drop(Area old) throws IOException {
        refcounts.add(old.at(), old.length(), -1);
    }

    /**
     * Puts all of it in force, and has the image forget what it had in memory. Suspends.
     *
     * @param by what the header shall say but for the refcount table
     * @throws IOException if that fails: then all is as before, or nobody can write to the image any more
     */
    @CoroutineFn
    void commit(Header by, List<SnapshotEntry> snapshots) throws IOException {
        Area counts = refcounts.finish();
        long end = file.size();
        file.flush();
        Header before = image.header();
        Header after = by.withRefcountTable(counts.at(), (int) (counts.length() >>> geometry.clusterBits()));
        try {
            image.headerFile().updateSafely(each -> withTablesOf(each, after));
        } catch (Throwable e) {
            takeBack(before, e);
            throw e;
        }
        image.areas().replace(after, snapshots);
        image.map().replace(after);
        image.expander().forget(); // Of what only a snapshot had, which may be deleted with the change.
        image.refcounts().replace(after);
        image.allocator().restart(refcounts.freed().lowest() >>> geometry.clusterBits(), end);
    }

    /** Gives back the storage of clusters that nobody refers to, when all is in force. Suspends. */
    @CoroutineFn
    void discardFreed() throws IOException {
        refcounts.freed().discard(file, refcounts);
    }

    /** What else it says others may change meanwhile. */
    private static Header withTablesOf(Header now, Header from) {
        return now.withSize(from.size(), from.l1Entries(), from.l1Offset())
                .withRefcountTable(from.refcountTableOffset(), from.refcountTableClusters())
                .withSnapshots(from.snapshotCount(), from.snapshotsOffset());
    }

    /** Has the header as it was: which of the two is in the file nobody knows. */
    @CoroutineFn
    private void takeBack(Header before, Throwable why) {
        try {
            image.headerFile().updateSafely(each -> withTablesOf(each, before));
        } catch (IOException e) {
            why.addSuppressed(e);
            image.damage().stop(e);
        }
    }
}
