package dev.pirn.block.qcow2;

/** The feature bits that we know, of all three kinds; in the order of their numbers. */
enum Feature {
    DIRTY(Kind.INCOMPATIBLE, 0, "dirty bit"),
    CORRUPT(Kind.INCOMPATIBLE, 1, "corrupt bit"),
    DATA_FILE(Kind.INCOMPATIBLE, 2, "external data file"),
    COMPRESSION_TYPE(Kind.INCOMPATIBLE, 3, "compression type"),
    EXTENDED_L2(Kind.INCOMPATIBLE, 4, "extended L2 entries"),
    LAZY_REFCOUNTS(Kind.COMPATIBLE, 0, "lazy refcounts"),
    BITMAPS(Kind.AUTOCLEAR, 0, "bitmaps"),
    DATA_FILE_RAW(Kind.AUTOCLEAR, 1, "raw external data");

    /** What they mean to who does not know them; their numbers are those of the feature name table. */
    enum Kind { INCOMPATIBLE, COMPATIBLE, AUTOCLEAR }

    final Kind kind;
    final int bit;
    /** As QEMU calls it in the feature name table. */
    final String label;

    Feature(Kind kind, int bit, String label) {
        this.kind = kind;
        this.bit = bit;
        this.label = label;
    }

    long mask() {
        return 1L << bit;
    }

    boolean isIn(Header header) {
        return (bits(kind, header) & mask()) != 0;
    }

    private static long bits(Kind kind, Header header) {
        return switch (kind) {
            case INCOMPATIBLE -> header.incompatible();
            case COMPATIBLE -> header.compatible();
            case AUTOCLEAR -> header.autoclear();
        };
    }

    /** Those bits of a kind that are known. */
    static long known(Kind kind) {
        long known = 0;
        for (Feature each : values()) {
            if (each.kind == kind) known |= each.mask();
        }
        return known;
    }
}
