package dev.pirn.block.qcow2;

import java.util.HashMap;
import java.util.Map;

/** How often the tables of an image refer to each cluster. Takes memory for what is referred to. */
final class References {
    private static final int PAGE_SIZE = 4096;
    // Beside the count: what the entries that refer to it say.
    private static final int OWN = 1 << 31;
    private static final int SHARED = 1 << 30;

    private final int clusterBits;
    private final Map<Long, int[]> pages = new HashMap<>();
    private long end;

    References(int clusterBits) {
        this.clusterBits = clusterBits;
    }

    /** Counts one to each cluster that has a byte of it. */
    void add(long at, long length) {
        if (length == 0) return;
        long last = at + length - 1 >>> clusterBits;
        for (long each = at >>> clusterBits; each <= last; each++) {
            page(each)[(int) (each % PAGE_SIZE)]++;
        }
        end = Math.max(end, last + 1);
    }

    private int[] page(long cluster) {
        return pages.computeIfAbsent(cluster / PAGE_SIZE, number -> new int[PAGE_SIZE]);
    }

    private int word(long cluster) {
        int[] page = pages.get(cluster / PAGE_SIZE);
        return page == null ? 0 : page[(int) (cluster % PAGE_SIZE)];
    }

    int get(long cluster) {
        return word(cluster) & ~(OWN | SHARED);
    }

    /** Notes whether an entry that refers to the cluster at {@code at} says that nobody else does. */
    void mark(long at, boolean own) {
        long cluster = at >>> clusterBits;
        page(cluster)[(int) (cluster % PAGE_SIZE)] |= own ? OWN : SHARED;
    }

    /** Whether what the entries say goes with that count. */
    boolean isMarkedRight(long cluster, long count) {
        return (word(cluster) & (count == 1 ? SHARED : OWN)) == 0;
    }

    /** The first cluster behind all that is referred to. */
    long end() {
        return end;
    }
}
