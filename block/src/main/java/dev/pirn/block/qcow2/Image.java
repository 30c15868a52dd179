package dev.pirn.block.qcow2;

import dev.pirn.aio.ThreadPool;
import dev.pirn.block.Discard;
import dev.pirn.block.StorageFile;
import dev.pirn.CoroutineFn;
import java.io.IOException;

/** The parts of an open image, put together. */
final class Image {
    private final StorageFile file;
    private final ImageReader.Guest guest;
    private final Geometry geometry;
    private final HeaderFile header;
    private final MetadataAreas areas;
    private final Damage damage;
    private final InFlight inFlight = new InFlight();
    private final ClusterMap map;
    private final Refcounts refcounts;
    private final Allocator allocator;
    private final ImageReader reader;
    private final Expander expander;
    private final WriteBack writeBack;
    private final boolean unmap;

    Image(StorageFile file, Header opened, ImageReader.Guest guest, Qcow2Options options, ThreadPool pool)
            throws IOException {
        this.file = file;
        this.guest = guest;
        this.geometry = Geometry.of(opened);
        this.unmap = options.discard() == Discard.UNMAP;
        this.header = new HeaderFile(file, opened);
        this.damage = new Damage(file, header);
        this.areas = new MetadataAreas(opened);
        long asked = options.l2CacheBytesMax();
        this.map = new ClusterMap(file, opened, areas, asked == 0 ? Caches.l2Bytes(opened) : asked);
        this.refcounts = new Refcounts(file, header, areas);
        this.allocator = new Allocator(file, refcounts, areas, opened.clusterBits(), unmap);
        this.expander = new Expander(opened, pool);
        this.reader = new ImageReader(file, guest, opened, map, expander);
        this.writeBack = new WriteBack(file, guest.data(), map, refcounts, allocator, areas, damage);
    }

    String name() {
        return file.name();
    }

    StorageFile file() {
        return file;
    }

    /** Where guest data stands: {@link #file}, unless it has a data file. */
    StorageFile data() {
        return guest.data();
    }

    boolean hasDataFile() {
        return guest.data() != file;
    }

    ImageReader.Guest guest() {
        return guest;
    }

    Geometry geometry() {
        return geometry;
    }

    Header header() {
        return header.header();
    }

    HeaderFile headerFile() {
        return header;
    }

    MetadataAreas areas() {
        return areas;
    }

    Damage damage() {
        return damage;
    }

    InFlight inFlight() {
        return inFlight;
    }

    ClusterMap map() {
        return map;
    }

    Refcounts refcounts() {
        return refcounts;
    }

    Allocator allocator() {
        return allocator;
    }

    Expander expander() {
        return expander;
    }

    ImageReader reader() {
        return reader;
    }

    WriteBack writeBack() {
        return writeBack;
    }

    /** Whether storage may be given back. */
    boolean unmap() {
        return unmap;
    }

    /** Whether what is unallocated at {@code offset} reads as zeroes, from there on. */
    boolean isBehindBacking(long offset) {
        return offset >= guest.backingSize();
    }

    boolean readsAsZeroes(ClusterMap.Run run, long offset) {
        return run.kind() == L2Entry.Kind.ZERO
                || run.kind() == L2Entry.Kind.UNALLOCATED && isBehindBacking(offset);
    }

    /** Whether the tables say that all of the range is zeroes. Suspends. */
    @CoroutineFn
    boolean readsAsZeroes(long from, long to) throws IOException {
        for (long at = from; at < to; ) {
            ClusterMap.Run run = map.find(at, to - at);
            if (!readsAsZeroes(run, at)) return false;
            at += run.length();
        }
        return true;
    }

    /** Notes that an L2 entry, as it was, is no more: what it referred to is freed later. */
    void giveUp(L2Entry entry) {
        if (entry.isCompressed()) {
            var where = CompressedCluster.of(entry.word(), geometry.clusterBits());
            allocator.defer(where.at(), where.length());
            expander.forget();
        } else if (entry.hasHost() && !hasDataFile()) {
            allocator.defer(entry.host(), geometry.clusterSize());
        }
    }
}
