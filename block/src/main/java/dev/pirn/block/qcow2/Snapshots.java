package dev.pirn.block.qcow2;

import dev.pirn.block.StorageFile;
import dev.pirn.CoroutineFn;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/**
 * The internal snapshots of an open image: each an L1 table that shares clusters with that of the disk in
 * use.
 *
 * <pre>
 *   create   L1 + 1 ──▶ L1' and a copy, L1''      entry added, with L1''
 *   apply    L1 - 1, snapshot's L1 + 1 ──▶ L1'    a copy of the snapshot's, for the disk in use
 *   delete   snapshot's L1 - 1 ──▶ L1'            entry removed; what only it shared is the disk's own again
 * </pre>
 *
 * <p>Each of these waits for the requests in flight, has the image alone while others wait, and is done and
 * on stable storage when it returns. A crash, or an error, leaves all as before, or all done: the new tables
 * stand beside those in force, until one write of the header. After an error of that write itself nobody can
 * write to the image any more.
 *
 * <p>For coroutines of any loops. All methods suspend.
 */
public final class Snapshots {
    private final Image image;
    private final Qcow2Image owner;
    /** Null before they are read. */
    private volatile List<SnapshotEntry> entries;

    Snapshots(Image image, Qcow2Image owner) {
        this.image = image;
        this.owner = owner;
    }

    /** Has the table in memory; what it says is not to be written over. Suspends. */
    @CoroutineFn
    void load() throws IOException {
        if (entries != null) return;
        List<SnapshotEntry> read = SnapshotTable.read(image.file(), image.header());
        image.areas().setSnapshots(image.header(), read);
        entries = read;
    }

    /**
     * All of them, in the order in which they stand in the image.
     *
     * @throws BadImageException if their table is not what the format's text asks for; in an image that can
     *     be written to it is
     */
    @CoroutineFn
    public List<Snapshot> list() throws IOException {
        load();
        return entries.stream().map(SnapshotEntry::snapshot).toList();
    }

    /**
     * The one with that id, else the first with that name, as QEMU looks for them; null if there is none.
     * Also {@code snapshot.id=ID}, {@code snapshot.name=NAME}, or both with a comma between them, as
     * qemu-img takes it for {@code -l}.
     *
     * @throws BadImageException as {@link #list}
     */
    @CoroutineFn
    public Snapshot find(String idOrName) throws IOException {
        return SnapshotNames.find(list(), idOrName);
    }

    /** What an image's first cluster says, had it the disk of a snapshot: never to be written. Suspends. */
    @CoroutineFn
    static Preamble at(StorageFile file, Preamble now, String idOrName) throws IOException {
        Header header = now.header();
        List<SnapshotEntry> entries = SnapshotTable.read(file, header);
        List<Snapshot> all = entries.stream().map(SnapshotEntry::snapshot).toList();
        Snapshot wanted = SnapshotNames.find(all, idOrName);
        if (wanted == null) throw unknown(file.name(), idOrName);
        SnapshotEntry entry = entries.get(indexOf(file.name(), entries, wanted));
        long size = entry.diskSize(file.name(), Geometry.of(header));
        return new Preamble(header.withSize(size, entry.l1Entries(), entry.l1Offset()), now.extensions(),
                now.backingName());
    }

    /** Refuses to have the disk resized if that would resize a snapshot's. Suspends. */
    @CoroutineFn
    void requireSizes() throws IOException {
        load();
        for (SnapshotEntry each : entries) {
            if (each.hasDiskSize()) continue;
            throw BadImageException.of(image.name(), "snapshot \"%s\" does not say how long its disk is, so "
                    + "that it is as long as the one in use: not resized; delete the snapshot first",
                    each.snapshot().name());
        }
    }

    private static IOException unknown(String file, String idOrName) {
        return BadImageException.of(file, "no snapshot has the id or the name \"%s\"", idOrName);
    }

    /**
     * Keeps the disk as it is now, with the next free number for its id.
     *
     * @param name others may have the same; at most 1023 bytes of UTF-8
     * @param date when it will say that it was made
     * @throws IllegalArgumentException if the name is longer
     * @throws IOException if that fails, or is not possible: with a data file, with 65536 snapshots, or if
     *     refcounts are too narrow to count one more reference
     */
    @CoroutineFn
    public Snapshot create(String name, Instant date) throws IOException {
        int nameSize = name.getBytes(StandardCharsets.UTF_8).length;
        if (nameSize > SnapshotEntry.NAME_SIZE_MAX) {
            throw new IllegalArgumentException("a snapshot's name of %d bytes; give at most %d"
                    .formatted(nameSize, SnapshotEntry.NAME_SIZE_MAX));
        }
        InFlight.Range all = begin();
        try {
            if (entries.size() == HeaderCheck.SNAPSHOTS_MAX) {
                throw BadImageException.of(image.name(), "has 65536 snapshots, and more are not possible");
            }
            var made = new Snapshot(SnapshotNames.newId(entries), name, date.getEpochSecond(), date.getNano(),
                    0, 0, image.header().size(), Snapshot.NO_ICOUNT);
            NewTables tables = NewTables.begin(image);
            Area active = active();
            Area disk = ofDisk(active, image.header().size());
            tables.refer(disk, 1);
            tables.refer(new Area(disk.end(), active.length() - disk.length()), -1);
            Area frozen = tables.takeCounted(disk.length());
            Area copy = tables.copyL1(disk, image.header().l1Entries(), frozen);
            tables.drop(active);
            var with = new ArrayList<>(entries);
            with.add(SnapshotEntry.of(made).at(frozen.at(), (int) (disk.length() / Long.BYTES)));
            commit(tables, image.header().size(), copy, with);
            return made;
        } catch (BadImageException e) {
            throw image.damage().note(e);
        } finally {
            end(all);
        }
    }

    /**
     * Makes the disk what it was in a snapshot, which stays; what was written since is lost.
     *
     * <p>The disk then has the snapshot's size: where that is another, the image must not be behind a {@link
     * dev.pirn.block.BlockDevice}, whose size never changes.
     *
     * @param snapshot the one with this id and name
     * @throws IOException as {@link #create}, and if there is none
     */
    @CoroutineFn
    public void apply(Snapshot snapshot) throws IOException {
        InFlight.Range all = begin();
        try {
            SnapshotEntry entry = entries.get(indexOf(image.name(), entries, snapshot));
            long size = entry.diskSize(image.name(), image.geometry());
            if (size != image.header().size() && !owner.bitmaps().isEmpty()) {
                throw BadImageException.of(image.name(), "has bitmaps, which are of its disk's size, and "
                        + "the snapshot's is another; remove them first");
            }
            owner.bitmaps().touch(0, size);
            NewTables tables = NewTables.begin(image);
            Area active = active();
            tables.refer(active, -1);
            Area disk = ofDisk(entry.l1(), size);
            tables.refer(disk, 1);
            Area copy = tables.copyL1(disk, entry.l1Entries(), null);
            tables.drop(active);
            commit(tables, size, copy, entries);
        } catch (BadImageException e) {
            throw image.damage().note(e);
        } finally {
            end(all);
        }
    }

    /**
     * Deletes a snapshot, and gives back the storage that it alone has.
     *
     * @param snapshot the one with this id and name
     * @throws IOException as {@link #apply}
     */
    @CoroutineFn
    public void delete(Snapshot snapshot) throws IOException {
        InFlight.Range all = begin();
        try {
            int index = indexOf(image.name(), entries, snapshot);
            Area l1 = entries.get(index).l1();
            NewTables tables = NewTables.begin(image);
            Area active = active();
            tables.refer(l1, -1);
            tables.drop(l1);
            Area copy = tables.copyL1(active, image.header().l1Entries(), null);
            tables.drop(active);
            var without = new ArrayList<>(entries);
            without.remove(index);
            commit(tables, image.header().size(), copy, without);
        } catch (BadImageException e) {
            throw image.damage().note(e);
        } finally {
            end(all);
        }
    }

    /** Has no L2 table say "zeroes" any more, of the disk or of a snapshot, by one change. */
    @CoroutineFn
    void expandZeroes() throws IOException {
        InFlight.Range all = begin();
        try {
            NewTables tables = NewTables.begin(image);
            var expansion = new ZeroExpansion(image, tables);
            boolean needed = expansion.isNeeded(active());
            for (SnapshotEntry each : entries) needed = needed || expansion.isNeeded(each.l1());
            if (!needed) return;
            Area active = expansion.expand(active());
            var expanded = new ArrayList<SnapshotEntry>();
            for (SnapshotEntry each : entries) {
                expanded.add(each.at(expansion.expand(each.l1()).at(), each.l1Entries()));
            }
            Area copy = tables.copyL1(active, image.header().l1Entries(), null);
            tables.drop(active);
            commit(tables, image.header().size(), copy, expanded);
        } catch (BadImageException e) {
            throw image.damage().note(e);
        } finally {
            end(all);
        }
    }

    /** Waits until nobody works on the image, and keeps everybody out. */
    @CoroutineFn
    private InFlight.Range begin() throws IOException {
        if (image.hasDataFile()) {
            throw BadImageException.of(image.name(), "its data is in a file of its own, which snapshots "
                    + "do not know of: not possible");
        }
        owner.prepareToWrite();
        InFlight.Range all = image.inFlight().own(0, Long.MAX_VALUE);
        try {
            load();
            image.writeBack().begin();
        } catch (Throwable e) {
            image.inFlight().leave(all);
            throw e;
        }
        return all;
    }

    private void end(InFlight.Range all) {
        image.writeBack().end();
        image.inFlight().leave(all);
    }

    /**
     * The part of an L1 table that maps a disk. Behind it stands a machine's state, if any: its snapshot's
     * alone, though QEMU 7.2 has others share it; for who wants it applies that snapshot.
     */
    private Area ofDisk(Area l1, long size) {
        return new Area(l1.at(), image.geometry().l1Entries(size) * Long.BYTES);
    }

    private Area active() {
        return new Area(image.header().l1Offset(), (long) image.header().l1Entries() * Long.BYTES);
    }

    private static int indexOf(String file, List<SnapshotEntry> entries, Snapshot snapshot)
            throws IOException {
        for (int i = 0; i < entries.size(); i++) {
            Snapshot each = entries.get(i).snapshot();
            if (each.id().equals(snapshot.id()) && each.name().equals(snapshot.name())) return i;
        }
        throw unknown(file, snapshot.name());
    }

    @CoroutineFn
    private void commit(NewTables tables, long diskSize, Area l1, List<SnapshotEntry> wanted)
            throws IOException {
        long size = SnapshotTable.size(wanted);
        SnapshotTable.requireLimits(image.name(), wanted);
        Area place = tables.takeCounted(size);
        if (size > 0) {
            MemorySegment bytes = Slice.allocate((int) size);
            ByteBuffer to = bytes.asByteBuffer();
            for (SnapshotEntry each : wanted) each.put(to);
            image.file().write(place.at(), bytes);
        }
        tables.drop(new Area(image.header().snapshotsOffset(), SnapshotTable.size(entries)));
        Header after = image.header().withSize(diskSize, (int) (l1.length() / Long.BYTES), l1.at())
                .withSnapshots(wanted.size(), place.at());
        tables.commit(after, wanted);
        entries = List.copyOf(wanted);
        tables.discardFreed();
    }
}
