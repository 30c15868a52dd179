package dev.pirn.block.qcow2;

import dev.pirn.aio.ThreadPool;
import dev.pirn.block.BlockDevice;
import dev.pirn.block.Driver;
import dev.pirn.block.Extent;
import dev.pirn.block.NoSpaceException;
import dev.pirn.block.Preallocation;
import dev.pirn.block.RawOptions;
import dev.pirn.block.StorageFile;
import dev.pirn.CoroutineFn;
import dev.pirn.lock.CoMutex;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.List;

/**
 * A qcow2 image as a disk: put {@link BlockDevice#of} before it.
 *
 * <p>Many requests, from coroutines of any loops, may be inside at a time.
 */
public final class Qcow2Image implements Driver, AutoCloseable {
    private final Image image;
    private final Preamble preamble;
    private final ImageWriter writer;
    private final Zeroing zeroing;
    private final Mappings mappings;
    private final boolean readOnly;
    private final Snapshots snapshots;
    private final Bitmaps bitmaps;
    private final Compressor compressor;
    private final CoMutex firstWrite;
    private volatile boolean writing;

    private Qcow2Image(Image image, Preamble preamble, ThreadPool pool, boolean readOnly) {
        this.image = image;
        this.preamble = preamble;
        this.readOnly = readOnly;
        this.writer = new ImageWriter(image);
        this.zeroing = new Zeroing(image, writer);
        this.mappings = new Mappings(image);
        this.compressor = new Compressor(image, writer, pool);
        this.snapshots = new Snapshots(image, this);
        this.bitmaps = new Bitmaps(image, this, preamble.extensions());
        this.firstWrite = new CoMutex("first write to " + image.name());
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
        RawOptions how = chain.options().files();
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
     * @param path where it stands, for the files that it names; null if it is no file of this system: what
     *     it names is followed to {@link Follow#ANYWHERE} or not at all then
     */
    @CoroutineFn
    public static Qcow2Image open(StorageFile file, Path path, Qcow2Options options, ThreadPool pool)
            throws IOException {
        return open(file, chain(file, path, options, pool));
    }

    @CoroutineFn
    private static Chain chain(StorageFile file, Path path, Qcow2Options options, ThreadPool pool)
            throws IOException {
        Chain none = Chain.of(options, pool);
        return path == null ? none.with(file.name()) : pool.call(() -> none.with(path));
    }

    /**
     * Opens the disk of the image at {@code path} as it was in a snapshot, for reading alone. Suspends.
     *
     * @param idOrName of the snapshot, as {@link Snapshots#find} takes it
     * @throws BadImageException as {@link #open(Path, Qcow2Options, ThreadPool)}, and if the snapshots are
     *     not what the format's text asks for
     * @throws IOException if there is no such snapshot, or a file cannot be opened or read; nothing stays
     *     open
     */
    @CoroutineFn
    public static Qcow2Image openSnapshot(Path path, String idOrName, Qcow2Options options, ThreadPool pool)
            throws IOException {
        RawOptions how = options.files().asReadOnly();
        StorageFile file = pool.call(() -> StorageFile.open(path, how, pool));
        try {
            return openSnapshot(file, path, idOrName, options, pool);
        } catch (Throwable e) {
            file.close();
            throw e;
        }
    }

    /**
     * The same, of a file that is open, as {@link #open(StorageFile, Path, Qcow2Options, ThreadPool)}.
     *
     * @throws IOException as the other one; the file stays open then
     */
    @CoroutineFn
    public static Qcow2Image openSnapshot(StorageFile file, Path path, String idOrName, Qcow2Options options,
            ThreadPool pool) throws IOException {
        Chain chain = chain(file, path, options.asReadOnly(), pool);
        return open(file, Snapshots.at(file, Preamble.read(file), idOrName), chain);
    }

    @CoroutineFn
    static Qcow2Image open(StorageFile file, Chain chain) throws IOException {
        Preamble preamble = Preamble.read(file);
        return open(file, chain.options().readOnly() ? preamble : Qcow2Check.toWrite(file, preamble), chain);
    }

    @CoroutineFn
    private static Qcow2Image open(StorageFile file, Preamble preamble, Chain chain) throws IOException {
        Header header = preamble.header();
        if (header.compressionType() != 0 && !Zstd.isAvailable()) {
            throw BadImageException.of(file.name(), "compressed with zstd, and the library "
                    + "com.github.luben:zstd-jni is not there");
        }
        ImageReader.Guest guest = chain.openGuest(file, preamble);
        var image = new Image(file, header, guest, chain.options(), chain.pool());
        var opened = new Qcow2Image(image, preamble, chain.pool(), chain.options().readOnly());
        // Who reads alone may do so whatever the snapshots are.
        if (!chain.options().readOnly()) {
            opened.snapshots.load();
            opened.bitmaps.load();
        }
        return opened;
    }

    /** The header as it stands in the file; of a snapshot with the size of its disk. */
    public Header header() {
        return image.header();
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

    /** Where its data file is; null if it has none, or that was not followed. */
    public Path dataFile() {
        StorageFile data = image.data();
        return data == null || data == image.file() ? null : Path.of(data.name());
    }

    /** What it lies upon; null if it has no backing file, or that was not followed. Stays the image's. */
    public BlockDevice backing() {
        return image.guest().backing();
    }

    @Override
    public long size() {
        return header().size();
    }

    @Override
    public void read(long offset, MemorySegment target) throws IOException {
        InFlight.Range range = image.inFlight().share(offset, offset + target.byteSize());
        try {
            image.reader().read(offset, target);
        } finally {
            image.inFlight().leave(range);
        }
    }

    @Override
    public void write(long offset, MemorySegment source) throws IOException {
        prepareToWriteData();
        bitmaps.touch(offset, source.byteSize());
        change(() -> writer.write(offset, source));
    }

    @CoroutineFn
    private void change(Damage.Change change) throws IOException {
        try {
            try {
                change.run();
            } catch (NoSpaceException e) {
                if (!image.allocator().hasDeferred()) throw e;
                image.writeBack().flush(); // Some clusters wait for that, to be free.
                change.run();
            }
            image.writeBack().relieve();
        } catch (BadImageException e) {
            throw image.damage().note(e);
        }
    }

    /**
     * Writes one cluster compressed, as {@link Header#compressionType} says; as it is where that would make
     * it longer. Many at a time are compressed at a time, by the pool's threads. Suspends.
     *
     * @param offset of the disk, a multiple of the cluster's size
     * @param cluster as many bytes as a cluster has, or as are left of the disk
     * @throws IllegalArgumentException if it is anything else: nothing was written
     * @throws IOException if that fails, as {@link #write}; or is not possible, with a data file
     */
    @CoroutineFn
    public void writeCompressed(long offset, MemorySegment cluster) throws IOException {
        long length = cluster.byteSize();
        long wanted = Math.min(header().clusterSize(), size() - offset);
        if (offset < 0 || offset % header().clusterSize() != 0 || length != wanted || length == 0) {
            throw new IllegalArgumentException(("%s: compressed write of [%d, +%d); give one cluster of %d "
                    + "bytes, or what is left of the disk's %d").formatted(this, offset, length,
                    header().clusterSize(), size()));
        }
        prepareToWriteData();
        bitmaps.touch(offset, length);
        change(() -> compressor.write(offset, cluster));
    }

    boolean isReadOnly() {
        return readOnly;
    }

    /** Has bitmaps note what is written from now on; before the first write. */
    @CoroutineFn
    void prepareToWrite() throws IOException {
        image.damage().refuseToWrite();
        if (writing) return;
        firstWrite.lock();
        try {
            if (writing) return;
            claim();
            bitmaps.track();
            writing = true;
        } finally {
            firstWrite.unlock();
        }
    }

    @CoroutineFn
    private void prepareToWriteData() throws IOException {
        image.reader().data(); // Throws where it was not followed.
        prepareToWrite();
    }

    /** Whoever writes and does not know a feature says so ("autoclear_features"). */
    @CoroutineFn
    void claim() throws IOException {
        image.damage().refuseToWrite();
        long kept = Feature.known(Feature.Kind.AUTOCLEAR);
        image.headerFile().updateSafely(each -> each.withAutoclear(each.autoclear() & kept));
    }

    /**
     * Stores the bitmaps that noted what was written, if there are any; what was written is flushed then.
     * Nobody may write meanwhile.
     *
     * @throws IOException if that fails: it can be called again; without that they stay marked as in use
     */
    @Override
    public void finish() throws IOException {
        if (!writing) return;
        firstWrite.lock();
        try {
            image.damage().refuseToWrite();
            bitmaps.store();
            writing = false;
        } catch (BadImageException e) {
            throw image.damage().note(e);
        } finally {
            firstWrite.unlock();
        }
    }

    @Override
    public void writeZeroes(long offset, long length, boolean mayUnmap) throws IOException {
        prepareToWriteData();
        bitmaps.touch(offset, length);
        change(() -> zeroing.zero(offset, length, mayUnmap && image.unmap()));
    }

    @Override
    public boolean writeZeroesFast(long offset, long length, boolean mayUnmap, boolean fua)
            throws IOException {
        if (!zeroing.isFast()) return false;
        writeZeroes(offset, length, mayUnmap);
        if (fua) flush();
        return true;
    }

    @Override
    public void discard(long offset, long length) throws IOException {
        if (!image.unmap()) return;
        prepareToWriteData();
        bitmaps.touch(offset, length);
        change(() -> zeroing.discard(offset, length));
    }

    @Override
    public void flush() throws IOException {
        if (readOnly) return;
        image.damage().refuseToWrite();
        image.damage().noting(() -> image.writeBack().flush());
    }

    @Override
    public void prefetch(long offset, long length) throws IOException {
        mappings.load(offset, length);
    }

    @Override
    public List<Extent> extents(long offset, long length, int countMax) throws IOException {
        return mappings.extents(offset, length, countMax);
    }

    /**
     * Says where the bytes from {@code offset} on stand, as far as they are alike. What it says is true until
     * somebody writes there. Suspends.
     *
     * @param length bytes to look at, at least 1; the range must be inside the disk
     */
    @CoroutineFn
    public Mapping mapping(long offset, long length) throws IOException {
        return mappings.at(offset, length, true);
    }

    Mappings mappings() {
        return mappings;
    }

    /** As {@link Qcow2Check#check}, of what is written first. Nobody may write meanwhile. Suspends. */
    @CoroutineFn
    public CheckReport check() throws IOException {
        flush();
        return Qcow2Check.check(image.file());
    }

    /**
     * Makes the disk {@code size} bytes long, a multiple of 512; what is new reads as zeroes, what lies
     * behind is lost. Bitmaps become as long, in which nothing new is dirty. For an image that nobody uses:
     * before it gets a {@link BlockDevice}, whose size never changes. On stable storage when it returns; a
     * crash may leave bitmaps marked as in use. Suspends.
     *
     * @throws IOException if that fails: it has the one size or the other then, and its bitmaps may be marked
     *     as in use; or is not possible, and nothing was changed: with bitmaps that cannot be used, that
     *     would take more than 512 MiB, or that would have no bits
     */
    @CoroutineFn
    public void resize(long size) throws IOException {
        resize(size, Preallocation.OFF);
    }

    /**
     * As {@link #resize(long)}; whole clusters that are new have what {@code what} says.
     *
     * @throws IOException as that, and if something is to be preallocated in an image with a backing file, or
     *     there is no room for it: the disk is as long as before then
     */
    @CoroutineFn
    public void resize(long size, Preallocation what) throws IOException {
        if (size < 0 || size % 512 != 0) {
            throw new IllegalArgumentException(this + ": a disk of " + size
                    + " bytes; give a multiple of 512");
        }
        if (size != size()) snapshots.requireSizes();
        long before = size();
        long added = image.geometry().clusterEnd(before);
        if (what != Preallocation.OFF && backingName() != null) {
            throw new IOException(this + ": has a backing file: what is added cannot be preallocated");
        }
        finish();
        claim();
        bitmaps.load();
        var resize = new Resize(image, zeroing);
        resize.require(size);
        var bits = new BitmapResize(image, bitmaps);
        bits.begin(size);
        try {
            resize.to(size);
            if (what != Preallocation.OFF && size > added) resize.preallocate(added, what, before);
        } catch (BadImageException e) {
            throw image.damage().note(e);
        } catch (IOException e) {
            bits.cancel(size, e);
            throw e;
        }
        image.damage().noting(bits::end);
    }

    /**
     * Gives up all that is stored: the disk reads as its backing file. On stable storage then. Suspends.
     *
     * @throws IOException if that fails: some of it is given up then; or if a raw data file has to have all
     */
    @CoroutineFn
    public void makeEmpty() throws IOException {
        if (header().isDataFileRaw()) throw new IOException(this + ": its data file is raw: not emptied");
        prepareToWrite();
        image.damage().noting(() -> {
            zeroing.forget(0, image.geometry().clusterEnd(size()));
            image.writeBack().flush();
        });
    }

    /** Its internal snapshots. */
    public Snapshots snapshots() {
        return snapshots;
    }

    /** Its persistent bitmaps. */
    public Bitmaps bitmaps() {
        return bitmaps;
    }

    /** Gives every cluster that has no place one. For an image that nobody uses. Suspends. */
    @CoroutineFn
    void preallocate(Preallocation what) throws IOException {
        new Preallocator(image).run(0, what);
    }

    @Override
    public void close() throws IOException {
        try (var _ = image.file(); var _ = image.hasDataFile() ? image.data() : null;
                var _ = image.guest().backing()) {
            return; // All of them, also when one fails.
        }
    }

    /** Names it for people. */
    @Override
    public String toString() {
        return image.name();
    }
}
