package dev.pirn.block.qcow2;

import java.util.ArrayList;
import java.util.List;

/** The rules that a header must keep before anything that it says is believed. */
final class HeaderCheck {
    static final int CLUSTER_BITS_MIN = 9;
    static final int CLUSTER_BITS_MAX = 21;
    static final int CLUSTER_BITS_MIN_EXTENDED = 14;
    static final int REFCOUNT_ORDER_MAX = 6;
    /** QEMU's limits, in bytes. */
    static final int L1_SIZE_MAX = 32 << 20;
    static final int REFCOUNT_TABLE_SIZE_MAX = 8 << 20;
    static final int SNAPSHOTS_MAX = 65_536;
    static final int BACKING_NAME_SIZE_MAX = 1023;
    /** Host offsets have 56 bits. */
    static final long OFFSET_MAX = 1L << 56;

    private final String file;
    private final Header header;

    private HeaderCheck(String file, Header header) {
        this.file = file;
        this.header = header;
    }

    /** Those without which the rest of the header cannot be read. */
    static void requireSane(String file, Header header) throws BadImageException {
        var check = new HeaderCheck(file, header);
        check.require(header.version() == 2 || header.version() == 3, "version %s, not 2 or 3",
                Integer.toUnsignedString(header.version()));
        int bits = header.clusterBits();
        check.require(bits >= CLUSTER_BITS_MIN && bits <= CLUSTER_BITS_MAX,
                "cluster_bits (offset 20) is %s, not from 9 to 21", Integer.toUnsignedString(bits));
        if (header.version() == 2) return;
        int length = header.headerLength();
        check.require(length >= Header.LENGTH_V3_MIN && length <= header.clusterSize() && length % 8 == 0,
                "header_length (offset 100) is %s, not a multiple of 8 from 104 to the cluster's %d",
                Integer.toUnsignedString(length), header.clusterSize());
    }

    /** All others, in the order of the fields. */
    static void requireValid(String file, Header header, List<HeaderExtension> extensions, long fileSize)
            throws BadImageException {
        var check = new HeaderCheck(file, header);
        check.features(extensions);
        check.fields();
        check.tables(fileSize);
    }

    /** Those without which nothing can be checked: what is left of the tables is for the check to say. */
    static void requireCheckable(String file, Header header, List<HeaderExtension> extensions)
            throws BadImageException {
        var check = new HeaderCheck(file, header);
        check.features(extensions);
        check.fields();
        check.l1Table();
        check.backing();
    }

    private void features(List<HeaderExtension> extensions) throws BadImageException {
        long unknown = header.incompatible() & ~Feature.known(Feature.Kind.INCOMPATIBLE);
        if (unknown == 0) return;
        var table = HeaderExtension.find(extensions, HeaderExtension.FEATURE_NAMES);
        var names = new ArrayList<String>();
        for (int bit = 0; bit < Long.SIZE; bit++) {
            if ((unknown & 1L << bit) == 0) continue;
            String name = table == null ? null : table.featureName(Feature.Kind.INCOMPATIBLE, bit);
            names.add(name == null || name.isEmpty() ? "bit " + bit : "\"" + name + "\" (bit " + bit + ")");
        }
        throw BadImageException.of(file, "needs features that are not known here: %s",
                String.join(", ", names));
    }

    private void fields() throws BadImageException {
        int crypt = header.cryptMethod();
        require(crypt == 0, "encrypted (%s): not supported",
                crypt == 1 ? "AES" : crypt == 2 ? "LUKS" : "crypt_method " + crypt);
        int order = header.refcountOrder();
        require(order >= 0 && order <= REFCOUNT_ORDER_MAX, "refcount_order (offset 96) is %s, not 0 to 6",
                Integer.toUnsignedString(order));
        require(!header.hasExtendedL2() || header.clusterBits() >= CLUSTER_BITS_MIN_EXTENDED,
                "extended L2 entries need clusters of 16 KiB at least, not %d bytes", header.clusterSize());
        boolean flag = Feature.COMPRESSION_TYPE.isIn(header);
        require(flag == (header.compressionType() != 0),
                "compression_type (offset 104) is %d, but its feature bit is %s", header.compressionType(),
                flag ? "set" : "clear");
        require(header.compressionType() <= 1, "compression_type (offset 104) is %d, not 0 (zlib) or 1 "
                + "(zstd)", header.compressionType());
        require(!header.isDataFileRaw() || header.hasDataFile(),
                "a raw external data file without an external data file");
        require(header.size() >= 0, "a disk of %s bytes", Long.toUnsignedString(header.size()));
    }

    private void l1Table() throws BadImageException {
        long l1Size = (header.l1Entries() & 0xffffffffL) * Long.BYTES;
        require(l1Size <= L1_SIZE_MAX, "an L1 table of %d bytes, more than 32 MiB", l1Size);
        requirePlace("L1 table", header.l1Offset(), l1Size);
        long needed = Geometry.of(header).l1Entries(header.size());
        require(needed <= header.l1Entries(), "an L1 table of %d entries, but a disk of %d bytes needs %d",
                header.l1Entries(), header.size(), needed);
    }

    private void tables(long fileSize) throws BadImageException {
        long clusterSize = header.clusterSize();
        l1Table();
        requireArea("L1 table", header.l1Offset(), (long) header.l1Entries() * Long.BYTES, fileSize);
        long tableSize = (header.refcountTableClusters() & 0xffffffffL) * clusterSize;
        require(tableSize <= REFCOUNT_TABLE_SIZE_MAX, "a refcount table of %d bytes, more than 8 MiB",
                tableSize);
        require(tableSize > 0, "no refcount table: refcount_table_clusters (offset 56) is 0");
        requireArea("refcount table", header.refcountTableOffset(), tableSize, fileSize);
        int snapshots = header.snapshotCount();
        require(snapshots >= 0 && snapshots <= SNAPSHOTS_MAX, "%s snapshots, more than %d",
                Integer.toUnsignedString(snapshots), SNAPSHOTS_MAX);
        if (snapshots > 0) { // At 0 the header would be taken for an entry.
            requireArea("snapshot table", header.snapshotsOffset(), SnapshotEntry.HEAD_SIZE, fileSize);
        }
        backing();
    }

    private void backing() throws BadImageException {
        if (header.backingOffset() == 0) return;
        long clusterSize = header.clusterSize();
        int nameSize = header.backingSize();
        require(nameSize >= 0 && nameSize <= BACKING_NAME_SIZE_MAX && nameSize <= clusterSize,
                "the backing file's name has %s bytes, more than %d", Integer.toUnsignedString(nameSize),
                Math.min(BACKING_NAME_SIZE_MAX, clusterSize));
        require(header.backingOffset() > 0 && header.backingOffset() <= clusterSize - nameSize,
                "the backing file's name at offset %s, not in the first cluster of %d bytes",
                Long.toUnsignedString(header.backingOffset()), clusterSize);
        require(!header.isDataFileRaw(), "a backing file and a raw external data file exclude each other");
    }

    /** The last cluster of a file may be cut short, but nothing of a table may lie behind its end. */
    private void requireArea(String what, long offset, long size, long fileSize) throws BadImageException {
        if (size == 0 && offset == 0) return;
        requirePlace(what, offset, size);
        require(offset + size <= roundUp(fileSize), "%s at [%d, +%d), but the file ends at %d", what, offset,
                size, fileSize);
    }

    private void requirePlace(String what, long offset, long size) throws BadImageException {
        if (size == 0 && offset == 0) return;
        require(offset > 0 && offset % header.clusterSize() == 0 && offset < OFFSET_MAX,
                "%s at offset %s, not a multiple of the cluster's %d bytes behind the header", what,
                Long.toUnsignedString(offset), header.clusterSize());
    }

    private long roundUp(long size) {
        long mask = header.clusterSize() - 1L;
        return (size + mask) & ~mask;
    }

    private void require(boolean kept, String rule, Object... values) throws BadImageException {
        if (!kept) throw BadImageException.of(file, rule, values);
    }
}
