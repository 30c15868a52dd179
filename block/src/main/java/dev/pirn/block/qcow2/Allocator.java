package dev.pirn.block.qcow2;

import dev.pirn.block.StorageFile;
import dev.pirn.CoroutineFn;
import dev.pirn.lock.CoMutex;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * Finds free clusters, and frees others.
 *
 * <pre>
 *   free ──allocate──▶ counted, referred to by nobody ──(a table is changed)──▶ in use
 *     ▲                  │ giveBack: at once                                      │ later
 *     └──────────────────┴──────────── free ◀──(the table is safe)── deferred ◀───┘
 * </pre>
 *
 * <p>A cluster that a table gave up is not free before that table is on stable storage without it: else a
 * crash could leave the table referring to what is somebody else's by then.
 */
final class Allocator {
    /** Deferred clusters, in bytes, that are waited for no longer: the flush they need costs some ms. */
    private static final long DEFERRED_BYTES_MAX = 64 << 20;

    private final StorageFile file;
    private final Refcounts refcounts;
    private final MetadataAreas areas;
    private final CoMutex lock;
    private final int clusterBits;
    private final boolean unmap;
    /** No cluster before it is free. */
    private long next;
    /** Nothing was ever written from this byte on: zeroes. */
    private long zeroFrom;
    /** Guarded by its own monitor, held for some instructions. */
    private List<Area> deferred = new ArrayList<>();
    /** Where the next compressed cluster goes, if its host cluster has room; 0 for none. */
    private long packed;
    private long deferredBytes;

    /**
     * Clusters side by side.
     *
     * @param isZero whether they read as zeroes
     */
    record Clusters(long at, long count, boolean isZero) { }

    Allocator(StorageFile file, Refcounts refcounts, MetadataAreas areas, int clusterBits, boolean unmap)
            throws IOException {
        this.file = file;
        this.refcounts = refcounts;
        this.areas = areas;
        this.lock = refcounts.lock;
        this.clusterBits = clusterBits;
        this.unmap = unmap;
        this.zeroFrom = file.size();
    }

    /** Takes at least one cluster, and up to {@code countMax} side by side. Suspends. */
    @CoroutineFn
    Clusters allocate(long countMax) throws IOException {
        lock.lock();
        try {
            long first = firstFreeHeld(next);
            long end = first;
            while (end - first < countMax && refcounts.room.has(end, 1) && refcounts.blockHeld(end) != 0
                    && refcounts.getHeld(end) == 0) {
                refcounts.setHeld(end, 1);
                end++;
            }
            next = end;
            return takenHeld(first, end - first);
        } finally {
            lock.unlock();
        }
    }

    /** Takes {@code count} clusters side by side. Suspends. */
    @CoroutineFn
    Clusters allocateAll(long count) throws IOException {
        lock.lock();
        try {
            long first = firstFreeHeld(next);
            for (long end = first; end - first < count; ) {
                refcounts.room.require(first, count);
                if (refcounts.blockHeld(end) == 0) {
                    first = end = refcounts.coverHeld(end);
                } else if (refcounts.getHeld(end) != 0) {
                    first = end = firstFreeHeld(end + 1);
                } else {
                    end++;
                }
            }
            for (long each = first; each < first + count; each++) refcounts.setHeld(each, 1);
            return takenHeld(first, count);
        } finally {
            lock.unlock();
        }
    }

    /**
     * Takes {@code length} bytes, less than a cluster's, for a compressed cluster: behind the last one, if it
     * has left room there, and goes on in the next cluster if that is free. Suspends.
     */
    @CoroutineFn
    Area allocateBytes(int length) throws IOException {
        lock.lock();
        try {
            long cluster = packed >>> clusterBits;
            long room = -packed & (1L << clusterBits) - 1;
            if (room > 0 && refcounts.getHeld(cluster) == refcounts.max()) room = 0;
            boolean more = room < length;
            if (more) {
                long first = firstFreeHeld(next);
                refcounts.setHeld(first, 1);
                next = first + 1;
                takenHeld(first, 1);
                if (room == 0 || first != cluster + 1) {
                    room = 0;
                    packed = first << clusterBits;
                }
            }
            if (room > 0) refcounts.setHeld(cluster, refcounts.getHeld(cluster) + 1);
            var taken = new Area(packed, length);
            packed += length;
            return taken;
        } finally {
            lock.unlock();
        }
    }

    /** The first free cluster from {@code from} on whose block is there, if need be since now. */
    @CoroutineFn
    private long firstFreeHeld(long from) throws IOException {
        for (long cluster = from; ; ) {
            refcounts.room.require(cluster, 1);
            if (refcounts.blockHeld(cluster) == 0) {
                cluster = refcounts.coverHeld(cluster);
                zeroFrom = Math.max(zeroFrom, cluster << clusterBits);
            } else if (refcounts.getHeld(cluster) == 0) {
                return cluster;
            } else {
                cluster++;
            }
        }
    }

    private Clusters takenHeld(long first, long count) throws IOException {
        long at = first << clusterBits;
        long length = count << clusterBits;
        MetadataAreas.Kind hit = areas.overlap(at, length, null);
        if (hit != null) {
            throw BadImageException.ofDamage(file.name(), "clusters at [%d, +%d) are counted as free, but "
                    + "hold %s", at, length, hit.label);
        }
        boolean zero = at >= zeroFrom;
        zeroFrom = Math.max(zeroFrom, at + length);
        return new Clusters(at, count, zero);
    }

    /** Where the last cluster in use ends. Suspends. */
    @CoroutineFn
    long end() throws IOException {
        lock.lock();
        try {
            long cluster = file.size() + (1L << clusterBits) - 1 >>> clusterBits;
            while (cluster > 0 && refcounts.getHeld(cluster - 1) == 0) cluster--;
            zeroFrom = Math.max(zeroFrom, cluster << clusterBits);
            return cluster << clusterBits;
        } finally {
            lock.unlock();
        }
    }

    /** Takes back what nobody refers to. Suspends, whether cancelled or not. */
    @CoroutineFn
    void giveBack(Clusters clusters) throws IOException {
        giveBack(new Area(clusters.at(), clusters.count() << clusterBits));
    }

    /** The same, of each cluster that has a byte of it. */
    @CoroutineFn
    void giveBack(Area area) throws IOException {
        lock.lockUninterruptibly();
        try {
            releaseHeld(area);
        } finally {
            lock.unlock();
        }
    }

    /** Notes that a table, as it is in memory now, refers to these bytes' clusters once less. */
    void defer(long at, long length) {
        synchronized (this) {
            deferred.add(new Area(at, length));
            deferredBytes += Math.max(length, 1L << clusterBits);
        }
    }

    /** Whether the next flush frees clusters. */
    synchronized boolean hasDeferred() {
        return !deferred.isEmpty();
    }

    synchronized boolean hasManyDeferred() {
        return deferredBytes > DEFERRED_BYTES_MAX;
    }

    /** Takes what was deferred so far, for {@link #release} when the tables are safe. */
    synchronized List<Area> takeDeferred() {
        List<Area> taken = deferred;
        deferred = new ArrayList<>();
        deferredBytes = 0;
        return taken;
    }

    /** Frees what the tables on stable storage do not refer to any more. Suspends. */
    @CoroutineFn
    void release(List<Area> areasGone) throws IOException {
        if (areasGone.isEmpty()) return;
        lock.lock();
        try {
            for (Area each : areasGone) releaseHeld(each);
        } finally {
            lock.unlock();
        }
    }

    @CoroutineFn
    private void releaseHeld(Area area) throws IOException {
        long first = area.at() >>> clusterBits;
        long last = area.at() + area.length() - 1 >>> clusterBits;
        for (long cluster = first; cluster <= last; cluster++) {
            long count = refcounts.getHeld(cluster);
            if (count == 0) {
                throw BadImageException.ofDamage(file.name(), "the cluster at %d was in use, but is "
                        + "counted as free", cluster << clusterBits);
            }
            if (count == 1) freeHeld(cluster);
            refcounts.setHeld(cluster, count - 1);
        }
    }

    @CoroutineFn
    private void freeHeld(long cluster) throws IOException {
        areas.remove(cluster << clusterBits, 1L << clusterBits);
        // Before it can be anybody else's.
        if (unmap) file.discard(cluster << clusterBits, 1L << clusterBits);
        next = Math.min(next, cluster);
        if (packed >>> clusterBits == cluster) packed = 0;
    }

    /** No cluster before it is free. */
    long firstFree() {
        return next;
    }

    /** From now on takes no cluster for zeroes. Suspends. */
    @CoroutineFn
    void distrustZeroes() {
        lock.lockUninterruptibly();
        zeroFrom = Long.MAX_VALUE;
        lock.unlock();
    }

    /**
     * Goes on with other refcounts. Suspends.
     *
     * @param freed the number of the first cluster that became free
     * @param end behind which nothing was ever written, in bytes
     */
    @CoroutineFn
    void restart(long freed, long end) {
        lock.lockUninterruptibly();
        try {
            next = Math.min(next, freed);
            packed = 0;
            zeroFrom = end;
        } finally {
            lock.unlock();
        }
    }
}
