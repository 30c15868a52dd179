package dev.pirn.block.qcow2;

import dev.pirn.CoroutineFn;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Reads and writes the bits of one bitmap ("Bitmap table", "Bitmap data").
 *
 * <pre>
 *   table:  │ host, or 0: zeroes, or 1: ones │ … one for each cluster of bits
 * </pre>
 */
final class BitmapTable {
    private static final int PIECE_ENTRIES = 8192;
    private static final long ALL_ONES = 1;
    /** Bits that must be 0, besides the last, which means ones where there is no host cluster. */
    private static final long RESERVED = 0xff00_0000_0000_01feL;

    /** Takes one entry that has a cluster, or stands for ones. */
    private interface Taker {
        @CoroutineFn
        void take(int index, long host) throws IOException;
    }

    /**
     * A bitmap for a disk of another size.
     *
     * @param gone the first entry of the table before whose cluster the new one has not
     */
    record Resized(BitmapEntry entry, int gone) { }

    private final Image image;
    private final BitmapEntry entry;
    private final int clusterSize;

    BitmapTable(Image image, BitmapEntry entry) {
        this.image = image;
        this.entry = entry;
        this.clusterSize = image.geometry().clusterSize();
    }

    /**
     * All of its bits. Suspends.
     *
     * @throws BadImageException if the table cannot be right
     */
    @CoroutineFn
    Bits load(AtomicInteger pagesUsed) throws IOException {
        var bits = new Bits(image.header().size(), entry.granularityBits(), pagesUsed);
        var cluster = new MemorySegment[1]; // Not before it is needed: there may be 65535 without bits.
        long each = (long) clusterSize * Byte.SIZE;
        try {
            walk((index, host) -> {
                long from = index * each;
                if (host == 0) {
                    bits.set(from, Math.min(bits.count(), from + each));
                } else {
                    if (cluster[0] == null) cluster[0] = Slice.allocate(clusterSize);
                    image.file().read(host, cluster[0]);
                    bits.load(from, cluster[0]);
                }
            });
        } catch (Throwable e) {
            bits.drop();
            throw e;
        }
        return bits;
    }

    /** Has nothing written over the bits where they stand. Suspends. */
    @CoroutineFn
    void protect() throws IOException {
        walk((_, host) -> {
            if (host != 0) image.areas().add(MetadataAreas.Kind.BITS, host, clusterSize);
        });
    }

    /**
     * Frees the table, and the clusters of its entries from {@code first} on, to which nobody refers any
     * more; nothing where the table cannot be right: that is a leak then. Suspends.
     */
    @CoroutineFn
    void release(int first) throws IOException {
        try {
            requireSane();
        } catch (BadImageException e) {
            return;
        }
        var areas = new ArrayList<Area>();
        walk((index, host) -> {
            if (host == 0 || index < first) return;
            areas.add(new Area(host, clusterSize));
            if (areas.size() < PIECE_ENTRIES) return;
            image.allocator().release(areas);
            areas.clear();
        });
        areas.add(place());
        image.allocator().release(areas);
    }

    /** Throws if the table cannot be right. Suspends. */
    @CoroutineFn
    void requireSane() throws IOException {
        walk((_, _) -> { });
    }

    @CoroutineFn
    private void walk(Taker taker) throws IOException {
        long end = image.file().size();
        for (int first = 0; first < entry.tableEntries(); first += PIECE_ENTRIES) {
            int count = Math.min(PIECE_ENTRIES, entry.tableEntries() - first);
            MemorySegment piece = Slice.allocate(count * Long.BYTES);
            image.file().read(entry.tableAt() + (long) first * Long.BYTES, piece);
            for (int i = 0; i < count; i++) {
                long word = piece.get(Slice.WORD, (long) i * Long.BYTES);
                if (word == 0) continue;
                long host = word & L2Entry.HOST_MASK;
                requireSane(first + i, word, host, end);
                taker.take(first + i, host);
            }
        }
    }

    /** Behind the end zeroes would be read, which say that nothing was written. */
    private void requireSane(int index, long word, long host, long end) throws BadImageException {
        boolean sane = (word & RESERVED) == 0 && (host == 0 || (word & ALL_ONES) == 0)
                && host % clusterSize == 0 && host < end
                && (host == 0 || image.areas().overlap(host, clusterSize, MetadataAreas.Kind.BITS) == null);
        if (sane) return;
        throw BadImageException.of(image.name(), "bitmap \"%s\": the entry of its table at %d is 0x%016x",
                entry.text(), entry.tableAt() + (long) index * Long.BYTES, word);
    }

    /**
     * Writes bits, and a table of them, to where nothing is yet; the entry is that with it. Suspends.
     *
     * @throws IOException if that fails: nothing is taken then
     */
    @CoroutineFn
    BitmapEntry store(Bits bits) throws IOException {
        int count = (int) Math.ceilDiv(bits.count(), (long) clusterSize * Byte.SIZE);
        MemorySegment table = Slice.allocate(count * Long.BYTES);
        try {
            for (int i = 0; i < count; i++) {
                table.set(Slice.WORD, (long) i * Long.BYTES, storeCluster(bits, i));
            }
            return entry.at(write(image, table, MetadataAreas.Kind.BITMAP), count);
        } catch (IOException e) {
            for (long at = 0; at < table.byteSize(); at += Long.BYTES) {
                long host = table.get(Slice.WORD, at) & L2Entry.HOST_MASK;
                if (host != 0) giveBack(image, new Area(host, clusterSize), e);
            }
            throw e;
        }
    }

    /** Returns what is to stand in the table. */
    @CoroutineFn
    private long storeCluster(Bits bits, int index) throws IOException {
        long from = index * (long) clusterSize * Byte.SIZE;
        long to = Math.min(bits.count(), from + (long) clusterSize * Byte.SIZE);
        if (bits.runEnd(from, to) == to) return bits.get(from) ? ALL_ONES : 0;
        MemorySegment cluster = Slice.allocate(clusterSize);
        bits.store(from, cluster);
        return write(image, cluster, MetadataAreas.Kind.BITS);
    }

    /** Where its table stands. */
    Area place() {
        return new Area(entry.tableAt(), (long) entry.tableEntries() * Long.BYTES);
    }

    /**
     * Writes a table for a disk of another size, to where nothing is yet, which takes over the clusters of
     * bits that both disks have; bits of what is new are clear. Suspends.
     */
    @CoroutineFn
    Resized resize(long sizeBefore, long size) throws IOException {
        long each = (long) clusterSize * Byte.SIZE;
        long bits = bits(size);
        long kept = Math.min(bits(sizeBefore), bits);
        int whole = (int) (kept / each);
        MemorySegment table = Slice.allocate((int) Math.ceilDiv(bits, each) * Long.BYTES);
        var edge = new long[1];
        walk((index, host) -> {
            long word = host == 0 ? ALL_ONES : host;
            if (index < whole) table.set(Slice.WORD, (long) index * Long.BYTES, word);
            if (index == whole) edge[0] = word;
        });
        int gone = whole;
        int keptOfEdge = (int) (kept % each);
        if (keptOfEdge > 0 && edge[0] != 0) {
            long word = edge[0] == ALL_ONES && kept == bits ? ALL_ONES : cut(edge[0], keptOfEdge);
            table.set(Slice.WORD, (long) whole * Long.BYTES, word);
            if (word == edge[0]) gone++;
        }
        return new Resized(entry.at(write(image, table, MetadataAreas.Kind.BITMAP), (int) (table.byteSize()
                / Long.BYTES)), gone);
    }

    private long bits(long diskSize) {
        return Math.ceilDiv(diskSize, 1L << entry.granularityBits());
    }

    /** The word of an entry whose bits from {@code from} on, in its cluster, are clear. Suspends. */
    @CoroutineFn
    private long cut(long word, int from) throws IOException {
        MemorySegment cluster = Slice.allocate(clusterSize);
        if (word == ALL_ONES) cluster.fill((byte) -1); else image.file().read(word, cluster);
        int at = from / Byte.SIZE;
        int last = cluster.get(ValueLayout.JAVA_BYTE, at) & 0xff;
        int masked = last & (1 << from % Byte.SIZE) - 1;
        if (masked == last && isZero(cluster.asSlice(at + 1))) return word;
        cluster.set(ValueLayout.JAVA_BYTE, at, (byte) masked);
        cluster.asSlice(at + 1).fill((byte) 0);
        return isZero(cluster) ? 0 : write(image, cluster, MetadataAreas.Kind.BITS);
    }

    private static boolean isZero(MemorySegment bytes) {
        return bytes.mismatch(MemorySegment.ofArray(new byte[(int) bytes.byteSize()])) < 0;
    }

    /** Writes metadata to clusters of its own, which it has not if that fails; returns where. Suspends. */
    @CoroutineFn
    static long write(Image image, MemorySegment bytes, MetadataAreas.Kind kind) throws IOException {
        int clusterSize = image.geometry().clusterSize();
        long at = image.allocator().allocateAll(Math.ceilDiv(bytes.byteSize(), clusterSize)).at();
        image.areas().add(kind, at, bytes.byteSize());
        try {
            image.file().write(at, bytes);
        } catch (IOException e) {
            giveBack(image, new Area(at, bytes.byteSize()), e);
            throw e;
        }
        return at;
    }

    /** Frees what the image was not to name after all; what keeps it from that is added to the error. */
    @CoroutineFn
    static void giveBack(Image image, Area area, IOException error) {
        try {
            image.areas().removeBitmap(area);
            image.allocator().giveBack(area);
        } catch (IOException e) {
            error.addSuppressed(e);
        }
    }
}
