package dev.pirn.block.qcow2;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * An entry of the snapshot table. What is not known of it is kept.
 *
 * <pre>
 *   0    8          12       14        16    20     24        32        36         40
 *   │ L1 │ entries  │ id len │ name len│ sec │ nsec │ vm clock│ vm size │ extra len│ extra │ id │ name │ 0…
 *
 *   extra:  0          8           16       24
 *           │ vm size  │ disk size │ icount │ whatever comes
 * </pre>
 *
 * @param head the first 40 bytes
 * @param extra at least 24 bytes if it was made here
 * @param sizeNow of the disk, for those entries that do not say of which size it was
 */
record SnapshotEntry(ByteBuffer head, byte[] extra, byte[] id, byte[] name, long sizeNow) {
    static final int HEAD_SIZE = 40;
    /** QEMU's {@code QCOW_MAX_SNAPSHOT_EXTRA_DATA}. */
    static final int EXTRA_SIZE_MAX = 1024;
    /** QEMU makes none of more than 127 and 255 bytes. */
    static final int NAME_SIZE_MAX = 1023;
    private static final int EXTRA_SIZE = 24;

    static SnapshotEntry of(Snapshot snapshot) {
        ByteBuffer extra = ByteBuffer.allocate(EXTRA_SIZE);
        extra.putLong(snapshot.vmStateSize()).putLong(snapshot.diskSize()).putLong(snapshot.icount());
        byte[] id = snapshot.id().getBytes(StandardCharsets.UTF_8);
        byte[] name = snapshot.name().getBytes(StandardCharsets.UTF_8);
        ByteBuffer head = ByteBuffer.allocate(HEAD_SIZE);
        head.putShort(12, (short) id.length).putShort(14, (short) name.length);
        head.putInt(16, (int) snapshot.dateSeconds()).putInt(20, snapshot.dateNanos());
        head.putLong(24, snapshot.vmClockNanos()).putInt(36, EXTRA_SIZE);
        return new SnapshotEntry(head, extra.array(), id, name, snapshot.diskSize());
    }

    /** How long extra data is, of an entry that begins so; nothing is checked. */
    static int extraSize(ByteBuffer head) {
        return head.getInt(36);
    }

    static int idSize(ByteBuffer head) {
        return head.getShort(12) & 0xffff;
    }

    static int nameSize(ByteBuffer head) {
        return head.getShort(14) & 0xffff;
    }

    /** The same, with its L1 table there. */
    SnapshotEntry at(long l1Offset, int l1Entries) {
        ByteBuffer changed = ByteBuffer.allocate(HEAD_SIZE).put(0, head, 0, HEAD_SIZE);
        return new SnapshotEntry(changed.putLong(0, l1Offset).putInt(8, l1Entries), extra, id, name, sizeNow);
    }

    long l1Offset() {
        return head.getLong(0);
    }

    int l1Entries() {
        return head.getInt(8);
    }

    /** What its L1 table occupies. */
    Area l1() {
        return new Area(l1Offset(), (long) l1Entries() * Long.BYTES);
    }

    /** In the table, with what it is padded by. */
    int size() {
        return HEAD_SIZE + extra.length + id.length + name.length + 7 & ~7;
    }

    void put(ByteBuffer to) {
        int end = to.position() + size();
        to.put(head.duplicate().clear()).put(extra).put(id).put(name);
        while (to.position() < end) to.put((byte) 0);
    }

    Snapshot snapshot() {
        ByteBuffer more = ByteBuffer.wrap(extra);
        long vmStateSize = extra.length >= 8 ? more.getLong(0) : head.getInt(32) & 0xffff_ffffL;
        return new Snapshot(new String(id, StandardCharsets.UTF_8), new String(name, StandardCharsets.UTF_8),
                head.getInt(16) & 0xffff_ffffL, head.getInt(20), head.getLong(24), vmStateSize,
                hasDiskSize() ? more.getLong(8) : sizeNow,
                extra.length >= EXTRA_SIZE ? more.getLong(16) : Snapshot.NO_ICOUNT);
    }

    /** Whether it says so itself; those of version 2 need not, and are of the size of the disk in use. */
    boolean hasDiskSize() {
        return extra.length >= 16;
    }

    /** The size of its disk, which its L1 table must be able to map. */
    long diskSize(String file, Geometry geometry) throws IOException {
        Snapshot all = snapshot();
        if (all.diskSize() >= 0 && geometry.l1Entries(all.diskSize()) <= l1Entries()) return all.diskSize();
        throw BadImageException.of(file, "snapshot \"%s\" has a disk of %s bytes, which needs more than its "
                + "%d L1 entries", all.name(), Long.toUnsignedString(all.diskSize()), l1Entries());
    }
}
