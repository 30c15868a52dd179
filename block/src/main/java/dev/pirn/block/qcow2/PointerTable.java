package dev.pirn.block.qcow2;

import dev.pirn.block.StorageFile;
import dev.pirn.CoroutineFn;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;

/**
 * The first level of a table with two: the L1 table, or the refcount table. Its pages are read when they are
 * first asked for, and then stay: a header that claims 32 MiB of it costs nothing.
 *
 * <p>Guarded by who uses it; {@link #load} suspends.
 */
final class PointerTable {
    private static final int PAGE_ENTRIES = 512;
    /** What is read at a time by who looks for the next entry of a long table: 256 KiB. */
    private static final int PAGES_AHEAD = 64;
    /** All pages without an entry are this one, which never changes: what a sparse disk's table takes. */
    private static final long[] EMPTY = new long[PAGE_ENTRIES];

    private final StorageFile file;
    private long offset;
    private int entries;
    /** By page; null until loaded. */
    private long[][] pages;
    private BitSet dirty = new BitSet();

    /** A piece of it as it shall stand in the file. */
    record Piece(long at, MemorySegment bytes, int page) { }

    PointerTable(StorageFile file, long offset, int entries) {
        this.file = file;
        this.offset = offset;
        this.entries = entries;
        this.pages = new long[pageOf(entries + PAGE_ENTRIES - 1)][];
    }

    private static int pageOf(int index) {
        return index / PAGE_ENTRIES;
    }

    int entries() {
        return entries;
    }

    long offset() {
        return offset;
    }

    boolean isLoaded(int index) {
        return pages[pageOf(index)] != null;
    }

    /**
     * Has the page of {@code index} in memory.
     *
     * @return the page's entries if it was not there before; else null
     */
    @CoroutineFn
    long[] load(int index) throws IOException {
        return pages[pageOf(index)] == null ? loadPages(pageOf(index), 1) : null;
    }

    /** The same, with some pages behind it. */
    @CoroutineFn
    long[] loadAhead(int index) throws IOException {
        int page = pageOf(index);
        int count = 0;
        while (count < PAGES_AHEAD && page + count < pages.length && pages[page + count] == null) count++;
        return count == 0 ? null : loadPages(page, count);
    }

    /** Returns the entries of those that were not there before; null for none. */
    @CoroutineFn
    private long[] loadPages(int page, int pageCount) throws IOException {
        int first = page * PAGE_ENTRIES;
        int count = Math.min(pageCount * PAGE_ENTRIES, entries - first);
        MemorySegment bytes = Slice.allocate(count * Long.BYTES);
        file.read(offset + (long) first * Long.BYTES, bytes);
        long[] loaded = new long[pageCount * PAGE_ENTRIES];
        for (int i = 0; i < count; i++) loaded[i] = bytes.get(Slice.WORD, (long) i * Long.BYTES);
        boolean any = false;
        for (int i = 0; i < pageCount; i++) {
            int from = i * PAGE_ENTRIES;
            if (pages[page + i] != null) { // Somebody else was faster, and may have changed it since.
                Arrays.fill(loaded, from, from + PAGE_ENTRIES, 0);
                continue;
            }
            any = true;
            boolean empty = Arrays.equals(loaded, from, from + PAGE_ENTRIES, EMPTY, 0, PAGE_ENTRIES);
            pages[page + i] = empty ? EMPTY : Arrays.copyOfRange(loaded, from, from + PAGE_ENTRIES);
        }
        return any ? loaded : null;
    }

    /** The first entry from {@code index} on that is not 0, or not loaded; at most {@code end}. */
    int skipEmpty(int index, int end) {
        int at = index;
        while (at < end) {
            long[] page = pages[pageOf(at)];
            if (page == null) return at;
            int pageEnd = Math.min(end, at - at % PAGE_ENTRIES + PAGE_ENTRIES);
            if (page != EMPTY) {
                for (; at < pageEnd; at++) {
                    if (page[at % PAGE_ENTRIES] != 0) return at;
                }
            }
            at = pageEnd;
        }
        return end;
    }

    /** An entry of a page that is loaded. */
    long get(int index) {
        return pages[pageOf(index)][index % PAGE_ENTRIES];
    }

    /** Changes an entry of a page that is loaded; it is written later. */
    void set(int index, long value) {
        if (pages[pageOf(index)] == EMPTY) pages[pageOf(index)] = new long[PAGE_ENTRIES];
        pages[pageOf(index)][index % PAGE_ENTRIES] = value;
        dirty.set(pageOf(index));
    }

    boolean isDirty() {
        return !dirty.isEmpty();
    }

    /** Takes the pages that are to be written; they count as written from now on. */
    List<Piece> freeze() {
        var pieces = new ArrayList<Piece>();
        for (int page = dirty.nextSetBit(0); page >= 0; page = dirty.nextSetBit(page + 1)) {
            int first = page * PAGE_ENTRIES;
            int count = Math.min(PAGE_ENTRIES, entries - first);
            MemorySegment bytes = Slice.allocate(count * Long.BYTES);
            for (int i = 0; i < count; i++) bytes.set(Slice.WORD, (long) i * Long.BYTES, pages[page][i]);
            pieces.add(new Piece(offset + (long) first * Long.BYTES, bytes, page));
        }
        dirty = new BitSet();
        return pieces;
    }

    /** Says that some of these may not have been written. */
    void unwritten(List<Piece> pieces) {
        for (Piece each : pieces) dirty.set(each.page());
    }

    /** Moves it to another place, with more entries. All pages must be loaded; all are written later. */
    void move(long newOffset, int newEntries) {
        offset = newOffset;
        entries = newEntries;
        int count = pageOf(newEntries + PAGE_ENTRIES - 1);
        pages = Arrays.copyOf(pages, count);
        for (int page = 0; page < count; page++) {
            if (pages[page] == null) pages[page] = new long[PAGE_ENTRIES];
        }
        dirty.set(0, count);
    }

    /** Forgets all of it: it stands elsewhere in the file now, and is another. */
    void replace(long newOffset, int newEntries) {
        offset = newOffset;
        entries = newEntries;
        pages = new long[pageOf(newEntries + PAGE_ENTRIES - 1)][];
        dirty = new BitSet();
    }
}
