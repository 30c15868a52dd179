package dev.pirn.block.qcow2;

import java.nio.ByteBuffer;

/**
 * The fixed part of a qcow2 header, as it stands in the file ("Header" of the format's text). Offsets and
 * sizes are in bytes unless named otherwise.
 *
 * @param version 2 or 3
 * @param backingOffset where the backing file's name stands; 0 for none
 * @param backingSize how long that name is
 * @param clusterBits a cluster has {@code 1 << clusterBits} bytes
 * @param size the disk's
 * @param cryptMethod 0 for none, 1 for AES, 2 for LUKS
 * @param l1Entries of the active L1 table
 * @param refcountTableClusters what the refcount table occupies
 * @param incompatible feature bits that one must know to read it
 * @param compatible feature bits that may be ignored
 * @param autoclear feature bits that are cleared by who writes and does not know them
 * @param refcountOrder a refcount has {@code 1 << refcountOrder} bits
 * @param headerLength where the extensions begin
 * @param compressionType 0 for zlib, 1 for zstd
 */
public record Header(int version, long backingOffset, int backingSize, int clusterBits, long size,
        int cryptMethod, int l1Entries, long l1Offset, long refcountTableOffset, int refcountTableClusters,
        int snapshotCount, long snapshotsOffset, long incompatible, long compatible, long autoclear,
        int refcountOrder, int headerLength, int compressionType) {
    static final int MAGIC = 0x514649fb;
    static final int LENGTH_V2 = 72;
    static final int LENGTH_V3_MIN = 104;
    static final int LENGTH_V3 = 112;
    /** What is read of a file before its cluster size is known; the smallest cluster. */
    static final int SECTOR_SIZE = 512;
    private static final int COMPRESSION_TYPE_AT = 104;

    // Where fields stand that are changed one by one.
    static final int AT_SIZE = 24;
    static final int AT_L1 = 36;
    static final int AT_REFCOUNT_TABLE = 48;
    static final int AT_INCOMPATIBLE = 72;
    static final int AT_AUTOCLEAR = 88;

    /** Takes the fields as they are; {@link HeaderCheck} says whether they can be right. */
    static Header parse(ByteBuffer from) {
        int version = from.getInt(4);
        boolean three = version >= 3;
        int length = three ? from.getInt(100) : LENGTH_V2;
        return new Header(version, from.getLong(8), from.getInt(16), from.getInt(20), from.getLong(AT_SIZE),
                from.getInt(32), from.getInt(AT_L1), from.getLong(40), from.getLong(AT_REFCOUNT_TABLE),
                from.getInt(56), from.getInt(60), from.getLong(64),
                three ? from.getLong(AT_INCOMPATIBLE) : 0, three ? from.getLong(80) : 0,
                three ? from.getLong(AT_AUTOCLEAR) : 0, three ? from.getInt(96) : 4, length,
                three && length > COMPRESSION_TYPE_AT ? from.get(COMPRESSION_TYPE_AT) & 0xff : 0);
    }

    /** Writes the fields where they belong; {@code to} begins with the header. */
    void put(ByteBuffer to) {
        to.putInt(0, MAGIC).putInt(4, version).putLong(8, backingOffset).putInt(16, backingSize);
        to.putInt(20, clusterBits).putLong(AT_SIZE, size).putInt(32, cryptMethod).putInt(AT_L1, l1Entries);
        to.putLong(40, l1Offset).putLong(AT_REFCOUNT_TABLE, refcountTableOffset);
        to.putInt(56, refcountTableClusters).putInt(60, snapshotCount).putLong(64, snapshotsOffset);
        if (version < 3) return;
        to.putLong(AT_INCOMPATIBLE, incompatible).putLong(80, compatible).putLong(AT_AUTOCLEAR, autoclear);
        to.putInt(96, refcountOrder).putInt(100, headerLength);
        if (headerLength > COMPRESSION_TYPE_AT) to.put(COMPRESSION_TYPE_AT, (byte) compressionType);
    }

    /** Bytes of a cluster. */
    public int clusterSize() {
        return 1 << clusterBits;
    }

    /** Bits of a refcount. */
    public int refcountBits() {
        return 1 << refcountOrder;
    }

    /** Whether refcounts may be wrong ("Dirty bit"). */
    public boolean isDirty() {
        return Feature.DIRTY.isIn(this);
    }

    /** Whether nobody may write ("Corrupt bit"). */
    public boolean isCorrupt() {
        return Feature.CORRUPT.isIn(this);
    }

    /** Whether guest data stands in a file of its own ("External data file bit"). */
    public boolean hasDataFile() {
        return Feature.DATA_FILE.isIn(this);
    }

    /** Whether that file is a raw disk by itself ("Raw external data bit"). */
    public boolean isDataFileRaw() {
        return Feature.DATA_FILE_RAW.isIn(this);
    }

    /** Whether clusters have 32 subclusters ("Extended L2 Entries"). */
    public boolean hasExtendedL2() {
        return Feature.EXTENDED_L2.isIn(this);
    }

    /** Whether refcounts may be written late ("Lazy refcounts bit"). */
    public boolean hasLazyRefcounts() {
        return Feature.LAZY_REFCOUNTS.isIn(this);
    }

    /** The same, with other incompatible features. */
    Header withIncompatible(long bits) {
        return new Header(version, backingOffset, backingSize, clusterBits, size, cryptMethod, l1Entries,
                l1Offset, refcountTableOffset, refcountTableClusters, snapshotCount, snapshotsOffset, bits,
                compatible, autoclear, refcountOrder, headerLength, compressionType);
    }

    /** The same, with other compatible features. */
    Header withCompatible(long bits) {
        return new Header(version, backingOffset, backingSize, clusterBits, size, cryptMethod, l1Entries,
                l1Offset, refcountTableOffset, refcountTableClusters, snapshotCount, snapshotsOffset,
                incompatible, bits, autoclear, refcountOrder, headerLength, compressionType);
    }

    /** The same in version 3, whose header is longer. */
    Header asVersion3() {
        return new Header(3, backingOffset, backingSize, clusterBits, size, cryptMethod, l1Entries,
                l1Offset, refcountTableOffset, refcountTableClusters, snapshotCount, snapshotsOffset,
                incompatible, compatible, autoclear, refcountOrder, LENGTH_V3_MIN, compressionType);
    }

    /** The same, with refcounts of another width. */
    Header withRefcountOrder(int wanted) {
        return new Header(version, backingOffset, backingSize, clusterBits, size, cryptMethod, l1Entries,
                l1Offset, refcountTableOffset, refcountTableClusters, snapshotCount, snapshotsOffset,
                incompatible, compatible, autoclear, wanted, headerLength, compressionType);
    }

    /** The same in version 2, which has no features, and no refcounts but of 16 bits. */
    Header asVersion2() {
        return new Header(2, backingOffset, backingSize, clusterBits, size, cryptMethod, l1Entries,
                l1Offset, refcountTableOffset, refcountTableClusters, snapshotCount, snapshotsOffset, 0, 0, 0,
                4, LENGTH_V2, 0);
    }

    /** The same, with other autoclear features. */
    Header withAutoclear(long bits) {
        return new Header(version, backingOffset, backingSize, clusterBits, size, cryptMethod, l1Entries,
                l1Offset, refcountTableOffset, refcountTableClusters, snapshotCount, snapshotsOffset,
                incompatible, compatible, bits, refcountOrder, headerLength, compressionType);
    }

    /** The same, with the name of its backing file elsewhere. */
    Header withBacking(long offset, int length) {
        return new Header(version, offset, length, clusterBits, size, cryptMethod, l1Entries, l1Offset,
                refcountTableOffset, refcountTableClusters, snapshotCount, snapshotsOffset, incompatible,
                compatible, autoclear, refcountOrder, headerLength, compressionType);
    }

    /** The same, of another size, with its L1 table elsewhere. */
    Header withSize(long bytes, int entries, long offset) {
        return new Header(version, backingOffset, backingSize, clusterBits, bytes, cryptMethod, entries,
                offset, refcountTableOffset, refcountTableClusters, snapshotCount, snapshotsOffset,
                incompatible, compatible, autoclear, refcountOrder, headerLength, compressionType);
    }

    /** The same, with other snapshots. */
    Header withSnapshots(int count, long offset) {
        return new Header(version, backingOffset, backingSize, clusterBits, size, cryptMethod, l1Entries,
                l1Offset, refcountTableOffset, refcountTableClusters, count, offset, incompatible,
                compatible, autoclear, refcountOrder, headerLength, compressionType);
    }

    /** The same, with its refcount table elsewhere. */
    Header withRefcountTable(long offset, int clusters) {
        return new Header(version, backingOffset, backingSize, clusterBits, size, cryptMethod, l1Entries,
                l1Offset, offset, clusters, snapshotCount, snapshotsOffset, incompatible, compatible,
                autoclear, refcountOrder, headerLength, compressionType);
    }
}
