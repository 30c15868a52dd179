package dev.pirn.block.qcow2;

import dev.pirn.block.StorageFile;
import dev.pirn.CoroutineFn;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * Makes a new refcount table with new blocks behind all there is, and has the header name it when it is on
 * stable storage: until then the image is what it was, and after that what it should be.
 *
 * <pre>
 *   │ all there is │ block │ block │ … │ blocks for what begins here │ table │
 *                  start                                                     end
 * </pre>
 */
final class RefcountRebuild {
    private final CheckedFile image;
    private final StorageFile file;
    private final References references;
    private final int order;
    private final int blockShift;
    private final int clusterBits;
    private final long start;
    private long[] table = new long[16];
    private long blocks;
    /** The last region of which a block was begun; -1 for none. */
    private long region = -1;
    private MemorySegment block;

    private RefcountRebuild(CheckedFile image, References references, int order, long keep)
            throws IOException {
        this.image = image;
        this.file = image.file();
        this.references = references;
        this.order = order;
        this.clusterBits = image.geometry().clusterBits();
        this.blockShift = clusterBits + 3 - order;
        long size = image.geometry().clusterEnd(file.size()) >>> clusterBits;
        // Sparse files may end anywhere: there the table would be too long.
        boolean far = (size >>> blockShift) * Long.BYTES > HeaderCheck.REFCOUNT_TABLE_SIZE_MAX / 2;
        this.start = far || image.isFixed() ? Math.max(keep, references.end()) : size;
    }

    /**
     * Counts all that tables refer to, and switches to those counts. Suspends.
     *
     * @param pagesMax of {@link References}, at a time
     * @throws IOException if that cannot be done; the image is as it was
     */
    @CoroutineFn
    static void run(CheckedFile image, int pagesMax) throws IOException {
        run(image, pagesMax, image.header().refcountOrder());
    }

    /**
     * The same, in refcounts of {@code order}; of an image that is right.
     *
     * @throws IOException also if something is referred to more often than these can count
     */
    @CoroutineFn
    static void run(CheckedFile image, int pagesMax, int order) throws IOException {
        var references = new References(image.geometry().clusterBits(), pagesMax);
        // What is wrong may go; what is right stays in force until there is another.
        var counts = new RefcountBlocks(image, new Findings());
        if (order != image.header().refcountOrder()) counts.load();
        long keep = counts.end();
        RefcountRebuild rebuild = null;
        for (long from = 0; from < Long.MAX_VALUE; from = references.limit()) {
            references.begin(from);
            new MetadataWalk(image, references, new Findings(),
                    new RefcountBlocks(image, new Findings()), false).run();
            if (rebuild == null) rebuild = new RefcountRebuild(image, references, order, keep);
            rebuild.count();
        }
        rebuild.finish();
    }

    @CoroutineFn
    private void count() throws IOException {
        for (long place : references.places()) {
            for (long each = place; each < place + References.PAGE_SIZE; each++) {
                int times = references.isInWindow(each) ? references.get(each) : 0;
                if (times > 0) set(each, times);
            }
        }
    }

    /** Of clusters in ascending order. */
    @CoroutineFn
    private void set(long cluster, int times) throws IOException {
        if (times > RefcountEntry.max(order) && order != image.header().refcountOrder()) {
            throw new IOException(("%s: the cluster at %d is referred to %d times, more than refcounts of %d "
                    + "bits can count; nothing was changed").formatted(image.name(), cluster << clusterBits,
                    times, 1 << order));
        }
        turnTo(cluster >>> blockShift);
        RefcountEntry.set(block, cluster & (1L << blockShift) - 1, order,
                Math.min(times, RefcountEntry.max(order)));
    }

    @CoroutineFn
    private void turnTo(long wanted) throws IOException {
        if (wanted == region) return;
        writeBlock();
        requireRoom(wanted);
        if (wanted >= table.length) {
            table = Arrays.copyOf(table, (int) Math.max(wanted + 1, 2L * table.length));
        }
        region = wanted;
        table[(int) wanted] = start + blocks++ << clusterBits;
        block = Slice.allocate(1 << clusterBits);
    }

    private void requireRoom(long wanted) throws IOException {
        if ((wanted + 1) * Long.BYTES <= HeaderCheck.REFCOUNT_TABLE_SIZE_MAX) return;
        throw new IOException(("%s: cannot be repaired: counting a cluster at %d needs a refcount table of "
                + "more than 8 MiB").formatted(image.name(), wanted << blockShift << clusterBits));
    }

    @CoroutineFn
    private void writeBlock() throws IOException {
        if (region >= 0) image.write(table[(int) region], block);
    }

    /** Counts the new structure itself, which needs blocks for that: as many as it takes. */
    @CoroutineFn
    private void finish() throws IOException {
        long entriesPerCluster = 1L << clusterBits - 3;
        long tableClusters = 1;
        long more = 0;
        while (true) {
            long last = start + blocks + more + tableClusters - 1 >>> blockShift;
            long first = Math.max(region + 1, start >>> blockShift);
            long needed = Math.max(0, last - first + 1);
            long clusters = Math.max(last, region) / entriesPerCluster + 1;
            if (needed <= more && clusters <= tableClusters) break;
            more = Math.max(more, needed);
            tableClusters = Math.max(tableClusters, clusters);
        }
        long end = start + blocks + more + tableClusters;
        requireRoom(end - 1 >>> blockShift);
        for (long each = start; each < end; each++) set(each, 1);
        writeBlock();
        assert start + blocks <= end - tableClusters : "blocks " + blocks + " reach into the table";
        switchTo(end - tableClusters << clusterBits, tableClusters);
    }

    @CoroutineFn
    private void switchTo(long at, long clusters) throws IOException {
        MemorySegment bytes = Slice.allocate((int) (clusters << clusterBits));
        for (int i = 0; i < Math.min(table.length, bytes.byteSize() / Long.BYTES); i++) {
            bytes.set(Slice.WORD, (long) i * Long.BYTES, table[i]);
        }
        image.write(at, bytes);
        file.flush();
        image.headerFile().updateSafely(each -> each.withRefcountTable(at, (int) clusters)
                .withRefcountOrder(order));
    }
}
