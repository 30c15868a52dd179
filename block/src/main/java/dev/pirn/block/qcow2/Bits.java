package dev.pirn.block.qcow2;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A bitmap in memory. Pages of zeroes and of ones take none; where there is no memory for another page, it
 * counts as all ones: to say that more was written than was is no error, to say less would be one.
 *
 * <p>For any thread. The monitor is held for a scan at most.
 */
final class Bits {
    /** All pages of an image, in bytes; those of QEMU have no limit. */
    static final int MEMORY_MAX = 24 << 20;
    private static final int PAGE_BITS = 1 << 15;
    private static final int PAGE_WORDS = PAGE_BITS / Long.SIZE;
    private static final int PAGES_MAX = MEMORY_MAX / (PAGE_BITS / Byte.SIZE);
    private static final long[] ONES = new long[PAGE_WORDS];
    private static final ValueLayout.OfLong WORD =
            ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    static {
        Arrays.fill(ONES, -1);
    }

    private final long diskSize;
    private final int granularityBits;
    private final long count;
    private final AtomicInteger pagesUsed;
    /** Null for zeroes; ONES is never written to. Null itself as long as all are one of these. */
    private long[][] pages;
    /** Whether there was not even memory for {@code pages}. */
    private boolean full;

    /**
     * Makes one of zeroes.
     *
     * @param pagesUsed how many all of the image's have
     */
    Bits(long diskSize, int granularityBits, AtomicInteger pagesUsed) {
        this.diskSize = diskSize;
        this.granularityBits = granularityBits;
        this.count = Math.ceilDiv(diskSize, 1L << granularityBits);
        this.pagesUsed = pagesUsed;
    }

    /** Pages that the table of pages takes: of 65535 bitmaps, with 512 MiB each, it would be 32 GiB. */
    private int overhead() {
        return (int) Math.ceilDiv(Math.ceilDiv(count, PAGE_BITS), PAGE_WORDS);
    }

    /** Has the table of pages; false if there can be none, and all are ones. */
    private boolean open() {
        if (pages != null || full) return !full;
        full = pagesUsed.addAndGet(overhead()) > PAGES_MAX;
        if (full) pagesUsed.addAndGet(-overhead());
        else pages = new long[(int) Math.ceilDiv(count, PAGE_BITS)][];
        return !full;
    }

    private long[] page(int number) {
        return pages != null ? pages[number] : full ? ONES : null;
    }

    long count() {
        return count;
    }

    /** Notes that these bytes of the disk were written to. */
    void touch(long offset, long length) {
        if (length > 0) set(offset >>> granularityBits, (offset + length - 1 >>> granularityBits) + 1);
    }

    /** Sets bits {@code from} to {@code to - 1}. */
    synchronized void set(long from, long to) {
        if (from == to || !open()) return;
        for (long at = from; at < to; ) {
            int page = (int) (at / PAGE_BITS);
            long start = (long) page * PAGE_BITS;
            long end = Math.min(to, start + PAGE_BITS);
            if (at == start && end == Math.min(count, start + PAGE_BITS)) {
                fill(page);
            } else {
                setWithin(page, (int) (at - start), (int) (end - start));
            }
            at = end;
        }
    }

    private void fill(int page) {
        if (pages[page] != null && pages[page] != ONES) pagesUsed.decrementAndGet();
        pages[page] = ONES;
    }

    private void setWithin(int page, int from, int to) {
        long[] words = writable(page);
        if (words == ONES) return;
        for (int word = from / Long.SIZE; word <= (to - 1) / Long.SIZE; word++) {
            int first = word * Long.SIZE;
            long mask = from > first ? -1L << from - first : -1;
            if (to < first + Long.SIZE) mask &= ~(-1L << to - first);
            words[word] |= mask;
        }
    }

    private long[] writable(int page) {
        if (pages[page] != null) return pages[page];
        if (pagesUsed.incrementAndGet() > PAGES_MAX) {
            pagesUsed.decrementAndGet();
            pages[page] = ONES;
        } else {
            pages[page] = new long[PAGE_WORDS];
        }
        return pages[page];
    }

    /** Sets bits as a cluster of the file has them, from bit {@code from} on, a multiple of 64. */
    synchronized void load(long from, MemorySegment bytes) {
        long words = Math.min(bytes.byteSize() / Long.BYTES, Math.ceilDiv(count - from, Long.SIZE));
        for (long i = 0; i < words; i++) {
            long word = bytes.get(WORD, i * Long.BYTES);
            if (word == 0) continue;
            if (!open()) return;
            long bit = from + i * Long.SIZE;
            long[] into = writable((int) (bit / PAGE_BITS));
            if (into != ONES) into[(int) (bit % PAGE_BITS / Long.SIZE)] |= word;
        }
    }

    /** Writes the bits from {@code from} on, a multiple of 64, as they stand in the file. */
    synchronized void store(long from, MemorySegment bytes) {
        for (long i = 0; i < bytes.byteSize() / Long.BYTES; i++) {
            bytes.set(WORD, i * Long.BYTES, word(from + i * Long.SIZE));
        }
    }

    /** Those behind the last are 0. */
    private long word(long bit) {
        if (bit >= count) return 0;
        long[] page = page((int) (bit / PAGE_BITS));
        long word = page == null ? 0 : page[(int) (bit % PAGE_BITS / Long.SIZE)];
        return count - bit >= Long.SIZE ? word : word & ~(-1L << count - bit);
    }

    synchronized boolean get(long bit) {
        return (word(bit & -Long.SIZE) >>> bit & 1) != 0;
    }

    /** Where the bits that are as {@code from}'s end, at most {@code to}. */
    synchronized long runEnd(long from, long to) {
        boolean value = get(from);
        long[] same = value ? ONES : null;
        for (long at = from; at < to; ) {
            if (page((int) (at / PAGE_BITS)) == same) {
                at = at / PAGE_BITS * PAGE_BITS + PAGE_BITS;
                continue;
            }
            long word = word(at & -Long.SIZE);
            long other = (value ? ~word : word) & -1L << at;
            if (other != 0) return Math.min(to, (at & -Long.SIZE) + Long.numberOfTrailingZeros(other));
            at = (at & -Long.SIZE) + Long.SIZE;
        }
        return to;
    }

    /** Adds what {@code other} has, of the same disk but perhaps another granularity. */
    void merge(Bits other) {
        long end = other.count;
        for (long at = 0; at < end; ) {
            long next = other.runEnd(at, end);
            if (other.get(at)) {
                long from = at << other.granularityBits;
                touch(from, Math.min(diskSize, next << other.granularityBits) - from);
            }
            at = next;
        }
    }

    /** Of bytes of the disk, at most {@code countMax} runs; none reaches beyond the range. */
    List<BitmapView.Run> runs(long offset, long length, int countMax) {
        var runs = new ArrayList<BitmapView.Run>();
        long end = offset + length;
        long last = (end - 1 >>> granularityBits) + 1;
        for (long at = offset; at < end && runs.size() < countMax; ) {
            long bit = at >>> granularityBits;
            long next = Math.min(end, runEnd(bit, last) << granularityBits);
            runs.add(new BitmapView.Run(next - at, get(bit)));
            at = next;
        }
        return runs;
    }

    /** Forgets all of it. */
    synchronized void drop() {
        full = false;
        if (pages == null) return;
        for (long[] each : pages) {
            if (each != null && each != ONES) pagesUsed.decrementAndGet();
        }
        pagesUsed.addAndGet(-overhead());
        pages = null;
    }
}
