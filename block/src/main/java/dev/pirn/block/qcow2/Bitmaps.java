package dev.pirn.block.qcow2;

import dev.pirn.CoroutineFn;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The persistent bitmaps of an open image: each says which pieces of the disk were written to.
 *
 * <pre>
 *   stored ──first write──▶ in use: bits in memory ──finish──▶ stored
 *                             └── crash ──▶ in use, inconsistent: can be removed alone
 * </pre>
 *
 * <p>Those with {@link Bitmap#isAuto} are marked as in use, on stable storage, before the first write begins;
 * each write is noted before it is acknowledged; {@link Qcow2Image#finish} stores them.
 *
 * <p>Each change stores first what is in use, and is on stable storage when it returns: nobody may write
 * meanwhile. A crash, or an error, leaves all as before, or all done, or, in images whose header has the
 * directory's place in two sectors, no bitmaps. After an error of the write to the header nobody can write to
 * the image any more, until it is opened anew.
 *
 * <p>For coroutines of any loops. All methods suspend.
 */
public final class Bitmaps {
    private record Tracked(int index, Bits bits) { }

    /**
     * What a bitmap had before it was changed.
     *
     * @param first the first entry of its table whose cluster it has no more
     */
    record Gone(BitmapEntry entry, int first) { }

    /** Entries of tables, 512 KiB of them, that the first write waits for: some ms. */
    private static final int PROTECTED_ENTRIES_MAX = 1 << 16;

    private final Image image;
    private final Qcow2Image owner;
    private final List<HeaderExtension> extensions;
    private final AtomicInteger pagesUsed = new AtomicInteger();
    /** Null before it is read. */
    private volatile BitmapDirectory directory;
    private volatile List<Tracked> tracked = List.of();

    Bitmaps(Image image, Qcow2Image owner, List<HeaderExtension> extensions) {
        this.image = image;
        this.owner = owner;
        this.extensions = extensions;
    }

    /** Has the directory in memory. Suspends. */
    @CoroutineFn
    void load() throws IOException {
        if (directory == null) set(BitmapDirectory.read(image.file(), image.header(), extensions));
    }

    /** What it names is not to be written over. */
    private void set(BitmapDirectory now) {
        image.areas().setBitmaps(now.areas());
        directory = now;
    }

    /**
     * All of them, in the order in which they stand in the image.
     *
     * @throws BadImageException if their directory is not what the format's text asks for
     */
    @CoroutineFn
    public List<Bitmap> list() throws IOException {
        load();
        List<Bitmap> all = new ArrayList<>();
        for (BitmapEntry each : directory.entries()) all.add(each.bitmap());
        // Those that we have in use ourselves are right.
        for (Tracked each : tracked) {
            BitmapEntry entry = directory.entries().get(each.index);
            all.set(each.index, entry.with(0, BitmapEntry.IN_USE).bitmap());
        }
        return List.copyOf(all);
    }

    /**
     * The bits of one, which go on to change as the disk is written to if it notes that.
     *
     * @throws IOException if there is none of that name, or it cannot be used
     */
    @CoroutineFn
    public BitmapView view(String name) throws IOException {
        return new BitmapView(bits(name));
    }

    /**
     * The same, for as long as the image is open: of one that notes writes, in an image that is written to,
     * the bits that it notes them in, which is marked as in use from now on.
     */
    @CoroutineFn
    public BitmapView viewToServe(String name) throws IOException {
        if (!owner.isReadOnly()) owner.prepareToWrite();
        return view(name);
    }

    @CoroutineFn
    private Bits bits(String name) throws IOException {
        load();
        int index = indexOf(name);
        for (Tracked each : tracked) {
            if (each.index == index) return each.bits;
        }
        return new BitmapTable(image, usable(index)).load(pagesUsed);
    }

    /**
     * Makes one, in which nothing is dirty.
     *
     * @param granularity bytes that a bit stands for, a power of two from 512 to 2 GiB
     * @param auto whether it notes writes from now on
     * @throws IllegalArgumentException if the granularity is another, or the name has not 1 to 1023 bytes of
     *     UTF-8
     * @throws IOException if that fails, or is not possible: with an image of version 2, with a name that is
     *     taken, with 65535 bitmaps, or where it would take more than 512 MiB
     */
    @CoroutineFn
    public void add(String name, long granularity, boolean auto) throws IOException {
        int nameSize = name.getBytes(StandardCharsets.UTF_8).length;
        if (nameSize < 1 || nameSize > BitmapDirectory.NAME_SIZE_MAX) {
            throw new IllegalArgumentException("a bitmap's name of %d bytes; give 1 to %d"
                    .formatted(nameSize, BitmapDirectory.NAME_SIZE_MAX));
        }
        int bits = Long.numberOfTrailingZeros(granularity);
        if (Long.bitCount(granularity) != 1 || bits < BitmapDirectory.GRANULARITY_BITS_MIN
                || bits > BitmapDirectory.GRANULARITY_BITS_MAX) {
            throw new IllegalArgumentException("a granularity of " + granularity + " bytes; give a power of "
                    + "two from 512 to 2 GiB");
        }
        begin();
        requireRoom(name, bits, directory.entries().size());
        BitmapEntry entry = BitmapEntry.of(name, bits, auto);
        var with = new ArrayList<>(directory.entries());
        with.add(new BitmapTable(image, entry).store(new Bits(image.header().size(), bits, pagesUsed)));
        change(with, List.of());
    }

    /** Throws if there cannot be one of that name and granularity besides so many others. */
    private void requireRoom(String name, int granularityBits, int others) throws IOException {
        String why = whyNotOf(image.header().size(), granularityBits);
        if (image.header().version() < 3) why = "images of version 2 have no bitmaps";
        else if (find(name) >= 0) why = "there is one of that name";
        else if (others == BitmapDirectory.BITMAPS_MAX) why = "there are 65535";
        if (why != null) throw refusal(name, why);
    }

    /** Why a disk of that size has no bitmap of that granularity; null if it may have one. */
    private static String whyNotOf(long diskSize, int granularityBits) {
        long bytes = BitmapDirectory.bytes(diskSize, granularityBits);
        if (bytes == 0) return "a disk of no bytes has no bitmaps";
        return bytes <= BitmapDirectory.BITMAP_SIZE_MAX ? null
                : "a granularity of %d makes it %d bytes long, more than 512 MiB".formatted(
                        1L << granularityBits, bytes);
    }

    /**
     * Adds copies of bitmaps of another image, with their bits; all of them, or none if it fails.
     *
     * @param names of bitmaps of {@code from}, each once
     * @throws IOException if that fails, or is not possible: as {@link #add}, and if the disks have not one
     *     size, or one of them cannot be used
     */
    @CoroutineFn
    public void copy(Bitmaps from, List<String> names) throws IOException {
        begin();
        from.load();
        var with = new ArrayList<>(directory.entries());
        for (int i = 0; i < names.size(); i++) {
            String each = names.get(i);
            requireSameSize(each, from, each);
            requireRoom(each, from.usable(from.indexOf(each)).granularityBits(), with.size() + i);
        }
        if (new HashSet<>(names).size() < names.size()) {
            throw new IOException(image.name() + ": a bitmap is to be copied twice");
        }
        try {
            for (String each : names) with.add(stored(from, each));
        } catch (IOException e) {
            NewDirectory.giveUp(image, with, directory, e);
            throw e;
        }
        change(with, List.of());
    }

    @CoroutineFn
    private BitmapEntry stored(Bitmaps from, String name) throws IOException {
        BitmapEntry source = from.usable(from.indexOf(name));
        var entry = BitmapEntry.of(name, source.granularityBits(), source.has(BitmapEntry.AUTO));
        Bits bits = from.bits(name);
        try {
            return new BitmapTable(image, entry).store(bits);
        } finally {
            if (!from.isTracked(bits)) bits.drop();
        }
    }

    /** Deletes one, also one that cannot be used. */
    @CoroutineFn
    public void remove(String name) throws IOException {
        begin();
        int index = indexOf(name);
        var without = new ArrayList<>(directory.entries());
        BitmapEntry entry = without.remove(index);
        change(without, List.of(new Gone(entry, 0)));
    }

    /** Deletes all at once: one after the other, the directory would be written again for each of 65535. */
    @CoroutineFn
    void removeAll() throws IOException {
        begin();
        if (directory.entries().isEmpty()) return;
        change(List.of(), directory.entries().stream().map(each -> new Gone(each, 0)).toList());
    }

    /** Has one say that nothing is dirty. */
    @CoroutineFn
    public void clear(String name) throws IOException {
        begin();
        int index = indexOf(name);
        BitmapEntry entry = usable(index);
        var empty = new Bits(image.header().size(), entry.granularityBits(), pagesUsed);
        replace(index, new BitmapTable(image, entry).store(empty), List.of(new Gone(entry, 0)));
    }

    /** Has one note what is written from now on, or no more. */
    @CoroutineFn
    public void setAuto(String name, boolean auto) throws IOException {
        begin();
        int index = indexOf(name);
        replace(index, usable(index).with(auto ? BitmapEntry.AUTO : 0, BitmapEntry.AUTO), List.of());
    }

    /**
     * Adds to one what another has, be it of another granularity.
     *
     * @param from whose bitmap {@code source} is: this, or those of another image
     * @throws IOException if one of them is not there or cannot be used, or the disks have not one size
     */
    @CoroutineFn
    public void merge(String name, Bitmaps from, String source) throws IOException {
        begin();
        int index = indexOf(name);
        BitmapEntry entry = usable(index);
        requireSameSize(name, from, source);
        Bits bits = new BitmapTable(image, entry).load(pagesUsed);
        try {
            Bits other = from.bits(source);
            bits.merge(other);
            if (!from.isTracked(other)) other.drop();
            replace(index, new BitmapTable(image, entry).store(bits), List.of(new Gone(entry, 0)));
        } finally {
            bits.drop();
        }
    }

    private void requireSameSize(String name, Bitmaps from, String source) throws IOException {
        long size = image.header().size();
        long other = from.image.header().size();
        if (size == other) return;
        throw refusal(name, "of a disk of %d bytes, and \"%s\" of one of %d: cannot be merged".formatted(size,
                source, other));
    }

    private boolean isTracked(Bits bits) {
        return tracked.stream().anyMatch(each -> each.bits == bits);
    }

    /** Memory that bits take, in pages of them. */
    int pagesUsed() {
        return pagesUsed.get();
    }

    @CoroutineFn
    private void begin() throws IOException {
        owner.finish();
        owner.claim();
        load();
    }

    private int find(String name) {
        for (int i = 0; i < directory.entries().size(); i++) {
            if (directory.entries().get(i).text().equals(name)) return i;
        }
        return -1;
    }

    private int indexOf(String name) throws IOException {
        int index = find(name);
        if (index < 0) throw refusal(name, "there is none");
        return index;
    }

    private BitmapEntry usable(int index) throws IOException {
        BitmapEntry entry = directory.entries().get(index);
        if (entry.has(BitmapEntry.IN_USE)) {
            throw refusal(entry.text(), "inconsistent, for who wrote last did not store it; it can be "
                    + "removed");
        }
        if (!entry.isKnown()) throw refusal(entry.text(), "of a kind that is not known here");
        return entry;
    }

    private IOException refusal(String name, String why) {
        return BadImageException.of(image.name(), "bitmap \"%s\": %s", name, why);
    }

    @CoroutineFn
    private void replace(int index, BitmapEntry by, List<Gone> gone) throws IOException {
        var changed = new ArrayList<>(directory.entries());
        changed.set(index, by);
        change(changed, gone);
    }

    /** Whether there are any. Suspends. */
    @CoroutineFn
    boolean isEmpty() throws IOException {
        load();
        return directory.entries().isEmpty();
    }

    /** Marks those that note writes, and has their bits in memory, before there is a write. Suspends. */
    @CoroutineFn
    void track() throws IOException {
        load();
        var marked = new ArrayList<>(directory.entries());
        var found = new ArrayList<Tracked>();
        for (int i = 0; i < marked.size(); i++) {
            BitmapEntry entry = marked.get(i);
            if (!entry.has(BitmapEntry.AUTO) || entry.has(BitmapEntry.IN_USE)) continue;
            marked.set(i, entry.with(BitmapEntry.IN_USE, 0));
            if (!entry.isKnown()) continue;
            try {
                found.add(new Tracked(i, new BitmapTable(image, entry).load(pagesUsed)));
            } catch (BadImageException e) {
                continue; // Marked as what it is.
            }
        }
        try {
            protect(marked);
            if (!marked.equals(directory.entries())) mark(marked);
        } catch (IOException e) {
            for (Tracked each : found) each.bits.drop(); // The next write tries again.
            throw e;
        }
        tracked = List.copyOf(found);
    }

    /** Has writes not hit the bits of those that nobody changes, as far as they are soon found. */
    @CoroutineFn
    private void protect(List<BitmapEntry> entries) throws IOException {
        long left = PROTECTED_ENTRIES_MAX;
        for (BitmapEntry each : entries) {
            left -= each.tableEntries() & 0xffff_ffffL;
            if (left < 0) return;
            if (!each.isUsable()) continue;
            try {
                new BitmapTable(image, each).protect();
            } catch (BadImageException e) {
                continue; // It has no bits that could be relied upon.
            }
        }
    }

    List<BitmapEntry> entries() {
        return directory.entries();
    }

    /** Writes the flags where they stand: each in one sector. Suspends. */
    @CoroutineFn
    void mark(List<BitmapEntry> marked) throws IOException {
        long at = directory.place().at();
        for (int i = 0; i < marked.size(); i++) {
            BitmapEntry entry = marked.get(i);
            if (entry != directory.entries().get(i)) {
                MemorySegment flags = Slice.allocate(Integer.BYTES);
                flags.set(Slice.INT, 0, entry.flags());
                long to = at + BitmapEntry.FLAGS_AT;
                image.areas().require(image.name(), to, Integer.BYTES, MetadataAreas.Kind.BITMAP);
                image.file().write(to, flags);
            }
            at += entry.size();
        }
        image.file().flush();
        assume(marked);
    }

    /** Takes these to be the entries that stand in the directory. */
    void assume(List<BitmapEntry> entries) {
        directory = new BitmapDirectory(directory.place(), List.copyOf(entries));
    }

    /** Throws unless all can be had by a disk of that size. Suspends. */
    @CoroutineFn
    void requireResizable(long diskSize) throws IOException {
        for (int i = 0; i < directory.entries().size(); i++) {
            BitmapEntry entry = usable(i);
            String why = whyNotOf(diskSize, entry.granularityBits());
            if (why != null) throw refusal(entry.text(), why + "; it can be removed");
            new BitmapTable(image, entry).requireSane();
        }
    }

    /** Notes a write. Does not suspend. */
    void touch(long offset, long length) {
        for (Tracked each : tracked) each.bits.touch(offset, length);
    }

    /** Stores what is in use. Nobody may write meanwhile. Suspends. */
    @CoroutineFn
    void store() throws IOException {
        if (tracked.isEmpty()) return;
        var stored = new ArrayList<>(directory.entries());
        var gone = new ArrayList<Gone>();
        for (Tracked each : tracked) {
            BitmapEntry entry = stored.get(each.index);
            gone.add(new Gone(entry, 0));
            var clean = entry.with(0, BitmapEntry.IN_USE);
            stored.set(each.index, new BitmapTable(image, clean).store(each.bits));
        }
        change(stored, gone);
        for (Tracked each : tracked) each.bits.drop();
        tracked = List.of();
    }

    /** As {@link #commit}; of an error before the image names them, their tables are no leak. Suspends. */
    @CoroutineFn
    private void change(List<BitmapEntry> wanted, List<Gone> gone) throws IOException {
        BitmapDirectory now;
        try {
            now = NewDirectory.write(image, wanted);
        } catch (IOException e) {
            NewDirectory.giveUp(image, wanted, directory, e);
            throw e;
        }
        switchTo(now, gone);
    }

    /** Has the image name these, on stable storage; then frees what nothing refers to any more. Suspends. */
    @CoroutineFn
    void commit(List<BitmapEntry> wanted, List<Gone> gone) throws IOException {
        switchTo(NewDirectory.write(image, wanted), gone);
    }

    @CoroutineFn
    private void switchTo(BitmapDirectory now, List<Gone> gone) throws IOException {
        var extension = new BitmapsExtension(image);
        try {
            if (now.entries().isEmpty()) extension.remove();
            else extension.set(now.entries().size(), now.place());
        } catch (IOException e) {
            image.damage().stop(e); // Nobody knows which of the two the header names.
            throw e;
        }
        Area left = directory.place();
        set(now);
        if (left.length() > 0) image.allocator().release(List.of(left));
        for (Gone each : gone) new BitmapTable(image, each.entry).release(each.first);
        image.writeBack().flush();
    }
}
