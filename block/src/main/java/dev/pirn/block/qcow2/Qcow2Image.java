package dev.pirn.block.qcow2;

import dev.pirn.aio.ThreadPool;
import dev.pirn.block.BlockDevice;
import dev.pirn.block.Driver;
import dev.pirn.block.Extent;
import dev.pirn.block.RawOptions;
import dev.pirn.block.StorageFile;
import dev.pirn.CoroutineFn;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A qcow2 image as a disk: put {@link BlockDevice#of} before it.
 *
 * <p>Many requests, from coroutines of any loops, may be inside at a time.
 */
public final class Qcow2Image implements Driver {
    private final StorageFile file;
    private final Preamble preamble;
    private final ImageReader.Guest guest;
    private final Geometry geometry;
    private final InFlight inFlight = new InFlight();
    private final ClusterMap map;
    private final ImageReader reader;

    private Qcow2Image(StorageFile file, Preamble preamble, ImageReader.Guest guest, Chain chain) {
        Header header = preamble.header();
        this.file = file;
        this.preamble = preamble;
        this.guest = guest;
        this.geometry = Geometry.of(header);
        long asked = chain.options().l2CacheBytesMax();
        this.map = new ClusterMap(file, header, new MetadataAreas(header),
                asked == 0 ? Caches.l2Bytes(header) : asked);
        this.reader = new ImageReader(file, guest, header, map, new Expander(header, chain.pool()));
    }

    /**
     * Opens the image at {@code path}, with its data file and all of its backing files. Suspends.
     *
     * @param pool whose threads do the file work; stays the caller's
     * @throws BadImageException if it is no image that can be used here, or names files that may not be
     *     followed; the message says the file, the offset, the rule and the values
     * @throws IOException if a file cannot be opened or read; nothing stays open
     */
    @CoroutineFn
    public static Qcow2Image open(Path path, Qcow2Options options, ThreadPool pool) throws IOException {
        return open(path, Chain.of(options, pool));
    }

    @CoroutineFn
    static Qcow2Image open(Path path, Chain before) throws IOException {
        Chain chain = before.pool().call(() -> before.with(path));
        var how = new RawOptions(chain.options().readOnly(), chain.options().discard());
        StorageFile file = chain.pool().call(() -> StorageFile.open(path, how, chain.pool()));
        try {
            return open(file, chain);
        } catch (Throwable e) {
            file.close();
            throw e;
        }
    }

    /**
     * As {@link #open(Path, Qcow2Options, ThreadPool)}, of a file that is open, and is closed with it. If
     * that fails it stays open.
     *
     * @param path where it stands, for the files that it names
     */
    @CoroutineFn
    public static Qcow2Image open(StorageFile file, Path path, Qcow2Options options, ThreadPool pool)
            throws IOException {
        return open(file, pool.call(() -> Chain.of(options, pool).with(path)));
    }

    @CoroutineFn
    private static Qcow2Image open(StorageFile file, Chain chain) throws IOException {
        Preamble preamble = Preamble.read(file);
        Header header = preamble.header();
        if (header.compressionType() != 0 && !Zstd.isAvailable()) {
            throw BadImageException.of(file.name(), "compressed with zstd, and the library "
                    + "com.github.luben:zstd-jni is not there");
        }
        ImageReader.Guest guest = openGuest(file, preamble, chain);
        return new Qcow2Image(file, preamble, guest, chain);
    }

    @CoroutineFn
    private static ImageReader.Guest openGuest(StorageFile file, Preamble preamble, Chain chain)
            throws IOException {
        String backing = preamble.backingName();
        if (chain.options().follow() == Follow.NOTHING) {
            return new ImageReader.Guest(preamble.header().hasDataFile() ? null : file, null, backing);
        }
        StorageFile data = file;
        if (preamble.header().hasDataFile()) {
            String name = preamble.text(HeaderExtension.DATA_FILE);
            if (name == null) throw BadImageException.of(file.name(), "a data file without a name");
            data = chain.openData(name);
        }
        if (backing == null) return new ImageReader.Guest(data, null, null);
        try {
            String format = preamble.text(HeaderExtension.BACKING_FORMAT);
            return new ImageReader.Guest(data, chain.openBacking(backing, format), null);
        } catch (Throwable e) {
            if (data != file) data.close();
            throw e;
        }
    }

    /** The header as it stands in the file. */
    public Header header() {
        return preamble.header();
    }

    /** The backing file's name as it stands in the image; null if it has none. */
    public String backingName() {
        return preamble.backingName();
    }

    /** The backing file's format as it stands in the image; null if it does not say. */
    public String backingFormat() {
        return preamble.text(HeaderExtension.BACKING_FORMAT);
    }

    /** The data file's name as it stands in the image; null if it has none. */
    public String dataFileName() {
        return preamble.text(HeaderExtension.DATA_FILE);
    }

    /** What it lies upon; null if it has no backing file, or that was not followed. Stays the image's. */
    public BlockDevice backing() {
        return guest.backing();
    }

    @Override
    public long size() {
        return header().size();
    }

    @Override
    public void read(long offset, MemorySegment target) throws IOException {
        InFlight.Range range = inFlight.share(offset, offset + target.byteSize());
        try {
            reader.read(offset, target);
        } finally {
            inFlight.leave(range);
        }
    }

    @Override
    public void write(long offset, MemorySegment source) throws IOException {
        throw new UnsupportedOperationException();
    }

    @Override
    public void writeZeroes(long offset, long length, boolean mayUnmap) throws IOException {
        throw new UnsupportedOperationException();
    }

    @Override
    public void discard(long offset, long length) throws IOException {
        throw new UnsupportedOperationException();
    }

    @Override
    public void flush() throws IOException {
        file.flush();
    }

    @Override
    public void prefetch(long offset, long length) throws IOException {
        for (long done = 0; done < length; ) { // The tables; the system reads the data ahead by itself.
            done += map.find(offset + done, length - done).length();
        }
    }

    @Override
    public List<Extent> extents(long offset, long length, int countMax) throws IOException {
        var extents = new ArrayList<Extent>();
        for (long done = 0; done < length && extents.size() < countMax; ) {
            Mapping next = mapping(offset + done, length - done);
            extents.add(new Extent(next.length(), !next.isPresent(), next.isZero()));
            done += next.length();
        }
        return extents;
    }

    /**
     * Says where the bytes from {@code offset} on stand, as far as they are alike. What it says is true until
     * somebody writes there. Suspends.
     *
     * @param length bytes to look at, at least 1; the range must be inside the disk
     */
    @CoroutineFn
    public Mapping mapping(long offset, long length) throws IOException {
        ClusterMap.Run run = map.find(offset, length);
        return switch (run.kind()) {
            case DATA -> new Mapping(run.length(), 0, false, true, run.at(), false);
            case COMPRESSED -> new Mapping(run.length(), 0, false, true, Mapping.NOWHERE, true);
            case UNALLOCATED -> mappingBelow(offset, run.length());
            default -> new Mapping(run.length(), 0, true, true, Mapping.NOWHERE, false);
        };
    }

    @CoroutineFn
    private Mapping mappingBelow(long offset, long length) throws IOException {
        long there = guest.backingSize() - offset;
        if (there <= 0) return new Mapping(length, 0, true, false, Mapping.NOWHERE, false);
        long inside = Math.min(length, there);
        if (guest.backing() == null) return new Mapping(inside, 1, false, true, Mapping.NOWHERE, false);
        if (guest.backing().driver() instanceof Qcow2Image image) {
            return image.mapping(offset, inside).below();
        }
        Extent extent = guest.backing().extents(offset, inside, 1).getFirst();
        return new Mapping(extent.length(), 1, extent.isZero(), !extent.isHole(),
                extent.isHole() ? Mapping.NOWHERE : offset, false);
    }

    @Override
    public void close() throws IOException {
        try (file; var _ = guest.data(); var _ = guest.backing()) {
            return; // All of them, also when one fails.
        }
    }

    /** Names it for people. */
    @Override
    public String toString() {
        return file.name();
    }
}
