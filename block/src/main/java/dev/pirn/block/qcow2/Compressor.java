package dev.pirn.block.qcow2;

import dev.pirn.aio.ThreadPool;
import dev.pirn.CoroutineFn;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Writes compressed clusters.
 *
 * <pre>
 *   cluster ──▶ pool: compressed ──too long──▶ ImageWriter, plain
 *                      └──▶ a place behind the last one, in the same host cluster ──▶ L2 entry
 *   host cluster   │ one ─┼─ two ──┼─ three ┼│┼─ three, goes on ─┼ …       counted once for each
 * </pre>
 */
final class Compressor {
    private final Image image;
    private final ImageWriter writer;
    private final ThreadPool pool;
    private final Compression compression;
    private final int clusterSize;

    Compressor(Image image, ImageWriter writer, ThreadPool pool) {
        this.image = image;
        this.writer = writer;
        this.pool = pool;
        this.compression = Compression.of(image.header());
        this.clusterSize = image.geometry().clusterSize();
    }

    /** Writes one cluster, of which the disk's end may cut a part. */
    @CoroutineFn
    void write(long offset, MemorySegment source) throws IOException {
        if (image.hasDataFile()) {
            throw new IOException(image.name() + ": its data is in a file of its own, which has no "
                    + "compressed clusters");
        }
        byte[] cluster = new byte[clusterSize];
        MemorySegment.copy(source, 0, MemorySegment.ofArray(cluster), 0, source.byteSize());
        byte[] compressed = new byte[clusterSize - 1];
        int length = pool.call(() -> compression.compress(cluster, compressed));
        if (length < 0) {
            writer.write(offset, source);
        } else {
            write(offset, MemorySegment.ofArray(compressed).asSlice(0, length), length);
        }
    }

    @CoroutineFn
    private void write(long offset, MemorySegment compressed, int length) throws IOException {
        InFlight.Range range = image.inFlight().own(offset, offset + clusterSize);
        try {
            image.map().ensureTable(offset, image.allocator());
            Area place = image.allocator().allocateBytes(length);
            L2Entry before;
            try {
                image.areas().require(image.name(), place.at(), length, null);
                image.file().write(place.at(), compressed);
                before = link(offset, place);
            } catch (Throwable e) {
                image.allocator().giveBack(place);
                throw e;
            }
            image.giveUp(before);
        } finally {
            image.inFlight().leave(range);
        }
    }

    /** Returns what the entry was. */
    @CoroutineFn
    private L2Entry link(long offset, Area place) throws IOException {
        ClusterMap map = image.map();
        map.lock.lock();
        try {
            Slice slice = map.sliceHeld(offset);
            L2Entry before = map.entry(slice, offset);
            long word = CompressedCluster.word(place.at(), (int) place.length(),
                    image.geometry().clusterBits());
            map.setEntryHeld(slice, offset, new L2Entry(word, 0));
            return before;
        } finally {
            map.lock.unlock();
        }
    }
}
