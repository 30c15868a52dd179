package dev.pirn.block.qcow2;

import dev.pirn.block.StorageFile;
import dev.pirn.CoroutineFn;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * Reads and checks the table of an image's snapshots ("Snapshots"), entry by entry: what it claims to be
 * costs no memory before it is there.
 */
final class SnapshotTable {
    /** 65536 usual ones take 8 MiB; QEMU takes 64 MiB. */
    static final int SIZE_MAX = 16 << 20;
    /** The L1 tables of all: 65536 snapshots of a disk of 4 TiB, in clusters of 64 KiB; QEMU has no limit. */
    static final long L1_SIZE_MAX = 4L << 30;

    private final StorageFile file;
    private final Header header;
    private final long fileSize;
    private final Window window;

    private SnapshotTable(StorageFile file, Header header) throws IOException {
        this.file = file;
        this.header = header;
        this.window = new Window(file);
        this.fileSize = file.size();
    }

    /**
     * The entries of the table that the header names. Suspends.
     *
     * @throws BadImageException if an entry breaks a limit, or leads where nothing can be
     */
    @CoroutineFn
    static List<SnapshotEntry> read(StorageFile file, Header header) throws IOException {
        var table = new SnapshotTable(file, header);
        var entries = new ArrayList<SnapshotEntry>();
        long at = header.snapshotsOffset();
        long l1Size = 0;
        for (int i = 0; i < header.snapshotCount(); i++) {
            SnapshotEntry entry = table.readEntry(i, at);
            l1Size += entry.l1().length();
            table.require(l1Size <= L1_SIZE_MAX, i, at, "with its L1 table those of all take %d bytes, more "
                    + "than %d", l1Size, L1_SIZE_MAX);
            entries.add(entry);
            at += entry.size();
        }
        table.requireApart(entries, new Area(header.snapshotsOffset(), at - header.snapshotsOffset()));
        return List.copyOf(entries);
    }

    /** What the entries take in all. */
    static long size(List<SnapshotEntry> entries) {
        return entries.stream().mapToLong(SnapshotEntry::size).sum();
    }

    /** Throws if an image with these could not be opened again. */
    static void requireLimits(String file, List<SnapshotEntry> entries) throws IOException {
        long size = size(entries);
        if (size > SIZE_MAX) {
            throw new IOException("%s: a snapshot table of %d bytes, more than %d".formatted(file, size,
                    SIZE_MAX));
        }
        long l1Size = entries.stream().mapToLong(each -> each.l1().length()).sum();
        if (l1Size > L1_SIZE_MAX) {
            throw new IOException("%s: L1 tables of all snapshots of %d bytes, more than %d".formatted(file,
                    l1Size, L1_SIZE_MAX));
        }
    }

    @CoroutineFn
    private SnapshotEntry readEntry(int index, long at) throws IOException {
        requireEnd(index, at, SnapshotEntry.HEAD_SIZE);
        ByteBuffer head = window.bytes(at, SnapshotEntry.HEAD_SIZE);
        int extraSize = SnapshotEntry.extraSize(head);
        int idSize = SnapshotEntry.idSize(head);
        int nameSize = SnapshotEntry.nameSize(head);
        require(extraSize >= 0 && extraSize <= SnapshotEntry.EXTRA_SIZE_MAX, index, at,
                "%s bytes of extra data, more than %d", Integer.toUnsignedString(extraSize),
                SnapshotEntry.EXTRA_SIZE_MAX);
        require(idSize <= SnapshotEntry.NAME_SIZE_MAX && nameSize <= SnapshotEntry.NAME_SIZE_MAX, index, at,
                "an id of %d bytes and a name of %d, more than %d", idSize, nameSize,
                SnapshotEntry.NAME_SIZE_MAX);
        int rest = extraSize + idSize + nameSize;
        requireEnd(index, at, SnapshotEntry.HEAD_SIZE + rest);
        ByteBuffer more = window.bytes(at + SnapshotEntry.HEAD_SIZE, rest);
        byte[] extra = new byte[extraSize];
        byte[] id = new byte[idSize];
        byte[] name = new byte[nameSize];
        more.get(extra).get(id).get(name);
        var entry = new SnapshotEntry(head, extra, id, name, header.size());
        requireL1(index, at, entry);
        return entry;
    }

    private void requireEnd(int index, long at, int size) throws BadImageException {
        require(at + size <= fileSize, index, at, "it has %d bytes at least, but the file ends at %d", size,
                fileSize);
        require(at + size - header.snapshotsOffset() <= SIZE_MAX, index, at,
                "it makes the table longer than %d bytes", SIZE_MAX);
    }

    private void requireL1(int index, long at, SnapshotEntry entry) throws BadImageException {
        long size = (entry.l1Entries() & 0xffff_ffffL) * Long.BYTES;
        require(size <= HeaderCheck.L1_SIZE_MAX, index, at, "an L1 table of %d bytes, more than 32 MiB",
                size);
        if (size == 0) return;
        long l1 = entry.l1Offset();
        require(l1 > 0 && l1 % header.clusterSize() == 0 && l1 < HeaderCheck.OFFSET_MAX, index, at,
                "an L1 table at %s, not a multiple of the cluster's %d bytes behind the header",
                Long.toUnsignedString(l1), header.clusterSize());
        require(l1 + size <= fileSize, index, at, "an L1 table at [%d, +%d), but the file ends at %d", l1,
                size, fileSize);
    }

    /** No two tables may share a cluster: whoever frees the one would free the other. */
    private void requireApart(List<SnapshotEntry> entries, Area table) throws BadImageException {
        var all = new ArrayList<Area>();
        all.add(table);
        all.add(new Area(header.l1Offset(), (long) header.l1Entries() * Long.BYTES));
        all.add(new Area(header.refcountTableOffset(),
                (long) header.refcountTableClusters() << header.clusterBits()));
        for (SnapshotEntry each : entries) all.add(each.l1());
        all.removeIf(each -> each.length() == 0);
        all.sort((a, b) -> Long.compare(a.at(), b.at())); // Comparator's own are made anew at every start.
        for (int i = 1; i < all.size(); i++) {
            Area before = all.get(i - 1);
            if (before.at() + before.length() - 1 >>> header.clusterBits()
                    < all.get(i).at() >>> header.clusterBits()) continue;
            throw BadImageException.ofDamage(file.name(), "the snapshot table at %d: tables at [%d, +%d) and "
                    + "[%d, +%d) overlap", table.at(), before.at(), before.length(), all.get(i).at(),
                    all.get(i).length());
        }
    }

    private void require(boolean kept, int index, long at, String rule, Object... values)
            throws BadImageException {
        if (kept) return;
        throw BadImageException.of(file.name(), "snapshot %d of %d, its entry at offset %d: %s", index + 1,
                header.snapshotCount(), at, rule.formatted(values));
    }
}
