package dev.pirn.block.qcow2;

import dev.pirn.block.StorageFile;
import dev.pirn.CoroutineFn;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.HashMap;
import java.util.Map;

/**
 * L2 tables without entries for zeroes, beside those that have some, for images that shall become ones of
 * version 2.
 *
 * <pre>
 *   zero, no backing file                    ──▶ unallocated; its host cluster, if any, once less referred to
 *   zero, with a backing file                ──▶ a cluster of zeroes, new
 * </pre>
 *
 * <p>Host clusters of such entries are not written to, though they would do: a snapshot may have the same one
 * with its data. QEMU 7.2 writes its zeroes there, and the snapshot's data is gone.
 */
final class ZeroExpansion {
    private final StorageFile file;
    private final Geometry geometry;
    private final NewTables tables;
    private final NewRefcounts refcounts;
    private final boolean allocates;
    /** By where tables with zeroes stand: where those are that replace them. */
    private final Map<Long, Long> replaced = new HashMap<>();
    private final MemorySegment table;

    ZeroExpansion(Image image, NewTables tables) {
        this.file = image.file();
        this.geometry = image.geometry();
        this.tables = tables;
        this.refcounts = tables.refcounts();
        this.allocates = image.header().backingOffset() != 0;
        this.table = Slice.allocate(geometry.clusterSize());
    }

    /** Whether an L1 table leads to an entry for zeroes. Suspends. */
    @CoroutineFn
    boolean isNeeded(Area l1) throws IOException {
        for (long done = 0; done < l1.length(); done += NewTables.PIECE_SIZE) {
            MemorySegment piece = tables.l1Piece(l1, done);
            for (long at = 0; at < piece.byteSize(); at += Long.BYTES) {
                long l2 = piece.get(Slice.WORD, at) & L2Entry.HOST_MASK;
                if (l2 == 0) continue;
                tables.requireTable(l2);
                file.read(l2, table);
                if (hasZeroes()) return true;
            }
        }
        return false;
    }

    private boolean hasZeroes() {
        for (long at = 0; at < table.byteSize(); at += Long.BYTES) {
            if (isZero(table.get(Slice.WORD, at))) return true;
        }
        return false;
    }

    private static boolean isZero(long word) {
        return (word & L2Entry.COMPRESSED) == 0 && (word & L2Entry.ZERO) != 0;
    }

    /** Writes an L1 table that leads to no zeroes, in the place of this one, counted. Suspends. */
    @CoroutineFn
    Area expand(Area l1) throws IOException {
        Area copy = tables.takeCounted(l1.length());
        for (long done = 0; done < l1.length(); done += NewTables.PIECE_SIZE) {
            MemorySegment piece = tables.l1Piece(l1, done);
            for (long at = 0; at < piece.byteSize(); at += Long.BYTES) {
                long word = piece.get(Slice.WORD, at);
                long l2 = word & L2Entry.HOST_MASK;
                if (l2 != 0) piece.set(Slice.WORD, at, word & ~L2Entry.HOST_MASK | replacement(l2));
            }
            file.write(copy.at() + done, piece);
        }
        tables.drop(l1);
        return copy;
    }

    @CoroutineFn
    private long replacement(long l2) throws IOException {
        Long known = replaced.get(l2);
        if (known != null) return known;
        tables.requireTable(l2);
        file.read(l2, table);
        if (!hasZeroes()) return l2; // Not remembered: it costs a read, and no memory for what is a hole.
        long there = expandTable(l2);
        replaced.put(l2, there);
        return there;
    }

    /** For all at once that refer to it, from whatever L1 tables; the others find it replaced. */
    @CoroutineFn
    private long expandTable(long l2) throws IOException {
        int references = (int) refcounts.get(l2);
        for (long at = 0; at < table.byteSize(); at += Long.BYTES) {
            long word = table.get(Slice.WORD, at);
            if (!isZero(word)) continue;
            long host = word & L2Entry.HOST_MASK;
            if (host != 0) refcounts.add(host, 1, -references);
            table.set(Slice.WORD, at, allocates ? zeroes(references) : 0);
        }
        long there = refcounts.take(1).at();
        refcounts.add(there, 1, references);
        file.write(there, table);
        refcounts.add(l2, 1, -references);
        return there;
    }

    @CoroutineFn
    private long zeroes(int references) throws IOException {
        Area cluster = refcounts.take(1);
        refcounts.add(cluster.at(), 1, references);
        file.writeZeroes(cluster.at(), cluster.length(), true);
        return cluster.at() | (references == 1 ? L2Entry.COPIED : 0);
    }
}
