package dev.pirn.block.qcow2;

import java.util.Arrays;

/**
 * How often the tables of an image refer to each cluster, within a window of the file that is made smaller
 * when there would be too much to remember: the rest is then for another pass over the tables.
 *
 * <pre>
 *   file   │ done by passes before │ from ··· window ··· limit │ what a later pass counts
 * </pre>
 *
 * <p>Takes memory for what is referred to: 4.6 bytes for a cluster among others, 150 for one all alone. So
 * it is bounded by the tables that are really there, whatever they say, and by {@link #PAGES_MAX}.
 */
final class References {
    /** 20 MB: 256 GiB of clusters of 64 KiB side by side. */
    static final int PAGES_MAX = 1 << 17;
    /** Clusters that are remembered together. */
    static final int PAGE_SIZE = 32;

    private final int clusterBits;
    private final int pagesMax;
    private Numbering numbers = new Numbering();
    private int[][] pages = new int[64][];
    private long from;
    private long limit = Long.MAX_VALUE;
    private long end;

    /**
     * Makes one with a window of all.
     *
     * @param pagesMax at least 2, so that a window can be made smaller and has something left
     */
    References(int clusterBits, int pagesMax) {
        assert pagesMax >= 2 : "pages: " + pagesMax;
        this.clusterBits = clusterBits;
        this.pagesMax = pagesMax;
    }

    /** Forgets all, for a pass that counts clusters from {@code first} on, which a window ended at. */
    void begin(long first) {
        numbers = new Numbering();
        pages = new int[64][];
        from = first;
        limit = Long.MAX_VALUE;
    }

    /** The first cluster of the window. */
    long from() {
        return from;
    }

    /** The first cluster behind the window; the largest long if it ends nowhere. */
    long limit() {
        return limit;
    }

    boolean isInWindow(long cluster) {
        return cluster >= from && cluster < limit;
    }

    /** The first cluster behind all that is referred to, in the window or not. */
    long end() {
        return end;
    }

    /** Counts {@code times} to each cluster that has a byte of it. */
    void add(long at, long length, int times) {
        if (length == 0) return;
        long last = at + length - 1 >>> clusterBits;
        end = Math.max(end, last + 1);
        for (long each = Math.max(from, at >>> clusterBits); each <= last && each < limit; each++) {
            int[] page = page(each);
            if (page == null) continue;
            int index = (int) (each % PAGE_SIZE);
            page[index] = (int) Math.min(Integer.MAX_VALUE, (long) page[index] + times);
        }
    }

    /** Null if the window ends before it now. */
    private int[] page(long cluster) {
        long key = cluster / PAGE_SIZE;
        if (numbers.size() == pagesMax && numbers.find(key) < 0) {
            halve();
            if (cluster >= limit) return null;
        }
        int number = numbers.number(key);
        if (number == pages.length) pages = Arrays.copyOf(pages, 2 * number);
        if (pages[number] == null) pages[number] = new int[PAGE_SIZE];
        return pages[number];
    }

    private void halve() {
        long[] keys = pageKeys();
        long first = keys[keys.length / 2];
        var left = new Numbering();
        var leftPages = new int[pages.length][];
        for (int i = 0; i < numbers.size(); i++) {
            if (numbers.key(i) < first) leftPages[left.number(numbers.key(i))] = pages[i];
        }
        numbers = left;
        pages = leftPages;
        limit = first * PAGE_SIZE;
    }

    private long[] pageKeys() {
        long[] keys = new long[numbers.size()];
        for (int i = 0; i < keys.length; i++) keys[i] = numbers.key(i);
        Arrays.sort(keys);
        return keys;
    }

    /** How often a cluster of the window is referred to. */
    int get(long cluster) {
        assert isInWindow(cluster) : "cluster " + cluster + " of a window [" + from + ", " + limit + ")";
        int number = numbers.find(cluster / PAGE_SIZE);
        return number < 0 ? 0 : pages[number][(int) (cluster % PAGE_SIZE)];
    }

    /**
     * Where in the window something is referred to: the first of each {@link #PAGE_SIZE} clusters, in
     * ascending order.
     */
    long[] places() {
        long[] places = pageKeys();
        for (int i = 0; i < places.length; i++) places[i] *= PAGE_SIZE;
        return places;
    }
}
