package dev.pirn.block.qcow2;

import dev.pirn.block.StorageFile;
import dev.pirn.CoroutineFn;
import dev.pirn.lock.CoMutex;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * How often each host cluster is referred to ("Host cluster management").
 *
 * <pre>
 *   cluster ──▶ refcount table entry ──▶ slice of a refcount block ──▶ 1 to 64 bits
 * </pre>
 *
 * <p>Methods named {@code …Held} are called with {@link #lock} held, and keep it while they read.
 */
final class Refcounts {
    final CoMutex lock;
    final Room room;
    private final StorageFile file;
    private final PointerTable table;
    private final TableCache blocks;
    private final MetadataAreas areas;
    private final HeaderFile header;
    private final int clusterBits;
    private final int order;
    /** Where the table stood before it was moved, until the header says where it stands now. */
    private final List<Area> retired = new ArrayList<>();

    Refcounts(StorageFile file, HeaderFile header, MetadataAreas areas) {
        Header from = header.header();
        this.file = file;
        this.header = header;
        this.areas = areas;
        this.clusterBits = from.clusterBits();
        this.order = from.refcountOrder();
        this.room = new Room(file, clusterBits);
        this.lock = new CoMutex("refcounts of " + file.name());
        this.table = new PointerTable(file, from.refcountTableOffset(),
                from.refcountTableClusters() << clusterBits - 3);
        int sliceSize = Math.min(1 << clusterBits, Caches.SLICE_SIZE);
        this.blocks = TableCache.ofKeptLock(file, lock, sliceSize, Caches.refcountBytes(from));
    }

    /** The largest that an entry can hold. */
    long max() {
        return RefcountEntry.max(order);
    }

    private int blockShift() {
        return clusterBits + 3 - order;
    }

    private long region(long cluster) {
        return cluster >>> blockShift();
    }

    /** The block that counts {@code cluster}; 0 for none. */
    @CoroutineFn
    long blockHeld(long cluster) throws IOException {
        long region = region(cluster);
        if (region >= table.entries()) return 0;
        if (!table.isLoaded((int) region)) {
            areas.addTables(MetadataAreas.Kind.REFCOUNT_BLOCK, table.load((int) region));
        }
        long block = table.get((int) region);
        if ((block & (1L << clusterBits) - 1) != 0 || block < 0 || block >= HeaderCheck.OFFSET_MAX) {
            throw BadImageException.ofDamage(file.name(), "refcount table entry %d is 0x%016x, no multiple "
                    + "of the cluster's %d bytes", region, block, 1 << clusterBits);
        }
        return block;
    }

    /** Entries of the table. */
    int regions() {
        return table.entries();
    }

    /** The first cluster that block number {@code region} counts. */
    long firstOf(int region) {
        return (long) region << blockShift();
    }

    /** Fills {@code target} with all of a block, as it is in memory. Suspends. */
    @CoroutineFn
    void readBlockHeld(long block, MemorySegment target) throws IOException {
        for (long at = 0; at < target.byteSize(); at += blocks.sliceSize()) {
            target.asSlice(at, blocks.sliceSize()).copyFrom(blocks.get(block + at).bytes());
        }
    }

    /** Forgets all of it: others are in force, and in the file. Suspends. */
    @CoroutineFn
    void replace(Header by) {
        lock.lockUninterruptibly();
        try {
            table.replace(by.refcountTableOffset(), by.refcountTableClusters() << clusterBits - 3);
            blocks.clear();
            retired.clear();
        } finally {
            lock.unlock();
        }
    }

    /** Suspends. */
    @CoroutineFn
    long getHeld(long cluster) throws IOException {
        long block = blockHeld(cluster);
        if (block == 0) return 0;
        return RefcountEntry.get(sliceHeld(block, cluster).bytes(), indexInSlice(cluster), order);
    }

    private long indexInSlice(long cluster) {
        return cluster & ((long) blocks.sliceSize() << 3 >>> order) - 1;
    }

    @CoroutineFn
    private Slice sliceHeld(long block, long cluster) throws IOException {
        long bit = (cluster & (1L << blockShift()) - 1) << order;
        return blocks.get(block + (bit >>> 3 & -blocks.sliceSize()));
    }

    /** Changes one whose block is there; it is written later. Suspends. */
    @CoroutineFn
    void setHeld(long cluster, long value) throws IOException {
        assert value >= 0 && value <= max() : "a refcount of " + value;
        long block = blockHeld(cluster);
        assert block != 0 : "no refcount block for cluster " + cluster;
        Slice slice = sliceHeld(block, cluster);
        blocks.touch(slice);
        RefcountEntry.set(slice.bytes(), indexInSlice(cluster), order, value);
    }

    /**
     * Makes the block for {@code start}, which has none, and what that needs: all from {@code start} on,
     * where nothing can be as nothing is counted there. A table that is too short is copied to a longer one.
     *
     * <pre>
     *   start   │ new table, if it must grow │ block │ block, if they reach into the next region │ … │ end
     * </pre>
     *
     * @return the first cluster behind all that
     */
    @CoroutineFn
    long coverHeld(long start) throws IOException {
        long tableClusters = region(start) < table.entries() ? 0 : tableClustersFor(start);
        long end = start + tableClusters;
        var made = new ArrayList<long[]>(); // Regions, and the clusters of their blocks.
        for (long region = region(start); region <= region(Math.max(start, end - 1)); region++) {
            if (blockHeld(region << blockShift()) != 0) continue;
            made.add(new long[] {region, end});
            end++;
        }
        for (long[] each : made) { // Straight to the file: nothing refers to them yet.
            file.write(each[1] << clusterBits, newBlock(each[0], start, end));
            blocks.forget(each[1] << clusterBits, 1L << clusterBits);
            blocks.noteDirect(new Area(each[1] << clusterBits, 1L << clusterBits));
        }
        for (long each = start; each < end; each++) {
            if (blockHeld(each) != 0) setHeld(each, 1);
        }
        if (tableClusters > 0) moveTable(start << clusterBits, tableClusters);
        for (long[] each : made) {
            areas.add(MetadataAreas.Kind.REFCOUNT_BLOCK, each[1] << clusterBits, 1);
            table.load((int) each[0]);
            table.set((int) each[0], each[1] << clusterBits);
        }
        return end; // Nothing of that could fail any more, and leave a block that does not count itself.
    }

    /** A block in which the clusters from {@code start} to before {@code end} are in use, of its region. */
    private MemorySegment newBlock(long region, long start, long end) {
        MemorySegment bytes = Slice.allocate(1 << clusterBits);
        long begin = region << blockShift();
        long last = Math.min(end - begin, 1L << blockShift());
        for (long i = Math.max(0, start - begin); i < last; i++) RefcountEntry.set(bytes, i, order, 1);
        return bytes;
    }

    /** Half as long again at least, so that a growing image does not move it all the time. */
    private long tableClustersFor(long start) throws IOException {
        int entriesPerCluster = 1 << clusterBits - 3;
        long wanted = Math.max(region(start) + 1, table.entries() + table.entries() / 2L);
        long clusters = (wanted + entriesPerCluster - 1) / entriesPerCluster;
        // Its own clusters and blocks must be counted by it, too.
        while (region(start + 2 * clusters + 2) >= clusters * entriesPerCluster) clusters++;
        if (clusters << clusterBits <= HeaderCheck.REFCOUNT_TABLE_SIZE_MAX) return clusters;
        throw new IOException(("%s: full: a cluster at %d would need a refcount table of %d bytes, more than "
                + "8 MiB").formatted(file.name(), start << clusterBits, clusters << clusterBits));
    }

    @CoroutineFn
    private void moveTable(long at, long clusters) throws IOException {
        for (int i = 0; i < table.entries(); i++) {
            if (!table.isLoaded(i)) areas.addTables(MetadataAreas.Kind.REFCOUNT_BLOCK, table.load(i));
        }
        retired.add(new Area(table.offset(), (long) table.entries() * Long.BYTES));
        areas.add(MetadataAreas.Kind.REFCOUNT_TABLE, at, clusters << clusterBits);
        table.move(at, (int) (clusters << clusterBits - 3));
    }

    /** Whether so much waits to be written back that memory runs short. */
    boolean isFullOfDirt() {
        return blocks.isFullOfDirt();
    }

    /** What is on its way to stable storage. */
    record Written(TableCache.Frozen blocks, List<PointerTable.Piece> pieces, List<Area> left) { }

    /**
     * Writes all that was changed: blocks, then the table that names them, then the header that names that,
     * each when what it names is safe. It is on stable storage after the next flush: tell {@link #settle} or
     * {@link #undo} then. One at a time. Suspends.
     */
    @CoroutineFn
    Written writeBack() throws IOException {
        lock.lock();
        try {
            TableCache.Frozen frozen = blocks.freeze();
            List<PointerTable.Piece> pieces = table.freeze();
            var left = List.copyOf(retired);
            var written = new Written(frozen, pieces, left);
            try {
                writeBlocks(frozen);
                if (!pieces.isEmpty()) writeTable(pieces);
            } catch (Throwable e) {
                undoHeld(written);
                throw e;
            }
            retired.clear();
            return written;
        } finally {
            lock.unlock();
        }
    }

    @CoroutineFn
    private void writeBlocks(TableCache.Frozen frozen) throws IOException {
        for (Slice.Frozen each : frozen.slices()) {
            areas.require(file.name(), each.at(), each.bytes().byteSize(),
                    MetadataAreas.Kind.REFCOUNT_BLOCK);
            file.write(each.at(), each.bytes());
        }
    }

    @CoroutineFn
    private void writeTable(List<PointerTable.Piece> pieces) throws IOException {
        file.flush();
        for (PointerTable.Piece each : pieces) {
            areas.require(file.name(), each.at(), each.bytes().byteSize(),
                    MetadataAreas.Kind.REFCOUNT_TABLE);
            file.write(each.at(), each.bytes());
        }
        int clusters = table.entries() >> clusterBits - 3;
        if (header.header().refcountTableOffset() == table.offset() && !header.isUnsafe()) return;
        file.flush();
        header.update(each -> each.withRefcountTable(table.offset(), clusters));
    }

    /**
     * Says that the flush succeeded. Suspends.
     *
     * @return where the table stood before, to be freed
     */
    @CoroutineFn
    List<Area> settle(Written written) {
        lock.lockUninterruptibly();
        try {
            blocks.written(written.blocks);
            header.settle();
            return written.left;
        } finally {
            lock.unlock();
        }
    }

    /** Says that the flush failed: all of it is to be written again. Suspends. */
    @CoroutineFn
    void undo(Written written) throws IOException {
        lock.lockUninterruptibly();
        try {
            undoHeld(written);
        } finally {
            lock.unlock();
        }
    }

    @CoroutineFn
    private void undoHeld(Written written) throws IOException {
        table.unwritten(written.pieces);
        for (Area each : written.left) {
            if (!retired.contains(each)) retired.add(each);
        }
        blocks.unwritten(written.blocks);
    }
}
