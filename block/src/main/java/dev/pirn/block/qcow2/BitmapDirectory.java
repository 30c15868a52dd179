package dev.pirn.block.qcow2;

import dev.pirn.block.StorageFile;
import dev.pirn.CoroutineFn;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;

/**
 * Reads and checks the directory of an image's bitmaps ("Bitmaps extension", "Bitmap directory"), entry by
 * entry: what it claims to be costs no memory before it is there.
 *
 * @param place where it stands; of no bytes without bitmaps
 */
record BitmapDirectory(Area place, List<BitmapEntry> entries) {
    /** QEMU's limits. */
    static final int BITMAPS_MAX = 65_535;
    static final int NAME_SIZE_MAX = 1023;
    /** 65535 with names of 40 bytes, such as UUIDs; QEMU takes 64 MiB, which would be 200 in memory. */
    static final long SIZE_MAX = 4 << 20;
    /** Of all bitmaps, so that it takes no hours to load them; QEMU has no limit. */
    static final long ALL_TABLE_ENTRIES_MAX = 1 << 24;
    static final int GRANULARITY_BITS_MIN = 9;
    static final int GRANULARITY_BITS_MAX = 31;
    static final int TABLE_ENTRIES_MAX = 1 << 27;
    /** Bytes that one bitmap takes; QEMU's {@code BME_MAX_PHYS_SIZE}. */
    static final long BITMAP_SIZE_MAX = 512 << 20;
    /** QEMU takes no extra data at all. */
    static final int EXTRA_SIZE_MAX = 1024;
    static final int EXTENSION_SIZE = 24;
    private static final BitmapDirectory NONE = new BitmapDirectory(new Area(0, 0), List.of());

    /**
     * The one that the image's first cluster names; one without entries if it names none, or if somebody
     * wrote who does not know bitmaps. Suspends.
     *
     * @throws BadImageException if it breaks a limit, or leads where nothing can be
     */
    @CoroutineFn
    static BitmapDirectory read(StorageFile file, Header header, List<HeaderExtension> extensions)
            throws IOException {
        var extension = HeaderExtension.find(extensions, HeaderExtension.BITMAPS);
        if (extension == null || !Feature.BITMAPS.isIn(header)) return NONE;
        return new Reader(file, header).read(extension.data());
    }

    /** What it takes, and the tables that it names; not the bits. */
    List<Area> areas() {
        var areas = new ArrayList<Area>();
        areas.add(place);
        for (BitmapEntry each : entries) {
            areas.add(new Area(each.tableAt(), (each.tableEntries() & 0xffff_ffffL) * Long.BYTES));
        }
        return areas;
    }

    static long size(List<BitmapEntry> entries) {
        return entries.stream().mapToLong(BitmapEntry::size).sum();
    }

    /** Throws if an image with these could not be opened again. */
    static void requireLimits(String file, List<BitmapEntry> entries) throws IOException {
        long size = size(entries);
        if (size > SIZE_MAX) {
            throw new IOException("%s: a bitmap directory of %d bytes, more than %d".formatted(file, size,
                    SIZE_MAX));
        }
        long tableEntries = entries.stream().mapToLong(BitmapEntry::tableEntries).sum();
        if (tableEntries > ALL_TABLE_ENTRIES_MAX) {
            throw new IOException("%s: tables of bitmaps with %d entries in all, more than %d".formatted(file,
                    tableEntries, ALL_TABLE_ENTRIES_MAX));
        }
    }

    /** Bytes that a bitmap takes. */
    static long bytes(long diskSize, int granularityBits) {
        return Math.ceilDiv(Math.ceilDiv(diskSize, 1L << granularityBits), Byte.SIZE);
    }

    private static final class Reader {
        private final StorageFile file;
        private final Header header;
        private final long fileSize;
        private final Window window;

        Reader(StorageFile file, Header header) throws IOException {
            this.file = file;
            this.header = header;
            this.window = new Window(file);
            this.fileSize = file.size();
        }

        @CoroutineFn
        BitmapDirectory read(byte[] extension) throws IOException {
            require(extension.length == EXTENSION_SIZE, "the bitmaps extension has %d bytes, not %d",
                    extension.length, EXTENSION_SIZE);
            ByteBuffer fields = ByteBuffer.wrap(extension);
            int count = fields.getInt(0);
            long size = fields.getLong(8);
            long start = fields.getLong(16);
            require(count > 0 && count <= BITMAPS_MAX, "the bitmaps extension: %s bitmaps, not 1 to %d",
                    Integer.toUnsignedString(count), BITMAPS_MAX);
            require(fields.getInt(4) == 0, "the bitmaps extension: its reserved field is not 0");
            require(size > 0 && size <= SIZE_MAX, "the bitmaps extension: a directory of %s bytes, more than "
                    + "%d, or none", Long.toUnsignedString(size), SIZE_MAX);
            requirePlace("the bitmap directory", start, size);
            var entries = new ArrayList<BitmapEntry>();
            var names = new HashSet<ByteBuffer>();
            long tableEntries = 0;
            long at = start;
            for (int i = 0; i < count; i++) {
                BitmapEntry entry = entry(i, at, start + size);
                require(names.add(ByteBuffer.wrap(entry.name())), "bitmap %d, its entry at offset %d: "
                        + "another is called \"%s\" too", i, at, entry.text());
                tableEntries += entry.tableEntries();
                require(tableEntries <= ALL_TABLE_ENTRIES_MAX, "bitmap %d, its entry at offset %d: the "
                        + "tables of all have %d entries with its own, more than %d", i, at, tableEntries,
                        ALL_TABLE_ENTRIES_MAX);
                entries.add(entry);
                at += entry.size();
            }
            requireApart(entries);
            require(at == start + size, "the bitmap directory at [%d, +%d): its %d entries end at %d", start,
                    size, count, at);
            return new BitmapDirectory(new Area(start, size), List.copyOf(entries));
        }

        @CoroutineFn
        private BitmapEntry entry(int index, long at, long end) throws IOException {
            String who = "bitmap " + index + ", its entry at offset " + at;
            require(at + BitmapEntry.HEAD_SIZE <= end, "%s: the directory ends at %d", who, end);
            ByteBuffer head = window.bytes(at, BitmapEntry.HEAD_SIZE);
            int nameSize = BitmapEntry.nameSize(head);
            int extraSize = BitmapEntry.extraSize(head);
            require(nameSize > 0 && nameSize <= NAME_SIZE_MAX, "%s: a name of %d bytes, not 1 to %d", who,
                    nameSize, NAME_SIZE_MAX);
            require(extraSize >= 0 && extraSize <= EXTRA_SIZE_MAX, "%s: %s bytes of extra data, more than %d",
                    who, Integer.toUnsignedString(extraSize), EXTRA_SIZE_MAX);
            int rest = extraSize + nameSize;
            require((at + BitmapEntry.HEAD_SIZE + rest + 7 & ~7) <= end, "%s: the directory ends at %d", who,
                    end);
            ByteBuffer more = window.bytes(at + BitmapEntry.HEAD_SIZE, rest);
            byte[] extra = new byte[extraSize];
            byte[] name = new byte[nameSize];
            more.get(extra).get(name);
            var entry = BitmapEntry.parse(head, extra, name);
            requireSane(who, entry);
            return entry;
        }

        private void requireSane(String who, BitmapEntry entry) throws BadImageException {
            require((entry.flags() & ~BitmapEntry.FLAGS_KNOWN) == 0, "%s: reserved flags are set: 0x%08x",
                    who, entry.flags());
            int bits = entry.granularityBits();
            require(bits >= GRANULARITY_BITS_MIN && bits <= GRANULARITY_BITS_MAX,
                    "%s: granularity_bits is %d, not %d to %d", who, bits, GRANULARITY_BITS_MIN,
                    GRANULARITY_BITS_MAX);
            long count = entry.tableEntries() & 0xffff_ffffL;
            require(count > 0 && count <= TABLE_ENTRIES_MAX, "%s: a table of %d entries, not 1 to %d", who,
                    count, TABLE_ENTRIES_MAX);
            requirePlace(who + ": its table", entry.tableAt(), count * Long.BYTES);
            // One that was not stored may be of a disk that had another size.
            if (!entry.isUsable()) return;
            long bytes = BitmapDirectory.bytes(header.size(), bits);
            require(bytes <= BITMAP_SIZE_MAX, "%s: a bitmap of %d bytes, more than %d", who, bytes,
                    BITMAP_SIZE_MAX);
            long needed = Math.ceilDiv(bytes, header.clusterSize());
            require(count == needed, "%s: a table of %d entries, but a disk of %d bytes needs %d", who, count,
                    header.size(), needed);
        }

        /** Else one table might be read 65535 times. */
        private void requireApart(List<BitmapEntry> entries) throws BadImageException {
            var sorted = new ArrayList<>(entries);
            sorted.sort(Comparator.comparingLong(BitmapEntry::tableAt));
            for (int i = 1; i < sorted.size(); i++) {
                BitmapEntry before = sorted.get(i - 1);
                require(before.tableAt() + (long) before.tableEntries() * Long.BYTES
                        <= sorted.get(i).tableAt(), "the tables of bitmaps \"%s\" and \"%s\" overlap, at %d",
                        before.text(), sorted.get(i).text(), sorted.get(i).tableAt());
            }
        }

        private void requirePlace(String what, long at, long size) throws BadImageException {
            require(at > 0 && at % header.clusterSize() == 0 && at < HeaderCheck.OFFSET_MAX,
                    "%s: at %s, not a multiple of the cluster's %d bytes behind the header", what,
                    Long.toUnsignedString(at), header.clusterSize());
            require(at + size <= fileSize, "%s: at [%d, +%d), but the file ends at %d", what, at, size,
                    fileSize);
        }

        private void require(boolean kept, String rule, Object... values) throws BadImageException {
            if (!kept) throw BadImageException.of(file.name(), rule, values);
        }
    }
}
