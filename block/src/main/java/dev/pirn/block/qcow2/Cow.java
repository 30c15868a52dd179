package dev.pirn.block.qcow2;

import java.util.Arrays;

/**
 * What a write to clusters that cannot be written in place has to do (QEMU's {@code QCowL2Meta}).
 *
 * <pre>
 *   clusters     ├──────── first ────────┼─ … ─┼──────── last ─────────┤
 *   guest          from        offset                end       to
 *                   ├── head ───┼────── data ─────────┼── tail ─┤
 *                   copied: what was there before     copied
 * </pre>
 *
 * @param start where the first cluster begins, of the guest
 * @param from where what is written begins: {@code offset}, or before it
 * @param offset where the request begins
 * @param end where the request ends, or as much of it as is done at once
 * @param to where what is written ends
 * @param old what the clusters were, one after the other
 * @param reuses whether they stay in the host clusters that they have, from {@code host} on
 */
record Cow(Geometry geometry, long start, long from, long offset, long end, long to, L2Entry[] old,
        boolean reuses, long host) {
    /**
     * Plans a write.
     *
     * @param old of the clusters from that of {@code offset} on, none of which can be written in place as it
     *     is; fewer are done if they differ in whether they keep their host clusters, or those do not follow
     *     one another
     */
    static Cow plan(Geometry geometry, long offset, long end, L2Entry[] old) {
        long start = geometry.clusterStart(offset);
        boolean reuses = keepsHost(old[0]);
        int count = 1;
        while (count < old.length && keepsHost(old[count]) == reuses
                && (!reuses || follows(geometry, old[0], old[count], count))) count++;
        return of(geometry, start, offset, end, Arrays.copyOf(old, count), reuses);
    }

    private static Cow of(Geometry geometry, long start, long offset, long end, L2Entry[] old,
            boolean reuses) {
        long stop = Math.min(end, start + ((long) old.length << geometry.clusterBits()));
        long lastStart = start + ((long) old.length - 1 << geometry.clusterBits());
        long from = start + firstByte(geometry, old[0], (int) (offset - start), reuses);
        long to = lastStart + endByte(geometry, old[old.length - 1], (int) (stop - lastStart), reuses);
        return new Cow(geometry, start, from, offset, stop, to, old, reuses, reuses ? old[0].host() : 0);
    }

    private static boolean keepsHost(L2Entry entry) {
        return entry.hasHost() && entry.isCopied();
    }

    private static boolean follows(Geometry geometry, L2Entry first, L2Entry other, int distance) {
        return other.host() == first.host() + ((long) distance << geometry.clusterBits());
    }

    /** Where in the first cluster must be written from, so that what was there stays. */
    private static int firstByte(Geometry geometry, L2Entry old, int at, boolean reuses) {
        int size = geometry.subclusterSize();
        int sub = at / size;
        if (reuses) return old.kind(sub) == L2Entry.Kind.DATA ? at : sub * size;
        for (int each = 0; each < sub; each++) {
            if (isStored(old, each)) return each * size;
        }
        return sub * size;
    }

    private static int endByte(Geometry geometry, L2Entry old, int at, boolean reuses) {
        int size = geometry.subclusterSize();
        int sub = (at - 1) / size;
        if (reuses) return old.kind(sub) == L2Entry.Kind.DATA ? at : (sub + 1) * size;
        for (int each = geometry.subclusters() - 1; each > sub; each--) {
            if (isStored(old, each)) return (each + 1) * size;
        }
        return (sub + 1) * size;
    }

    private static boolean isStored(L2Entry entry, int subcluster) {
        L2Entry.Kind kind = entry.kind(subcluster);
        return kind == L2Entry.Kind.DATA || kind == L2Entry.Kind.COMPRESSED;
    }

    int clusters() {
        return old.length;
    }

    /** The same with fewer clusters, of which the first {@code count} are done. */
    Cow shortened(int count) {
        if (count == old.length) return this;
        return of(geometry, start, offset, end, Arrays.copyOf(old, count), reuses);
    }

    /** The same, in these host clusters. */
    Cow at(long place) {
        return new Cow(geometry, start, from, offset, end, to, old, reuses, place);
    }

    long hostOf(long guest) {
        return host + (guest - start);
    }

    /** Where guest cluster number {@code index} of these begins. */
    long clusterAt(int index) {
        return start + ((long) index << geometry.clusterBits());
    }

    /** What cluster number {@code index} of these is when all is written. */
    L2Entry entry(int index) {
        long at = clusterAt(index);
        int size = geometry.subclusterSize();
        int first = (int) (Math.max(from, at) - at) / size;
        int last = (int) (Math.min(to, at + geometry.clusterSize()) - at + size - 1) / size;
        long mask = L2Entry.mask(first, last);
        if (reuses) return old[index].withData(mask);
        long zeroes = old[index].isCompressed() ? 0 : old[index].zeroBits() & 0xffff_ffffL & ~mask;
        return L2Entry.of(hostOf(at), zeroes << 32 | mask);
    }
}
