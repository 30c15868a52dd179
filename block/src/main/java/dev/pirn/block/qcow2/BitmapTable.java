package dev.pirn.block.qcow2;

import dev.pirn.CoroutineFn;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
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
        MemorySegment cluster = Slice.allocate(clusterSize);
        long each = (long) clusterSize * Byte.SIZE;
        try {
            walk((index, host) -> {
                long from = index * each;
                if (host == 0) {
                    bits.set(from, Math.min(bits.count(), from + each));
                } else {
                    image.file().read(host, cluster);
                    bits.load(from, cluster);
                }
            });
        } catch (Throwable e) {
            bits.drop();
            throw e;
        }
        return bits;
    }

    /** What the table, and its bits, take. Suspends. */
    @CoroutineFn
    List<Area> areas() throws IOException {
        var areas = new ArrayList<Area>();
        areas.add(new Area(entry.tableAt(), (long) entry.tableEntries() * Long.BYTES));
        walk((_, host) -> {
            if (host != 0) areas.add(new Area(host, clusterSize));
        });
        return areas;
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
                && (host == 0 || image.areas().overlap(host, clusterSize, null) == null);
        if (sane) return;
        throw BadImageException.of(image.name(), "bitmap \"%s\": the entry of its table at %d is 0x%016x",
                entry.text(), entry.tableAt() + (long) index * Long.BYTES, word);
    }

    /** Writes bits, and a table of them, to where nothing is yet; the entry is that with it. Suspends. */
    @CoroutineFn
    BitmapEntry store(Bits bits) throws IOException {
        long each = (long) clusterSize * Byte.SIZE;
        int count = (int) Math.ceilDiv(bits.count(), each);
        MemorySegment table = Slice.allocate(count * Long.BYTES);
        for (int i = 0; i < count; i++) {
            long from = i * each;
            long to = Math.min(bits.count(), from + each);
            long word;
            if (bits.runEnd(from, to) == to) {
                word = bits.get(from) ? ALL_ONES : 0;
            } else {
                word = image.allocator().allocateAll(1).at();
                MemorySegment cluster = Slice.allocate(clusterSize);
                bits.store(from, cluster);
                image.file().write(word, cluster);
            }
            table.set(Slice.WORD, (long) i * Long.BYTES, word);
        }
        return entry.at(write(image, table), count);
    }

    /** Writes metadata to clusters of its own; returns where. Suspends. */
    @CoroutineFn
    static long write(Image image, MemorySegment bytes) throws IOException {
        int clusterSize = image.geometry().clusterSize();
        long at = image.allocator().allocateAll(Math.ceilDiv(bytes.byteSize(), clusterSize)).at();
        image.file().write(at, bytes);
        return at;
    }
}
