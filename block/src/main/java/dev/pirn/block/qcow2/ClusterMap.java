package dev.pirn.block.qcow2;

import dev.pirn.block.StorageFile;
import dev.pirn.CoroutineFn;
import dev.pirn.lock.CoMutex;
import java.io.IOException;
import java.lang.foreign.MemorySegment;

/**
 * Where each guest cluster stands ("Cluster mapping").
 *
 * <pre>
 *   guest offset ──▶ L1 entry ──▶ L2 slice ──▶ L2 entry, subcluster ──▶ Run: as many bytes as go on alike
 *                    PointerTable  TableCache
 * </pre>
 *
 * <p>What it says of a range is true as long as the caller has that range {@linkplain InFlight in flight}.
 * Methods named {@code …Held} are called with {@link #lock} held.
 */
final class ClusterMap {
    final CoMutex lock;
    final PointerTable l1;
    final TableCache l2;
    private final StorageFile file;
    private final CoMutex newTables;
    private final Geometry geometry;
    private final MetadataAreas areas;
    private final boolean dataFile;
    private final String name;

    /** No place. */
    static final long NOWHERE = -1;

    /**
     * Guest bytes that are stored alike, side by side.
     *
     * @param at where the first of them stands, if they are data, or zeroes that were looked for with their
     *     places, else {@link #NOWHERE}; for a compressed cluster its descriptor
     * @param length at least 1
     * @param writable data that may be written in place
     */
    record Run(L2Entry.Kind kind, long at, long length, boolean writable) { }

    ClusterMap(StorageFile file, Header header, MetadataAreas areas, long cacheBytesMax) {
        this.file = file;
        this.name = file.name();
        this.geometry = Geometry.of(header);
        this.areas = areas;
        this.dataFile = header.hasDataFile();
        this.lock = new CoMutex("L2 tables of " + name);
        this.l1 = new PointerTable(file, header.l1Offset(), header.l1Entries());
        this.newTables = new CoMutex("new L2 tables of " + name);
        int sliceSize = Math.min(geometry.clusterSize(), Caches.SLICE_SIZE);
        this.l2 = new TableCache(file, lock, sliceSize, cacheBytesMax);
    }

    /** What begins at {@code offset} and goes on alike, at most {@code length} bytes of it. Suspends. */
    @CoroutineFn
    Run find(long offset, long length) throws IOException {
        return find(offset, length, false);
    }

    /** The same, of zeroes too with where they stand: they are not alike if they are not side by side. */
    @CoroutineFn
    Run findPlaced(long offset, long length) throws IOException {
        return find(offset, length, true);
    }

    @CoroutineFn
    private Run find(long offset, long length, boolean placed) throws IOException {
        lock.lock();
        try {
            Slice slice = sliceHeld(offset);
            if (slice != null) return runHeld(slice, offset, length, placed);
            return new Run(L2Entry.Kind.UNALLOCATED, NOWHERE, emptyHeld(offset, length), false);
        } finally {
            lock.unlock();
        }
    }

    /**
     * As many bytes as have no L2 table, from {@code offset} on, which has none. With small clusters a table
     * maps 32 KiB: table by table a sparse disk of 100 GiB took three million turns.
     */
    @CoroutineFn
    private long emptyHeld(long offset, long length) throws IOException {
        int end = (int) Math.min((offset + length - 1 >>> geometry.l1Shift()) + 1, l1.entries());
        int next = (int) (offset >>> geometry.l1Shift()) + 1;
        while (next < end) {
            if (!l1.isLoaded(next)) {
                long[] loaded = l1.loadAhead(next);
                if (loaded != null) areas.addTables(MetadataAreas.Kind.L2_TABLE, loaded);
            }
            next = l1.skipEmpty(next, end);
            if (next < end && l1.isLoaded(next)) break;
        }
        return Math.min(((long) next << geometry.l1Shift()) - offset, length);
    }

    /** The slice of the L2 table for {@code offset}; null if there is no table. Suspends. */
    @CoroutineFn
    Slice sliceHeld(long offset) throws IOException {
        int index = (int) (offset >>> geometry.l1Shift());
        while (true) {
            long entry = l1EntryHeld(index);
            long table = entry & L2Entry.HOST_MASK;
            if (table == 0) return null;
            requireAligned("L2 table", table, offset);
            Slice found = l2.get(table + sliceOffset(offset));
            if (l1.get(index) == entry) return found; // Else it was copied elsewhere meanwhile.
        }
    }

    @CoroutineFn
    long l1EntryHeld(int index) throws IOException {
        if (!l1.isLoaded(index)) {
            long[] loaded = l1.load(index);
            if (loaded != null) areas.addTables(MetadataAreas.Kind.L2_TABLE, loaded);
        }
        return l1.get(index);
    }

    /** Whether there is an L2 table for {@code offset} that may be changed. */
    @CoroutineFn
    private boolean hasOwnTableHeld(long offset) throws IOException {
        long entry = l1EntryHeld((int) (offset >>> geometry.l1Shift()));
        return (entry & L2Entry.HOST_MASK) != 0 && (entry & L2Entry.COPIED) != 0;
    }

    /**
     * Has an L2 table for {@code offset} that may be changed: the one that is there, or a copy of one that is
     * shared, or a new one. What is new is in the file at once, for the L1 entry is written only after the
     * next flush. Suspends.
     */
    @CoroutineFn
    void ensureTable(long offset, Allocator allocator) throws IOException {
        lock.lock();
        try {
            if (hasOwnTableHeld(offset)) return;
        } finally {
            lock.unlock();
        }
        newTables.lock();
        try {
            lock.lock();
            int index = (int) (offset >>> geometry.l1Shift());
            long before;
            try {
                if (hasOwnTableHeld(offset)) return;
                before = l1.get(index) & L2Entry.HOST_MASK;
            } finally {
                lock.unlock();
            }
            makeTable(index, before, allocator);
        } finally {
            newTables.unlock();
        }
    }

    @CoroutineFn
    private void makeTable(int index, long before, Allocator allocator) throws IOException {
        Allocator.Clusters made = allocator.allocate(1);
        long size = geometry.clusterSize();
        try {
            if (before == 0) {
                file.writeZeroes(made.at(), size, false);
            } else { // Shared, and so never changed here: what the file has is all.
                requireAligned("L2 table", before, (long) index << geometry.l1Shift());
                MemorySegment copy = Slice.allocate((int) size);
                file.read(before, copy);
                file.write(made.at(), copy);
            }
            lock.lock();
        } catch (Throwable e) {
            allocator.giveBack(made);
            throw e;
        }
        try {
            l2.forget(made.at(), size);
            l2.noteDirect(new Area(made.at(), size));
            areas.add(MetadataAreas.Kind.L2_TABLE, made.at(), size);
            l1.set(index, made.at() | L2Entry.COPIED);
        } finally {
            lock.unlock();
        }
        if (before != 0) allocator.defer(before, size);
    }

    private int entrySize() {
        return geometry.entryWords() * Long.BYTES;
    }

    private long sliceOffset(long offset) {
        return (long) geometry.l2Index(offset) * entrySize() & -l2.sliceSize();
    }

    /** The number of the entry in its slice. */
    private int indexInSlice(long offset) {
        return geometry.l2Index(offset) & entriesPerSlice() - 1;
    }

    private int entriesPerSlice() {
        return l2.sliceSize() / entrySize();
    }

    /** Where the guest bytes end that a slice maps. */
    long sliceEnd(long offset) {
        long mapped = (long) entriesPerSlice() << geometry.clusterBits();
        return (offset & -mapped) + mapped;
    }

    /** The entry for {@code offset}, which the slice maps. */
    L2Entry entry(Slice slice, long offset) {
        int index = indexInSlice(offset);
        if (!geometry.extended()) return L2Entry.ofPlain(slice.word(index), dataFile);
        return L2Entry.ofExtended(slice.word(2 * index), slice.word(2 * index + 1), dataFile);
    }

    /** Changes the entry for {@code offset}; it is written later. */
    void setEntryHeld(Slice slice, long offset, L2Entry entry) {
        int index = indexInSlice(offset);
        if (geometry.extended()) {
            l2.set(slice, 2 * index, entry.word());
            l2.set(slice, 2 * index + 1, entry.bitmap());
        } else {
            l2.set(slice, index, entry.plainWord());
        }
    }

    private Run runHeld(Slice slice, long offset, long length, boolean placed) throws IOException {
        L2Entry entry = entry(slice, offset);
        L2Entry.Kind kind = entry.kind(subcluster(offset));
        if (kind == L2Entry.Kind.COMPRESSED) {
            long left = geometry.clusterSize() - geometry.inCluster(offset);
            return new Run(kind, entry.word(), Math.min(left, length), false);
        }
        long at = placeOf(entry, kind, offset, placed);
        boolean writable = kind == L2Entry.Kind.DATA && entry.isCopied();
        long end = Math.min(offset + length, sliceEnd(offset));
        long to = nextSubcluster(offset);
        while (to < end) {
            L2Entry next = geometry.inCluster(to) == 0 ? entry(slice, to) : entry;
            if (next.kind(subcluster(to)) != kind) break;
            if (kind == L2Entry.Kind.DATA && next.isCopied() != writable) break;
            boolean goesOn = hasPlace(next, kind, placed)
                    ? next.host() + geometry.inCluster(to) == at + (to - offset) : at == NOWHERE;
            if (!goesOn) break;
            entry = next;
            to = nextSubcluster(to);
        }
        if (kind == L2Entry.Kind.INVALID) {
            throw BadImageException.ofDamage(name, "the subcluster for guest offset %d is both zero and "
                    + "allocated: entry 0x%016x, bitmap 0x%016x", offset, entry.word(), entry.bitmap());
        }
        return new Run(kind, at, Math.min(to, end) - offset, writable);
    }

    private long placeOf(L2Entry entry, L2Entry.Kind kind, long offset, boolean placed) throws IOException {
        boolean hasPlace = hasPlace(entry, kind, placed);
        return hasPlace ? host(entry, offset) + geometry.inCluster(offset) : NOWHERE;
    }

    private static boolean hasPlace(L2Entry entry, L2Entry.Kind kind, boolean placed) {
        return kind == L2Entry.Kind.DATA || placed && kind == L2Entry.Kind.ZERO && entry.hasHost();
    }

    private int subcluster(long offset) {
        return geometry.extended() ? geometry.inCluster(offset) / geometry.subclusterSize() : 0;
    }

    private long nextSubcluster(long offset) {
        return (offset & -geometry.subclusterSize()) + geometry.subclusterSize();
    }

    /** The host cluster of an entry that has one, which must be where one can be. */
    long host(L2Entry entry, long offset) throws BadImageException {
        requireAligned("cluster", entry.host(), offset);
        return entry.host();
    }

    private void requireAligned(String what, long host, long offset) throws BadImageException {
        if (geometry.inCluster(host) == 0) return;
        throw BadImageException.ofDamage(name, "the %s for guest offset %d stands at %d, not a multiple "
                + "of the cluster's %d bytes", what, offset, host, geometry.clusterSize());
    }

    /** Forgets all of it: other tables are in force, and in the file. Suspends. */
    @CoroutineFn
    void replace(Header by) {
        lock.lockUninterruptibly();
        try {
            l1.replace(by.l1Offset(), by.l1Entries());
            l2.clear();
        } finally {
            lock.unlock();
        }
    }
}
