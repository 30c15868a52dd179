package dev.pirn.block.qcow2;

import dev.pirn.block.BlockDevice;
import dev.pirn.block.StorageFile;
import dev.pirn.CoroutineFn;
import java.io.IOException;
import java.lang.foreign.MemorySegment;

/**
 * Reads guest bytes, from wherever they stand. The caller has the range in flight.
 *
 * <pre>
 *   Run: DATA ──▶ data file    ZERO ──▶ zeroes    COMPRESSED ──▶ file, expanded
 *        UNALLOCATED ──▶ backing file ──behind its end──▶ zeroes
 * </pre>
 *
 * <p>A request of one run, as most short ones are, is just that; the runs of others may be {@link Pieces}.
 */
final class ImageReader {
    private final StorageFile file;
    private final Guest guest;
    private final Geometry geometry;
    private final ClusterMap map;
    private final Expander expander;
    private final Pieces.Spare spare;

    /**
     * What is outside of the image's own file.
     *
     * @param data where guest data stands: the image's own file, or its data file; null if that is not
     *     followed
     * @param backing null for none
     * @param unfollowed the name of a backing file that was not opened; null for none
     */
    record Guest(StorageFile data, BlockDevice backing, String unfollowed) {
        /** Guest bytes behind which nothing shines through. */
        long backingSize() {
            return unfollowed != null ? Long.MAX_VALUE : backing == null ? 0 : backing.size();
        }
    }

    ImageReader(StorageFile file, Guest guest, Header header, ClusterMap map, Expander expander) {
        this.file = file;
        this.guest = guest;
        this.geometry = Geometry.of(header);
        this.map = map;
        this.expander = expander;
        this.spare = new Pieces.Spare(file.name());
    }

    @CoroutineFn
    void read(long offset, MemorySegment target) throws IOException {
        if (target.byteSize() == 0) return; // Of no disk there is no table to look at.
        ClusterMap.Run run = map.find(offset, target.byteSize());
        if (run.length() < target.byteSize()) readRuns(run, offset, target);
        else if (run.kind() == L2Entry.Kind.DATA) data().read(run.at(), target);
        else readRun(run, offset, target, true);
    }

    /** Of which {@code first} is the first. */
    @CoroutineFn
    private void readRuns(ClusterMap.Run first, long offset, MemorySegment target) throws IOException {
        var pieces = new Pieces(this, spare);
        Throwable thrown = null;
        try {
            readRuns(pieces, first, offset, target);
        } catch (Throwable e) {
            thrown = e;
        }
        pieces.leave(thrown);
    }

    @CoroutineFn
    private void readRuns(Pieces pieces, ClusterMap.Run first, long offset, MemorySegment target)
            throws IOException {
        long end = offset + target.byteSize();
        ClusterMap.Run run = first;
        for (long at = offset; ; run = map.find(at, end - at)) {
            MemorySegment piece = target.asSlice(at - offset, run.length());
            boolean last = at + run.length() == end; // The caller has nothing else to do then.
            if (!last && mayWait(run, at) && spare.isTried()) pieces.read(run, at, piece);
            else readRun(run, at, piece, true);
            if (last) return;
            at += run.length();
        }
    }

    /** False of what reads as zeroes, and is nowhere. */
    private boolean mayWait(ClusterMap.Run run, long offset) {
        return switch (run.kind()) {
            case DATA, COMPRESSED -> true;
            case UNALLOCATED -> offset < guest.backingSize();
            default -> false;
        };
    }

    /**
     * Reads a run.
     *
     * @param keep whether a compressed cluster is kept expanded: the next request may want more of it
     */
    @CoroutineFn
    void readRun(ClusterMap.Run run, long offset, MemorySegment target, boolean keep) throws IOException {
        switch (run.kind()) {
            case DATA -> data().read(run.at(), target);
            case COMPRESSED -> {
                byte[] cluster = expander.expand(file, run.at(), offset, keep);
                MemorySegment.copy(MemorySegment.ofArray(cluster), geometry.inCluster(offset), target, 0,
                        target.byteSize());
            }
            case UNALLOCATED -> readBacking(offset, target);
            default -> target.fill((byte) 0);
        }
    }

    /** Where guest data stands; throws if that was not opened. */
    StorageFile data() throws IOException {
        if (guest.data() != null) return guest.data();
        throw BadImageException.of(file.name(), "its data file was not opened, for names in it are not "
                + "followed");
    }

    @CoroutineFn
    private void readBacking(long offset, MemorySegment target) throws IOException {
        if (guest.unfollowed() != null) {
            throw BadImageException.of(file.name(), "bytes at %d are in its backing file %s, which was not "
                    + "opened, for names in it are not followed", offset, guest.unfollowed());
        }
        long there = Math.clamp(guest.backingSize() - offset, 0, target.byteSize());
        for (long done = 0; done < there; done += BlockDevice.REQUEST_SIZE_MAX) {
            long count = Math.min(BlockDevice.REQUEST_SIZE_MAX, there - done);
            guest.backing().read(offset + done, target.asSlice(done, count));
        }
        if (there < target.byteSize()) target.asSlice(there).fill((byte) 0);
    }

    /** Names it for people. */
    @Override
    public String toString() {
        return file.name();
    }
}
