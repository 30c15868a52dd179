package dev.pirn.block.qcow2;

import dev.pirn.CoroutineFn;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The refcounts as they stand in a file in which they may be wrong, and their blocks anywhere.
 *
 * <pre>
 *   table entry ──can it be right?──▶ block ──▶ pieces of 4 KiB, some in memory, written when they must go
 * </pre>
 */
final class RefcountBlocks {
    private static final int PIECE_SIZE = 4096;
    /** 1 MiB. */
    private static final int PIECES_MAX = 256;

    private final CheckedFile image;
    private final Findings findings;
    private final int order;
    private final int blockShift;
    private final int pieceSize;
    private final long tableAt;
    /** What can be right of the table; 0 for what cannot. */
    private long[] table = new long[0];
    private boolean unusable;
    /** Clusters of blocks; null until somebody asks. */
    private Numbering blocks;
    private final LinkedHashMap<Long, Piece> pieces = new LinkedHashMap<>(16, 0.75f, true);

    /** The one in use: most counts that are asked for stand side by side. */
    private Piece last;

    private static final class Piece {
        final long at;
        final MemorySegment bytes;
        boolean dirty;

        Piece(long at, MemorySegment bytes) {
            this.at = at;
            this.bytes = bytes;
        }
    }

    RefcountBlocks(CheckedFile image, Findings findings) {
        this.image = image;
        this.findings = findings;
        this.order = image.header().refcountOrder();
        this.blockShift = image.geometry().clusterBits() + 3 - order;
        this.pieceSize = Math.min(PIECE_SIZE, image.clusterSize());
        this.tableAt = image.header().refcountTableOffset();
    }

    /** Whether there must be a new table, with new blocks, before the counts can be right. */
    boolean isUnusable() {
        return unusable;
    }

    private void unusable(String what, Object... values) {
        unusable = true;
        findings.corrupt(what, values);
    }

    /** Reads the table; notes what of it cannot be right. To be called first. Suspends. */
    @CoroutineFn
    void load() throws IOException {
        long size = tableSize();
        if (size == 0 || size > HeaderCheck.REFCOUNT_TABLE_SIZE_MAX || tableAt <= 0
                || !image.isAligned(tableAt) || !image.holds(tableAt, size)) {
            unusable("the refcount table at [%s, +%d): the file ends at %d", Long.toUnsignedString(tableAt),
                    size, image.size());
            return;
        }
        table = new long[(int) (size / Long.BYTES)];
        image.eachWord(tableAt, size, (at, words) -> {
            int first = (int) ((at - tableAt) / Long.BYTES);
            for (int i = 0; i < words.length && first + i < table.length; i++) {
                if (words[i] != 0) take(first + i, words[i]);
            }
            return false;
        });
    }

    private long tableSize() {
        return (image.header().refcountTableClusters() & 0xffff_ffffL) << image.geometry().clusterBits();
    }

    private void take(int region, long block) {
        if (!image.isAligned(block)) {
            unusable("refcount table entry %d is 0x%016x, no multiple of the cluster's %d bytes", region,
                    block, image.clusterSize());
        } else if (block <= 0 || block >> image.geometry().clusterBits() >= image.clusters()) {
            unusable("refcount table entry %d leads to %s: the file ends at %d", region,
                    Long.toUnsignedString(block), image.size());
        } else {
            table[region] = block;
        }
    }

    /** The first cluster behind the table and all blocks. */
    long end() {
        if (table.length == 0) return 0;
        long end = tableAt + tableSize();
        for (long block : table) end = Math.max(end, block + image.clusterSize());
        return end >>> image.geometry().clusterBits();
    }

    /** Whether the table, or a block, is in that cluster. */
    boolean isAt(long cluster) {
        if (blocks == null) {
            blocks = new Numbering();
            for (long block : table) {
                if (block != 0) blocks.number(block >>> image.geometry().clusterBits());
            }
        }
        long first = tableAt >>> image.geometry().clusterBits();
        boolean inTable = table.length > 0 && cluster >= first
                && cluster < first + (tableSize() >>> image.geometry().clusterBits());
        return inTable || blocks.find(cluster) >= 0;
    }

    /** Counts what the table and its blocks take themselves, of the window. Suspends. */
    @CoroutineFn
    void refer(References references) throws IOException {
        if (table.length == 0) return;
        references.add(tableAt, tableSize(), 1);
        for (long block : table) {
            if (block != 0) references.add(block, image.clusterSize(), 1);
        }
        for (int i = 0; i < table.length; i++) {
            long cluster = table[i] >>> image.geometry().clusterBits();
            if (table[i] == 0 || !references.isInWindow(cluster)) continue;
            int times = references.get(cluster);
            if (times != 1) {
                unusable("the refcount block at %d is referred to %d times", table[i], times);
            }
        }
        requireOwnTable(references);
    }

    @CoroutineFn
    private void requireOwnTable(References references) throws IOException {
        long clusters = tableSize() >>> image.geometry().clusterBits();
        long first = tableAt >>> image.geometry().clusterBits();
        for (long each = first; each < first + clusters; each++) {
            if (!references.isInWindow(each) || references.get(each) == 1) continue;
            unusable = true;
            if (get(each) != references.get(each)) continue; // Is said when the counts are compared.
            findings.corrupt("cluster %d of the refcount table is referred to %d times", each,
                    references.get(each));
        }
    }

    /** How often the file says that a cluster is referred to. Suspends. */
    @CoroutineFn
    long get(long cluster) throws IOException {
        long at = pieceAt(cluster);
        return at == 0 ? 0 : RefcountEntry.get(piece(at).bytes, indexInPiece(cluster), order);
    }

    /** Where the piece of a block stands that counts it; 0 for nowhere. */
    private long pieceAt(long cluster) {
        long region = cluster >>> blockShift;
        if (region >= table.length || table[(int) region] == 0) return 0;
        long inBlock = (cluster & (1L << blockShift) - 1) << order >>> 3;
        return table[(int) region] + (inBlock & -pieceSize);
    }

    private long indexInPiece(long cluster) {
        return cluster & ((long) pieceSize << 3 >>> order) - 1;
    }

    @CoroutineFn
    private Piece piece(long at) throws IOException {
        if (last != null && last.at == at) return last;
        Piece piece = pieces.get(at);
        if (piece != null) return last = piece;
        if (pieces.size() == PIECES_MAX) {
            Iterator<Map.Entry<Long, Piece>> eldest = pieces.entrySet().iterator();
            Map.Entry<Long, Piece> gone = eldest.next();
            eldest.remove();
            if (gone.getValue() == last) last = null;
            if (gone.getValue().dirty) image.write(gone.getKey(), gone.getValue().bytes);
        }
        piece = new Piece(at, Slice.allocate(pieceSize));
        image.file().read(at, piece.bytes);
        pieces.put(at, piece);
        return last = piece;
    }

    @CoroutineFn
    private void set(long cluster, long count) throws IOException {
        Piece piece = piece(pieceAt(cluster));
        RefcountEntry.set(piece.bytes, indexInPiece(cluster), order, count);
        piece.dirty = true;
    }

    /** Writes what was changed. Suspends. */
    @CoroutineFn
    void write() throws IOException {
        for (var each : pieces.entrySet()) {
            if (each.getValue().dirty) image.write(each.getKey(), each.getValue().bytes);
            each.getValue().dirty = false;
        }
    }

    /** Which counts are changed in the file: those that are too low, those that are too high. */
    record Fix(boolean low, boolean high) {
        static final Fix NOTHING = new Fix(false, false);

        boolean all() {
            return low && high;
        }
    }

    /** Compares the counts of the window with the references to it. Suspends. */
    @CoroutineFn
    void compare(References references, Fix fix) throws IOException {
        for (long place : references.places()) {
            for (long each = place; each < place + References.PAGE_SIZE; each++) {
                int wanted = references.isInWindow(each) ? references.get(each) : 0;
                if (wanted > 0) compare(each, wanted, fix);
            }
        }
        long clusters = Math.max(image.clusters(), references.end());
        var done = new Numbering(); // A block that counts two regions would count for ever.
        long counted = fix.all() ? Long.MAX_VALUE : clusters; // Behind the file's end they are nobody's yet.
        for (int region = 0; region < table.length && (long) region << blockShift < counted; region++) {
            if (table[region] == 0 || image.isHole(table[region], image.clusterSize())
                    || done.find(table[region]) >= 0) continue;
            done.number(table[region]);
            long first = (long) region << blockShift;
            if (first >= references.limit() || first + (1L << blockShift) <= references.from()) continue;
            findLeaks(references, fix, region, clusters);
        }
    }

    @CoroutineFn
    private void compare(long cluster, int wanted, Fix fix) throws IOException {
        findings.inUse(cluster);
        long count = get(cluster);
        if (count == wanted) return;
        boolean there = pieceAt(cluster) != 0;
        if (count > wanted || count < 0) {
            leak(cluster, count, wanted, fix.high);
            return;
        }
        findings.corrupt("cluster %d is counted %d times, and referred to %d times%s", cluster, count, wanted,
                wanted > RefcountEntry.max(order) ? ": more than its refcount can hold" : "");
        if (!there) unusable = true;
        else if (fix.low) set(cluster, Math.min(wanted, RefcountEntry.max(order)));
    }

    @CoroutineFn
    private void leak(long cluster, long count, int wanted, boolean fix) throws IOException {
        findings.leaked("cluster %d is counted %s times, and referred to %d times: leaked", cluster,
                Long.toUnsignedString(count), wanted);
        if (fix) set(cluster, wanted);
    }

    /** What nobody refers to, but is counted. */
    @CoroutineFn
    private void findLeaks(References references, Fix fix, int region, long clusters) throws IOException {
        long perWord = Long.SIZE >>> order;
        image.eachWord(table[region], image.clusterSize(), (at, words) -> {
            long first = ((long) region << blockShift) + ((at - table[region]) << 3 >>> order);
            for (int i = 0; i < words.length; i++) {
                if (words[i] == 0) continue;
                long from = first + i * perWord;
                for (long each = from; each < from + perWord; each++) {
                    if (each >= clusters) { // Nobody's yet, when the file grows.
                        if (fix.all() && get(each) != 0) set(each, 0);
                        continue;
                    }
                    if (!references.isInWindow(each) || references.get(each) > 0) continue;
                    long count = get(each);
                    if (count == 0) continue;
                    findings.inUse(each);
                    leak(each, count, 0, fix.high);
                }
            }
            return false;
        });
    }
}
