package dev.pirn.block.qcow2;

import dev.pirn.block.Preallocation;
import dev.pirn.block.StorageFile;
import dev.pirn.CoroutineFn;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** Gives each cluster of a new image its place, or of what was added to one. */
final class Preallocator {
    private static final int CHUNK_SIZE = 1 << 20;

    private final Image image;
    private final Geometry geometry;
    private final ClusterMap map;

    Preallocator(Image image) {
        this.image = image;
        this.geometry = image.geometry();
        this.map = image.map();
    }

    /**
     * Does so from {@code from} on, a multiple of the cluster's size; nothing there has a place. The cluster
     * that a longer disk's old end was in may have one, and is not meant.
     */
    @CoroutineFn
    void run(long from, Preallocation what) throws IOException {
        StorageFile data = image.data();
        long size = image.header().size();
        // What a shorter disk has left there must not come back; a new disk's file is its maker's.
        if (image.hasDataFile() && from > 0 && data.size() > from) data.resize(from);
        if (what != Preallocation.OFF) {
            for (long at = from; at < size; ) {
                at = place(at, Math.min(map.sliceEnd(at), geometry.clusterEnd(size)), what);
                image.writeBack().relieve();
            }
        }
        if (image.hasDataFile()) {
            data.resize(size);
            if (what == Preallocation.FALLOC && size > from) data.reserve(from, size - from);
            if (what == Preallocation.FULL) fill(from, size - from);
        }
        image.writeBack().flush();
    }

    /** Returns up to where. */
    @CoroutineFn
    private long place(long from, long to, Preallocation what) throws IOException {
        map.ensureTable(from, image.allocator());
        long count = to - from >>> geometry.clusterBits();
        if (image.hasDataFile()) {
            link(from, from, count);
            return to;
        }
        Allocator.Clusters taken = image.allocator().allocate(count);
        long length = taken.count() << geometry.clusterBits();
        try {
            if (what == Preallocation.FULL) fill(taken.at(), length);
            else makeZeroes(taken.at(), length, what);
            if (what == Preallocation.FALLOC) image.file().reserve(taken.at(), length);
            link(from, taken.at(), taken.count());
        } catch (Throwable e) {
            image.allocator().giveBack(taken);
            throw e;
        }
        return from + length;
    }

    /** What was free may have what was deleted there; the rest is zeroes if the file does not end before. */
    @CoroutineFn
    private void makeZeroes(long at, long length, Preallocation what) throws IOException {
        long old = Math.clamp(image.file().size() - at, 0, length);
        if (old > 0) image.file().writeZeroes(at, old, what == Preallocation.METADATA);
        if (old < length) image.file().writeZeroes(at + length - 1, 1, false);
    }

    @CoroutineFn
    private void link(long from, long at, long count) throws IOException {
        // What lies upon another image keeps that visible: a place, but no subcluster of it.
        boolean covers = image.header().backingOffset() == 0;
        long bits = covers ? L2Entry.mask(0, geometry.subclusters()) : 0;
        map.lock.lock();
        try {
            Slice slice = map.sliceHeld(from);
            for (long i = 0; i < count; i++) {
                long distance = i << geometry.clusterBits();
                map.setEntryHeld(slice, from + distance, L2Entry.of(at + distance, bits));
            }
        } finally {
            map.lock.unlock();
        }
    }

    @CoroutineFn
    private void fill(long at, long length) throws IOException {
        MemorySegment zeroes = Arena.ofAuto().allocate(Math.min(CHUNK_SIZE, length));
        for (long done = 0; done < length; done += zeroes.byteSize()) {
            long count = Math.min(zeroes.byteSize(), length - done);
            image.data().write(at + done, zeroes.asSlice(0, count));
        }
    }
}
