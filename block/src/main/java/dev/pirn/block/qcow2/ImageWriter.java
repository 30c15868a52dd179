package dev.pirn.block.qcow2;

import dev.pirn.block.StorageFile;
import dev.pirn.CoroutineFn;
import java.io.IOException;
import java.lang.foreign.MemorySegment;

/**
 * Writes guest bytes.
 *
 * <pre>
 *   data of its own cluster? ──yes──▶ written in place, the range shared with others
 *     └─no─▶ the range alone ──▶ clusters taken ──▶ head, data, tail written ──▶ L2 entries changed
 *             refcounts first     Allocator          one write if it can be      the old ones: deferred
 * </pre>
 *
 * <p>An L2 entry is changed in memory when its data is in the file, and {@link WriteBack} has that safe
 * before the entry: so a crash finds what was there before, or all of it.
 */
final class ImageWriter {
    /** Guest bytes that are allocated at once, at most. */
    private static final long ALLOCATED_MAX = 4 << 20;
    /** What is copied into one write with its head and tail, rather than written in three. */
    private static final long MERGED_MAX = 256 << 10;

    private final Image image;
    private final Geometry geometry;
    private final ClusterMap map;
    private final InFlight inFlight;

    ImageWriter(Image image) {
        this.image = image;
        this.geometry = image.geometry();
        this.map = image.map();
        this.inFlight = image.inFlight();
    }

    @CoroutineFn
    void write(long offset, MemorySegment source) throws IOException {
        long length = source.byteSize();
        for (long done = 0; done < length; ) {
            MemorySegment rest = done == 0 ? source : source.asSlice(done);
            long count = writeInPlace(offset + done, rest);
            done += count > 0 ? count : writeElsewhere(offset + done, rest);
        }
    }

    /** Writes what can be without a change of the tables; returns how many bytes. */
    @CoroutineFn
    private long writeInPlace(long offset, MemorySegment source) throws IOException {
        InFlight.Range range = inFlight.share(offset, offset + source.byteSize());
        try {
            ClusterMap.Run run = map.find(offset, source.byteSize());
            return run.writable() ? writeRun(run, source) : 0;
        } finally {
            inFlight.leave(range);
        }
    }

    @CoroutineFn
    private long writeRun(ClusterMap.Run run, MemorySegment source) throws IOException {
        boolean all = run.length() == source.byteSize();
        writeData(run.at(), all ? source : source.asSlice(0, run.length()));
        return run.length();
    }

    @CoroutineFn
    private void writeData(long at, MemorySegment source) throws IOException {
        if (image.data() == image.file()) image.areas().require(image.name(), at, source.byteSize(), null);
        image.data().write(at, source);
    }

    /** Writes what has to be allocated first; returns how many bytes. */
    @CoroutineFn
    private long writeElsewhere(long offset, MemorySegment source) throws IOException {
        long start = geometry.clusterStart(offset);
        long end = Math.min(Math.min(map.sliceEnd(offset), start + Math.max(geometry.clusterSize(),
                ALLOCATED_MAX)), offset + source.byteSize());
        InFlight.Range range = inFlight.own(start, geometry.clusterEnd(end));
        try {
            // Somebody may have been here before us: then it is as if we had come later.
            ClusterMap.Run run = map.find(offset, end - offset);
            if (run.writable()) {
                inFlight.shareOn(range);
                return writeRun(run, source);
            }
            map.ensureTable(offset, image.allocator());
            Cow cow = Cow.plan(geometry, offset, end, entries(offset, end));
            if (cow.reuses()) {
                write(cow, false, source);
                link(cow);
            } else if (image.data() != image.file()) { // A data file is laid out as the guest sees it.
                cow = cow.at(cow.start());
                write(cow, false, source);
                link(cow);
            } else {
                cow = writeAllocating(cow, source);
            }
            return cow.end() - offset;
        } finally {
            inFlight.leave(range);
        }
    }

    @CoroutineFn
    private L2Entry[] entries(long offset, long end) throws IOException {
        long start = geometry.clusterStart(offset);
        var entries = new L2Entry[(int) (geometry.clusterEnd(end) - start >>> geometry.clusterBits())];
        map.lock.lock();
        try {
            Slice slice = map.sliceHeld(offset);
            for (int i = 0; i < entries.length; i++) {
                entries[i] = map.entry(slice, start + ((long) i << geometry.clusterBits()));
            }
        } finally {
            map.lock.unlock();
        }
        return entries;
    }

    @CoroutineFn
    private Cow writeAllocating(Cow planned, MemorySegment source) throws IOException {
        Allocator.Clusters taken = image.allocator().allocate(planned.clusters());
        Cow cow = planned.shortened((int) taken.count()).at(taken.at());
        try {
            write(cow, taken.isZero(), source);
            link(cow);
        } catch (Throwable e) {
            image.allocator().giveBack(taken);
            throw e;
        }
        for (L2Entry each : cow.old()) image.giveUp(each);
        return cow;
    }

    /**
     * Writes the data, and what is copied around it.
     *
     * @param zero whether the place reads as zeroes, so that those need not be written
     */
    @CoroutineFn
    private void write(Cow cow, boolean zero, MemorySegment source) throws IOException {
        MemorySegment data = source.asSlice(0, cow.end() - cow.offset());
        long from = zero && image.readsAsZeroes(cow.from(), cow.offset()) ? cow.offset() : cow.from();
        long to = zero && image.readsAsZeroes(cow.end(), cow.to()) ? cow.end() : cow.to();
        if (from == cow.offset() && to == cow.end()) {
            writeData(cow.hostOf(from), data);
        } else if (to - from <= MERGED_MAX) {
            MemorySegment merged = Slice.allocate((int) (to - from));
            read(from, cow.offset(), merged);
            MemorySegment.copy(data, 0, merged, cow.offset() - from, data.byteSize());
            read(cow.end(), to, merged.asSlice(cow.end() - from));
            writeData(cow.hostOf(from), merged);
        } else {
            copy(cow, from, cow.offset());
            writeData(cow.hostOf(cow.offset()), data);
            copy(cow, cow.end(), to);
        }
    }

    /** What the guest sees now; behind the end of the disk zeroes. */
    @CoroutineFn
    private void read(long from, long to, MemorySegment target) throws IOException {
        if (from < to) image.reader().read(from, target.asSlice(0, to - from));
    }

    @CoroutineFn
    private void copy(Cow cow, long from, long to) throws IOException {
        if (from == to) return;
        MemorySegment piece = Slice.allocate((int) (to - from));
        read(from, to, piece);
        writeData(cow.hostOf(from), piece);
    }

    @CoroutineFn
    private void link(Cow cow) throws IOException {
        map.lock.lock();
        try {
            Slice slice = map.sliceHeld(cow.start());
            for (int i = 0; i < cow.clusters(); i++) map.setEntryHeld(slice, cow.clusterAt(i), cow.entry(i));
        } finally {
            map.lock.unlock();
        }
    }
}
