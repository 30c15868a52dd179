package dev.pirn.block.qcow2;

/**
 * What an L2 entry may say ("L2 table entry", "Extended L2 Entries"). An entry that cannot be right becomes,
 * if it is to be fixed, what reads as zeroes; of bits that contradict each other the reserved ones go, and
 * zero stands before allocated.
 */
final class EntryRules {
    /** Bits of a standard descriptor that must be 0. */
    private static final long RESERVED = 0x3f00_0000_0000_01feL;
    private static final int ALL = -1;

    private final CheckedFile image;
    private final References references;
    private final Findings findings;
    private final boolean fix;
    private final boolean extended;
    private final boolean dataFile;
    private final long l1From;
    private final long l1To;
    /** Where a cluster would not be fragmented; 0 at the begin of a table. */
    private long expected;
    private Place last;

    /**
     * The table that entries stand in.
     *
     * @param total how many L1 entries lead there
     * @param active those of them of the active table
     */
    record Place(int total, int active) { }

    /** An entry's words. */
    private record Words(long first, long second) { }

    EntryRules(CheckedFile image, References references, Findings findings, boolean fix) {
        this.image = image;
        this.references = references;
        this.findings = findings;
        this.fix = fix;
        this.extended = image.geometry().extended();
        this.dataFile = image.header().hasDataFile();
        this.l1From = image.header().l1Offset();
        this.l1To = image.geometry().clusterEnd(l1From + (long) image.header().l1Entries() * Long.BYTES);
    }

    /** Whether only the header, or the active L1 table, can be in that cluster: they are written in place. */
    boolean isExclusive(long at) {
        return at < image.clusterSize() || at >= l1From && at < l1To;
    }

    /**
     * Counts what an entry refers to, and notes or fixes what is wrong.
     *
     * @param index of the entry's first word, of words that stand from {@code from} on
     * @return whether its words are others now
     */
    boolean walk(long from, long[] words, int index, Place place) {
        if (place != last) expected = 0;
        last = place;
        long at = from + (long) index * Long.BYTES;
        var before = new Words(words[index], extended ? words[index + 1] : 0);
        Words after = (before.first & L2Entry.COMPRESSED) != 0 ? compressed(at, before, place)
                : standard(at, before, place);
        if (!fix || after.equals(before)) return false;
        words[index] = after.first;
        if (extended) words[index + 1] = after.second;
        return true;
    }

    private Words zeroes() {
        if (extended) return new Words(0, (long) ALL << Integer.SIZE);
        return new Words(image.header().version() < 3 ? 0 : L2Entry.ZERO, 0);
    }

    private Words compressed(long at, Words words, Place place) {
        int times = place.total;
        long first = words.first;
        if ((first & L2Entry.COPIED) != 0) {
            findings.corrupt(times, "the L2 entry at %d is 0x%016x: compressed, and marked as its own", at,
                    first);
            first &= ~L2Entry.COPIED;
        }
        if (dataFile) {
            findings.corrupt(times, "the L2 entry at %d is 0x%016x: compressed, in an image with a data file",
                    at, first);
            return zeroes();
        }
        if (words.second != 0) {
            findings.corrupt(times, "the L2 entry at %d is compressed, and its bitmap 0x%016x, not 0", at,
                    words.second);
            if (!fix) return words;
        }
        if (place.active > 0) findings.allocated(place.active, true, true);
        var where = CompressedCluster.of(first, image.geometry().clusterBits());
        if (where.at() < image.clusterSize()) {
            findings.corrupt(times, "the L2 entry at %d leads to %d: no data can be there", at, where.at());
            return zeroes();
        }
        if (!refer(at, where.at(), where.length(), times)) return zeroes();
        return new Words(first, 0);
    }

    private Words standard(long at, Words words, Place place) {
        long first = words.first;
        if ((first & RESERVED) != 0 || extended && (first & L2Entry.ZERO) != 0) {
            findings.corrupt(place.total, "the L2 entry at %d is 0x%016x: reserved bits are set", at, first);
            first &= ~RESERVED & (extended ? ~L2Entry.ZERO : -1);
        }
        int allocated = (int) words.second;
        int zero = (int) (words.second >>> Integer.SIZE);
        long host = first & L2Entry.HOST_MASK;
        if (host == 0 && !(dataFile && (first & L2Entry.COPIED) != 0)) {
            if (allocated == 0) return new Words(first, words.second);
            findings.corrupt(place.total, "the L2 entry at %d: subclusters 0x%08x are allocated nowhere", at,
                    allocated);
            return new Words(first, (long) zero << Integer.SIZE);
        }
        if ((allocated & zero) != 0) {
            findings.corrupt(place.total, "the L2 entry at %d: subclusters 0x%08x are both zero and "
                    + "allocated", at, allocated & zero);
            if (!fix) return words;
            allocated &= ~zero;
        }
        if (!image.isAligned(host)) {
            findings.corrupt(place.total, "the L2 entry at %d leads to %d: no multiple of the cluster's %d "
                    + "bytes", at, host, image.clusterSize());
            if (fix) return zeroes();
        }
        noteAllocated(host, place);
        if (!dataFile && isExclusive(host)) {
            findings.corrupt(place.total, "the L2 entry at %d leads to %d: no data can be there", at, host);
            return zeroes();
        }
        if (!dataFile && !refer(at, host, image.clusterSize(), place.total)) return zeroes();
        return new Words(first, Integer.toUnsignedLong(allocated) | (long) zero << Integer.SIZE);
    }

    private void noteAllocated(long host, Place place) {
        if (place.active > 0) {
            findings.allocated(place.active, expected != 0 && host != expected, false);
        }
        expected = host + image.clusterSize();
    }

    private boolean refer(long entry, long at, long length, int times) {
        if (image.contains(at, length)) {
            references.add(at, length, times);
            return true;
        }
        findings.corrupt(times, "the L2 entry at %d leads to [%d, +%d): %s", entry, at,
                length, image.end());
        return false;
    }
}
