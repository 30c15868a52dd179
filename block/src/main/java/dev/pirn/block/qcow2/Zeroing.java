package dev.pirn.block.qcow2;

import dev.pirn.CoroutineFn;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * Zeroes and discards, by the tables alone where whole clusters or subclusters are meant.
 *
 * <pre>
 *   offset        up                      down        end
 *     ├─ written ──┼── entries changed ─────┼─ written ─┤     discard: the outer parts stay
 * </pre>
 */
final class Zeroing {
    private static final int CHUNK_SIZE = 64 << 10;
    private static final MemorySegment ZEROES = Arena.global().allocate(CHUNK_SIZE, 64).asReadOnly();

    private final Image image;
    private final ImageWriter writer;
    private final Geometry geometry;
    private final ClusterMap map;

    /** What becomes of an entry. */
    private interface Change {
        /**
         * Tells it.
         *
         * @param mask the subclusters that are meant
         */
        L2Entry of(L2Entry entry, long mask, long offset);
    }

    Zeroing(Image image, ImageWriter writer) {
        this.image = image;
        this.writer = writer;
        this.geometry = image.geometry();
        this.map = image.map();
    }

    /** Makes the range read as zeroes; gives host clusters back only if {@code unmap}. Suspends. */
    @CoroutineFn
    void zero(long offset, long length, boolean unmap) throws IOException {
        if (!canZeroByTable()) {
            writeZeroes(offset, offset + length);
            return;
        }
        long unit = geometry.subclusterSize();
        long end = offset + length;
        long up = roundUp(offset, unit);
        long down = end == image.header().size() ? roundUp(end, unit) : end & -unit;
        if (up >= down) {
            writeZeroes(offset, end);
            return;
        }
        writeZeroes(offset, Math.min(up, end));
        change(up, down, unmap, (entry, mask, at) -> zeroed(entry, mask, unmap));
        writeZeroes(Math.min(down, end), end);
    }

    /** Version 2 has no entry for zeroes; and a data file that is a raw disk must have them itself. */
    private boolean canZeroByTable() {
        return image.header().version() >= 3 && !image.header().isDataFileRaw();
    }

    boolean isFast() {
        return canZeroByTable();
    }

    private static long roundUp(long offset, long unit) {
        return (offset + unit - 1) & -unit;
    }

    /** Writes zeroes as data, but where there are some already. */
    @CoroutineFn
    private void writeZeroes(long from, long to) throws IOException {
        boolean raw = image.header().isDataFileRaw();
        for (long at = from; at < to; ) {
            long count = Math.min(CHUNK_SIZE - (at & CHUNK_SIZE - 1), to - at);
            if (raw || !readsAsZeroes(at, at + count)) writer.write(at, ZEROES.asSlice(0, count));
            at += count;
        }
    }

    @CoroutineFn
    private boolean readsAsZeroes(long from, long to) throws IOException {
        InFlight.Range range = image.inFlight().share(from, to);
        try {
            return image.readsAsZeroes(from, to);
        } finally {
            image.inFlight().leave(range);
        }
    }

    /** Gives back what whole clusters of the range have, which then read as zeroes. Suspends. */
    @CoroutineFn
    void discard(long offset, long length) throws IOException {
        if (image.header().isDataFileRaw()) return; // It must stay the disk that the guest sees.
        long end = offset + length;
        long up = geometry.clusterEnd(offset);
        long down = end == image.header().size() ? geometry.clusterEnd(end) : geometry.clusterStart(end);
        if (up < down) change(up, down, true, this::discarded);
    }

    /** Gives up whole clusters behind the end of a disk that becomes shorter. Suspends. */
    @CoroutineFn
    void forget(long from, long to) throws IOException {
        if (from < to) change(from, to, true, (entry, mask, at) -> L2Entry.UNALLOCATED);
    }

    /** As if {@code entry} had only these subclusters zeroed. */
    private L2Entry zeroed(L2Entry entry, long mask, boolean unmap) {
        boolean whole = mask == L2Entry.mask(0, geometry.subclusters());
        boolean own = entry.hasHost() && entry.isCopied();
        if (whole && (unmap || !own)) return L2Entry.ofZero(geometry.subclusters());
        return entry.withZeroes(mask);
    }

    private L2Entry discarded(L2Entry entry, long mask, long offset) {
        if (entry.isUnallocated()) return entry;
        if (image.header().version() >= 3) return L2Entry.ofZero(geometry.subclusters());
        return image.isBehindBacking(offset) ? L2Entry.UNALLOCATED : entry;
    }

    @CoroutineFn
    private void change(long from, long to, boolean unmap, Change how) throws IOException {
        for (long at = from; at < to; ) {
            long end = Math.min(map.sliceEnd(at), to);
            InFlight.Range range = image.inFlight().own(geometry.clusterStart(at), geometry.clusterEnd(end));
            long done;
            try {
                done = changeAlone(at, end, to, unmap, how);
            } finally {
                image.inFlight().leave(range);
            }
            if (done == at) { // A compressed cluster, a part of it.
                done = Math.min(end, geometry.clusterEnd(at + 1));
                writer.write(at, MemorySegment.ofArray(new byte[(int) (done - at)]));
            }
            at = done;
            image.writeBack().relieve();
        }
    }

    /** Returns up to where it is done; {@code from} if the first must be written as data. */
    @CoroutineFn
    private long changeAlone(long from, long end, long to, boolean unmap, Change how) throws IOException {
        ClusterMap.Run run = map.find(from, to - from);
        // Also where no L2 table is: it stays so.
        boolean nothing = run.kind() == L2Entry.Kind.UNALLOCATED && image.isBehindBacking(from);
        if (nothing && geometry.inCluster(run.length()) == 0 && geometry.inCluster(from) == 0) {
            return from + run.length();
        }
        map.ensureTable(from, image.allocator());
        return changeEntries(from, end, unmap, how);
    }

    @CoroutineFn
    private long changeEntries(long from, long end, boolean unmap, Change how) throws IOException {
        List<L2Entry> gone = new ArrayList<>();
        List<Area> unused = new ArrayList<>();
        long at = from;
        map.lock.lock();
        try {
            Slice slice = map.sliceHeld(from);
            for (; at < end; ) {
                long next = Math.min(geometry.clusterEnd(at + 1), end);
                long mask = mask(at, next);
                L2Entry before = map.entry(slice, at);
                if (before.isCompressed() && mask != L2Entry.mask(0, geometry.subclusters())) break;
                L2Entry after = how.of(before, mask, at);
                if (!after.equals(before)) map.setEntryHeld(slice, at, after);
                if (!after.hasHost() && (before.hasHost() || before.isCompressed())) {
                    gone.add(before);
                    if (unmap && image.hasDataFile()) unused.add(new Area(before.host(), next - at));
                }
                at = next;
            }
        } finally {
            map.lock.unlock();
        }
        for (L2Entry each : gone) image.giveUp(each);
        for (Area each : unused) image.data().discard(each.at(), each.length());
        return at;
    }

    private long mask(long from, long to) {
        int size = geometry.subclusterSize();
        int first = geometry.inCluster(from) / size;
        return L2Entry.mask(first, first + (int) ((to - from) / size));
    }
}
