package dev.pirn.block.qcow2;

import dev.pirn.CoroutineFn;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** Counts what persistent bitmaps take ("Bitmaps extension"); what they say nobody needs to know for that. */
final class BitmapScan {
    /** QEMU's limits. */
    private static final int BITMAPS_MAX = 65_535;
    private static final int TABLE_ENTRIES_MAX = 1 << 27;
    private static final int ENTRY_HEAD_SIZE = 24;
    private static final int EXTENSION_SIZE = 24;
    /** More need not be known: one is enough for all bitmaps to go. */
    private static final int SHARED_MAX = 100;
    /** Bits of an entry of a bitmap table that must be 0, besides the last, which means "all ones". */
    private static final long RESERVED = 0xff00_0000_0000_01feL;

    private final CheckedFile image;
    private final References references;
    private final Findings findings;
    private final RefcountBlocks counts;
    private final Coverage tables = new Coverage();
    /** Clusters that something else has, too; the first of them. */
    private final Set<Long> shared = new LinkedHashSet<>();
    private boolean sound = true;

    /**
     * Makes one.
     *
     * @param references with all that other tables refer to
     * @param counts which refer to themselves later
     */
    BitmapScan(CheckedFile image, References references, Findings findings, RefcountBlocks counts) {
        this.image = image;
        this.references = references;
        this.findings = findings;
        this.counts = counts;
    }

    /** Returns whether all of it can be right. Suspends. */
    @CoroutineFn
    boolean run() throws IOException {
        walk();
        for (long each : shared) {
            // What is behind a window that became smaller is found in the next.
            if (references.isInWindow(each)) shared(each);
        }
        return sound;
    }

    /**
     * What a bitmap has is changed and freed with it, and nothing else may be there. No count is right for
     * that: counted twice it would look so, and reading the bitmap would take a table for bits.
     */
    private void shared(long cluster) {
        sound = false;
        findings.always(() -> findings.corrupt("cluster %d is a bitmap's, and something else's: a table's, "
                + "data's, refcounts' or another bitmap's", cluster));
    }

    @CoroutineFn
    private boolean walk() throws IOException {
        HeaderExtension extension = image.extension(HeaderExtension.BITMAPS);
        // Without the bit somebody has written who knows nothing of bitmaps: they mean nothing any more.
        if (extension == null || !Feature.BITMAPS.isIn(image.header())) return true;
        if (extension.data().length < EXTENSION_SIZE) {
            return corrupt("the bitmaps extension has %d bytes, not %d", extension.data().length,
                    EXTENSION_SIZE);
        }
        ByteBuffer fields = CheckedFile.fields(extension);
        int count = fields.getInt(0);
        long size = fields.getLong(8);
        long at = fields.getLong(16);
        if (fields.getInt(4) != 0 || count < 0 || count > BITMAPS_MAX || size < 0
                || size > BitmapDirectory.SIZE_MAX || at < 0 || !image.isAligned(at)) {
            return corrupt("%s bitmaps, in a directory at [%s, +%s)", Integer.toUnsignedString(count),
                    Long.toUnsignedString(at), Long.toUnsignedString(size));
        }
        if (!refer("the bitmap directory", at, size, 1)) return false;
        walkDirectory(at, at + size, count);
        for (Coverage.Segment each : tables.segments()) walkTable(each);
        if (sound) obeyRules(extension);
        return sound;
    }

    /** What else whoever opens the image refuses: else it could be neither written to nor repaired. */
    @CoroutineFn
    private void obeyRules(HeaderExtension extension) throws IOException {
        try {
            BitmapDirectory.read(image.file(), image.header(), List.of(extension));
        } catch (BadImageException e) {
            corrupt("%s", e.getMessage());
        }
    }

    private boolean corrupt(String what, Object... values) {
        sound = false;
        findings.corrupt(what, values);
        return false;
    }

    private boolean refer(String what, long at, long length, int times) {
        if (image.contains(at, length)) {
            noteShared(at, length, times);
            references.add(at, length, times);
            return true;
        }
        return corrupt("%s at [%d, +%d): %s", what, at, length, image.end());
    }

    private void noteShared(long at, long length, int times) {
        int bits = image.geometry().clusterBits();
        long last = at + length - 1 >>> bits;
        for (long each = at >>> bits; each <= last && shared.size() < SHARED_MAX; each++) {
            if (!references.isInWindow(each)) continue;
            if (times > 1 || references.get(each) > 0 || counts.isAt(each)) shared.add(each);
        }
    }

    @CoroutineFn
    private void walkDirectory(long from, long end, int count) throws IOException {
        long at = from;
        for (int i = 0; i < count; i++) {
            MemorySegment head = Slice.allocate(ENTRY_HEAD_SIZE);
            if (at + ENTRY_HEAD_SIZE <= end) image.file().read(at, head);
            ByteBuffer fields = head.asByteBuffer();
            long size = ENTRY_HEAD_SIZE + (fields.getShort(18) & 0xffff) + (fields.getInt(20) & 0xffff_ffffL);
            long next = at + size + 7 & ~7;
            if (at + ENTRY_HEAD_SIZE > end || next > end) {
                corrupt("bitmap %d at %d: the directory ends at %d", i, at, end);
                return;
            }
            long table = fields.getLong(0);
            int entries = fields.getInt(8);
            if (table <= 0 || !image.isAligned(table) || entries < 0 || entries > TABLE_ENTRIES_MAX) {
                corrupt("bitmap %d at %d: a table of %s entries at %s", i, at,
                        Integer.toUnsignedString(entries), Long.toUnsignedString(table));
            } else if (refer("the table of bitmap " + i, table, (long) entries * Long.BYTES, 1)) {
                tables.add(table, (long) entries * Long.BYTES);
            }
            at = next;
        }
    }

    @CoroutineFn
    private void walkTable(Coverage.Segment segment) throws IOException {
        long end = segment.at() + segment.length();
        image.eachWord(segment.at(), segment.length(), (at, words) -> {
            for (int i = 0; i < words.length && at + (long) i * Long.BYTES < end; i++) {
                long host = words[i] & L2Entry.HOST_MASK;
                boolean both = host != 0 && (words[i] & 1) != 0;
                if ((words[i] & RESERVED) != 0 || both || !image.isAligned(host)) {
                    corrupt("the entry of a bitmap table at %d is 0x%016x", at + (long) i * Long.BYTES,
                            words[i]);
                } else if (host != 0) {
                    refer("a cluster of a bitmap", host, image.clusterSize(), segment.times());
                }
            }
            return false;
        });
    }
}
