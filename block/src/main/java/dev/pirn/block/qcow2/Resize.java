package dev.pirn.block.qcow2;

import dev.pirn.CoroutineFn;
import dev.pirn.block.Preallocation;
import java.io.IOException;
import java.util.List;

/**
 * Makes the disk of an image longer, or shorter.
 *
 * <pre>
 *   longer:   what lies behind is given up ──▶
 *             a longer L1 table, if need be ──▶ flush ──▶ header: size, L1 ──▶ flush ──▶ the old L1 freed
 *   shorter:  what lies behind is given up  ──▶ flush ──▶ header: size ──────▶ flush
 * </pre>
 */
final class Resize {
    private final Image image;
    private final Zeroing zeroing;
    private final Geometry geometry;

    Resize(Image image, Zeroing zeroing) {
        this.image = image;
        this.zeroing = zeroing;
        this.geometry = image.geometry();
    }

    /** Throws if the disk cannot have that size; nothing was changed. */
    void require(long size) throws IOException {
        long l1Size = geometry.l1Entries(size) * Long.BYTES;
        if (l1Size > HeaderCheck.L1_SIZE_MAX) {
            throw new IOException("%s: a disk of %d bytes needs an L1 table of %d bytes, more than 32 MiB"
                    .formatted(image.name(), size, l1Size));
        }
    }

    /** As {@link #require} has it. Suspends. */
    @CoroutineFn
    void to(long size) throws IOException {
        long before = image.header().size();
        if (size < before) {
            shrink(size, before);
        } else if (size > before) {
            grow(size, before);
        }
    }

    /**
     * Preallocates what is new from {@code from} on, or has the disk {@code before} bytes long again if that
     * fails. Suspends.
     */
    @CoroutineFn
    void preallocate(long from, Preallocation what, long before) throws IOException {
        try {
            new Preallocator(image).run(from, what);
        } catch (BadImageException e) {
            throw e; // Nothing is written to it any more.
        } catch (IOException e) {
            try {
                to(before);
            } catch (IOException again) {
                e.addSuppressed(again);
            }
            throw e;
        }
    }

    @CoroutineFn
    private void grow(long size, long before) throws IOException {
        long entries = geometry.l1Entries(size);
        forgetBehind(before);
        image.writeBack().flush();
        Area left = entries > image.map().l1.entries() ? moveL1((int) entries) : null;
        PointerTable l1 = image.map().l1;
        if (image.hasDataFile() && image.header().isDataFileRaw()) image.data().resize(size);
        image.headerFile().updateSafely(each -> each.withSize(size, l1.entries(), l1.offset()));
        if (left != null) image.allocator().release(List.of(left));
        // The last cluster's rest was no part of the disk; and a longer backing file must not shine through.
        long shown = Math.min(size, Math.max(geometry.clusterEnd(before), image.guest().backingSize()));
        if (shown > before) zeroing.zero(before, shown - before, true);
        image.writeBack().flush();
    }

    /**
     * Gives up what L1 entries behind the disk's end lead to: a machine's state, as savevm writes it and
     * applying a snapshot brings it back. It would be shown as the disk's; its snapshot keeps it.
     */
    @CoroutineFn
    private void forgetBehind(long before) throws IOException {
        PointerTable l1 = image.map().l1;
        for (int i = (int) geometry.l1Entries(before); i < l1.entries(); i++) {
            if (hasTable(i)) zeroing.forget((long) i << geometry.l1Shift(), i + 1L << geometry.l1Shift());
        }
    }

    @CoroutineFn
    private boolean hasTable(int l1Index) throws IOException {
        image.map().lock.lock();
        try {
            return (image.map().l1EntryHeld(l1Index) & L2Entry.HOST_MASK) != 0;
        } finally {
            image.map().lock.unlock();
        }
    }

    /** Returns where it stood. */
    @CoroutineFn
    private Area moveL1(int entries) throws IOException {
        PointerTable l1 = image.map().l1;
        long length = (long) entries * Long.BYTES;
        long clusters = geometry.clusterEnd(length) >>> geometry.clusterBits();
        Allocator.Clusters taken = image.allocator().allocateAll(clusters);
        Area left = new Area(l1.offset(), (long) l1.entries() * Long.BYTES);
        image.map().lock.lock();
        try {
            for (int i = 0; i < l1.entries(); i++) image.map().l1EntryHeld(i);
            l1.move(taken.at(), entries);
            image.areas().add(MetadataAreas.Kind.L1_TABLE, taken.at(), length);
        } finally {
            image.map().lock.unlock();
        }
        image.file().writeZeroes(taken.at(), clusters << geometry.clusterBits(), false);
        image.writeBack().flush();
        return left.length() == 0 ? null : left;
    }

    @CoroutineFn
    private void shrink(long size, long before) throws IOException {
        zeroing.forget(geometry.clusterEnd(size), geometry.clusterEnd(before));
        image.writeBack().flush();
        int entries = image.map().l1.entries();
        long l1 = image.map().l1.offset();
        image.headerFile().updateSafely(each -> each.withSize(size, entries, l1));
        if (image.hasDataFile() && image.header().isDataFileRaw()) image.data().resize(size);
        if (image.hasDataFile()) return;
        long end = image.allocator().end();
        if (end < image.file().size()) image.file().resize(end);
        image.file().flush();
    }
}
