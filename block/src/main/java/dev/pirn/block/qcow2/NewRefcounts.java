package dev.pirn.block.qcow2;

import dev.pirn.block.StorageFile;
import dev.pirn.CoroutineFn;
import dev.pirn.lock.CoMutex;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The refcounts of an image as they shall be, beside those that are in force: all of its blocks are copied to
 * free clusters, and changed there. Nothing refers to any of it before the header does.
 *
 * <pre>
 *   in force:   table ──▶ blocks        free: counted 0 there, and so nobody's as long as nobody allocates
 *                           │ copyOf            │ take
 *   new:        table ──▶ blocks ◀── add ───────┘          finish: all that is new is counted, too
 * </pre>
 *
 * <p>For one coroutine that has the image alone. Takes memory for a cache of blocks, and 8 bytes for each.
 */
final class NewRefcounts {
    private static final long CACHE_BYTES = 4 << 20;

    private final Image image;
    private final StorageFile file;
    private final Refcounts old;
    private final int clusterBits;
    private final int order;
    private final long fileSize;
    private final CoMutex lock;
    private final TableCache cache;
    /** Where the new blocks stand; 0 for none. */
    private long[] blocks;
    /** Blocks that were made on the way. */
    private final List<Area> uncounted = new ArrayList<>();
    private final Freed freed;
    /** No free cluster before it. */
    private long next;

    private NewRefcounts(Image image) throws IOException {
        this.image = image;
        this.file = image.file();
        this.old = image.refcounts();
        this.clusterBits = image.geometry().clusterBits();
        this.order = image.header().refcountOrder();
        this.fileSize = file.size();
        this.lock = new CoMutex("new refcounts of " + file.name());
        this.cache = TableCache.ofKeptLock(file, lock, Math.min(1 << clusterBits, Caches.SLICE_SIZE),
                CACHE_BYTES);
        this.freed = new Freed(1 << clusterBits);
        this.next = image.allocator().firstFree();
    }

    /** Begins with what is in force, but for where the blocks stand. Suspends. */
    @CoroutineFn
    static NewRefcounts copyOf(Image image) throws IOException {
        var made = new NewRefcounts(image);
        long[] before = made.blocksInForce();
        made.requireDistinct(before);
        made.blocks = new long[before.length];
        for (int i = 0; i < before.length; i++) {
            if (before[i] != 0) made.blocks[i] = made.copy(before[i]).at();
        }
        for (long each : made.blocks.clone()) {
            if (each != 0) made.add(each, 1, 1);
        }
        for (long each : before) {
            if (each != 0) made.add(each, 1, -1);
        }
        return made;
    }

    @CoroutineFn
    private long[] blocksInForce() throws IOException {
        old.lock.lock();
        try {
            long[] found = new long[old.regions()];
            for (int i = 0; i < found.length; i++) found[i] = old.blockHeld(old.firstOf(i));
            return found;
        } finally {
            old.lock.unlock();
        }
    }

    private void requireDistinct(long[] all) throws BadImageException {
        long[] sorted = all.clone();
        Arrays.sort(sorted);
        for (int i = 0; i < sorted.length; i++) {
            if (sorted[i] == 0) continue;
            if (i > 0 && sorted[i] == sorted[i - 1]) {
                throw BadImageException.ofDamage(file.name(), "the refcount block at %d is named twice by "
                        + "the refcount table", sorted[i]);
            }
            requireInFile("a refcount block", sorted[i], 1L << clusterBits);
        }
    }

    @CoroutineFn
    private Area copy(long block) throws IOException {
        Area place = take(1);
        MemorySegment bytes = Slice.allocate(1 << clusterBits);
        old.lock.lock();
        try {
            old.readBlockHeld(block, bytes);
        } finally {
            old.lock.unlock();
        }
        file.write(place.at(), bytes);
        return place;
    }

    /** Throws if there can be nothing; the last cluster of a file may be cut short. */
    void requireInFile(String what, long at, long length) throws BadImageException {
        if (at > 0 && at < HeaderCheck.OFFSET_MAX && at + length - fileSize < 1L << clusterBits) return;
        throw BadImageException.ofDamage(file.name(), "%s at [%d, +%d), but the file ends at %d", what, at,
                length, fileSize);
    }

    /** Finds free clusters side by side, and never again the same; counts nothing. Suspends. */
    @CoroutineFn
    Area take(long count) throws IOException {
        old.lock.lock();
        try {
            long first = next;
            for (long end = first; end - first < count; ) {
                old.room.require(first, count);
                end++;
                if (old.getHeld(end - 1) != 0) first = end;
            }
            next = first + count;
            var taken = new Area(first << clusterBits, count << clusterBits);
            image.areas().require(file.name(), taken.at(), taken.length(), null);
            return taken;
        } finally {
            old.lock.unlock();
        }
    }

    /**
     * Counts {@code change} more references to each cluster that has a byte of the range. Suspends.
     *
     * @throws IOException if refcounts cannot count so far
     */
    @CoroutineFn
    void add(long at, long length, int change) throws IOException {
        if (length == 0) return;
        long last = at + length - 1 >>> clusterBits;
        for (long each = at >>> clusterBits; each <= last; each++) {
            ensureBlock(each);
            lock.lock();
            try {
                addHeld(each, change);
                if (cache.isFullOfDirt()) spillHeld();
            } finally {
                lock.unlock();
            }
        }
    }

    private int blockShift() {
        return clusterBits + 3 - order;
    }

    @CoroutineFn
    private void ensureBlock(long cluster) throws IOException {
        int region = (int) (cluster >>> blockShift());
        if (region < blocks.length && blocks[region] != 0) return;
        if (region >= blocks.length) {
            blocks = Arrays.copyOf(blocks, Math.max(region + 1, blocks.length * 3 / 2));
        }
        Area place = take(1);
        file.writeZeroes(place.at(), place.length(), false);
        blocks[region] = place.at();
        uncounted.add(place);
    }

    @CoroutineFn
    private Slice sliceHeld(long cluster) throws IOException {
        long bit = (cluster & (1L << blockShift()) - 1) << order;
        return cache.get(blocks[(int) (cluster >>> blockShift())] + (bit >>> 3 & -cache.sliceSize()));
    }

    private long indexInSlice(long cluster) {
        return cluster & ((long) cache.sliceSize() << 3 >>> order) - 1;
    }

    @CoroutineFn
    private void addHeld(long cluster, int change) throws IOException {
        Slice slice = sliceHeld(cluster);
        long count = RefcountEntry.get(slice.bytes(), indexInSlice(cluster), order) + change;
        long max = RefcountEntry.max(order);
        if (count < 0) {
            throw BadImageException.ofDamage(file.name(), "the cluster at %d is referred to more often than "
                    + "it is counted", cluster << clusterBits);
        }
        if (count > max) {
            throw new IOException(("%s: refcounts of %d bits count to %d, and the cluster at %d would be "
                    + "referred to once more; nothing was changed").formatted(file.name(), 1 << order, max,
                    cluster << clusterBits));
        }
        cache.touch(slice);
        RefcountEntry.set(slice.bytes(), indexInSlice(cluster), order, count);
        if (count == 0) freed.add(cluster << clusterBits);
    }

    /** How often the cluster at {@code at} is referred to. Suspends. */
    @CoroutineFn
    long get(long at) throws IOException {
        long cluster = at >>> clusterBits;
        int region = (int) (cluster >>> blockShift());
        if (region >= blocks.length || blocks[region] == 0) return 0;
        lock.lock();
        try {
            return RefcountEntry.get(sliceHeld(cluster).bytes(), indexInSlice(cluster), order);
        } finally {
            lock.unlock();
        }
    }

    @CoroutineFn
    private void spillHeld() throws IOException {
        TableCache.Frozen frozen = cache.freeze();
        for (Slice.Frozen each : frozen.slices()) file.write(each.at(), each.bytes());
        cache.written(frozen);
    }

    /**
     * Writes all of it to the file, and a table for it. Suspends.
     *
     * @return the table; on stable storage after the next flush
     */
    @CoroutineFn
    Area finish() throws IOException {
        add(image.header().refcountTableOffset(), (long) old.regions() * Long.BYTES, -1);
        Area table = new Area(0, 0);
        do {
            while (!uncounted.isEmpty()) add(uncounted.removeLast().at(), 1, 1);
            long size = tableSize();
            if (size > table.length()) {
                add(table.at(), table.length(), -1);
                table = take(size >>> clusterBits);
                add(table.at(), table.length(), 1);
            }
        } while (!uncounted.isEmpty() || tableSize() > table.length());
        lock.lock();
        try {
            spillHeld();
        } finally {
            lock.unlock();
        }
        MemorySegment bytes = Slice.allocate((int) table.length());
        for (int i = 0; i < blocks.length; i++) {
            if (blocks[i] != 0) bytes.set(Slice.WORD, (long) i * Long.BYTES, blocks[i]);
        }
        file.write(table.at(), bytes);
        return table;
    }

    private long tableSize() throws IOException {
        int used = blocks.length;
        while (used > old.regions() && blocks[used - 1] == 0) used--;
        long size = image.geometry().clusterEnd((long) used * Long.BYTES);
        if (size <= HeaderCheck.REFCOUNT_TABLE_SIZE_MAX) return size;
        throw new IOException("%s: full: it would need a refcount table of %d bytes, more than 8 MiB"
                .formatted(file.name(), size));
    }

    Freed freed() {
        return freed;
    }
}
