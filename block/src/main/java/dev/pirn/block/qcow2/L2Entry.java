package dev.pirn.block.qcow2;

/**
 * What an L2 table says of one guest cluster ("L2 table entry", "Extended L2 Entries"); both kinds of image
 * alike: a cluster without subclusters is one subcluster.
 *
 * <pre>
 *   bitmap:   63 ······ zero ······ 32 31 ····· allocated ····· 0      bit s and 32 + s: subcluster s
 * </pre>
 *
 * @param word the descriptor; without its zero bit, which is in {@code bitmap}
 * @param bitmap of a compressed cluster 0
 */
record L2Entry(long word, long bitmap) {
    static final long COPIED = 1L << 63;
    static final long COMPRESSED = 1L << 62;
    static final long ZERO = 1;
    static final long HOST_MASK = 0x00ff_ffff_ffff_fe00L;
    private static final int ZERO_SHIFT = 32;

    static final L2Entry UNALLOCATED = new L2Entry(0, 0);

    /** What a subcluster is made of. */
    enum Kind {
        /** Nothing here: the backing file's bytes, or zeroes. */
        UNALLOCATED,
        ZERO,
        DATA,
        COMPRESSED,
        /** Zero and allocated: not allowed. */
        INVALID
    }

    /** Of an image without subclusters, whose data may stand in another file. */
    static L2Entry ofPlain(long word, boolean dataFile) {
        if ((word & COMPRESSED) != 0) return new L2Entry(word, 0);
        if (!dataFile && (word & HOST_MASK) == 0) word &= ~COPIED; // Its own nothing: not the header.
        if ((word & ZERO) != 0) return new L2Entry(word & ~ZERO, 1L << ZERO_SHIFT);
        boolean data = (word & HOST_MASK) != 0 || dataFile && (word & COPIED) != 0;
        return new L2Entry(word, data ? 1 : 0);
    }

    /** Of an image with subclusters, whose data may stand in another file. */
    static L2Entry ofExtended(long word, long bitmap, boolean dataFile) {
        boolean nothing = !dataFile && (word & COMPRESSED) == 0 && (word & HOST_MASK) == 0;
        return new L2Entry(nothing ? word & ~COPIED : word, bitmap);
    }

    /** The only word of an entry without subclusters. */
    long plainWord() {
        return (bitmap >>> ZERO_SHIFT & 1) != 0 ? word | ZERO : word;
    }

    static L2Entry of(long host, long bitmap) {
        return new L2Entry(host | COPIED, bitmap);
    }

    /** All of it zero, and nothing stored. */
    static L2Entry ofZero(int subclusters) {
        return new L2Entry(0, mask(0, subclusters) << ZERO_SHIFT);
    }

    Kind kind(int subcluster) {
        if (isCompressed()) return Kind.COMPRESSED;
        boolean zero = (bitmap >>> ZERO_SHIFT + subcluster & 1) != 0;
        boolean data = (bitmap >>> subcluster & 1) != 0;
        if (zero) return data ? Kind.INVALID : Kind.ZERO;
        return data ? Kind.DATA : Kind.UNALLOCATED;
    }

    boolean isCompressed() {
        return (word & COMPRESSED) != 0;
    }

    /** Whether its host cluster is its own: written in place. */
    boolean isCopied() {
        return (word & COPIED) != 0;
    }

    /** Of a standard cluster; may be 0. */
    long host() {
        return word & HOST_MASK;
    }

    /** Whether there is a host cluster, its own or shared, that is not compressed. */
    boolean hasHost() {
        return !isCompressed() && (host() != 0 || isCopied());
    }

    boolean isUnallocated() {
        return word == 0 && bitmap == 0;
    }

    int allocatedBits() {
        return (int) bitmap;
    }

    int zeroBits() {
        return (int) (bitmap >>> ZERO_SHIFT);
    }

    /** Subclusters from {@code from} to before {@code to}, as bits. */
    static long mask(int from, int to) {
        return (1L << to) - (1L << from);
    }

    /** As this, with these subclusters data, in the host cluster that it has. */
    L2Entry withData(long mask) {
        return new L2Entry(word, (bitmap | mask) & ~(mask << ZERO_SHIFT));
    }

    /** As this, with these subclusters zero. */
    L2Entry withZeroes(long mask) {
        return new L2Entry(word, (bitmap | mask << ZERO_SHIFT) & ~mask);
    }
}
