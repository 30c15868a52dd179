package dev.pirn.tool.img;

import dev.pirn.CoroutineFn;
import dev.pirn.NoCoroutineFn;
import dev.pirn.aio.ThreadPool;
import dev.pirn.block.BlockDevice;
import dev.pirn.block.Extent;
import dev.pirn.block.ImageLock;
import dev.pirn.block.qcow2.Mapping;
import dev.pirn.block.qcow2.Qcow2Image;
import dev.pirn.nbd.NbdUri;
import dev.pirn.tool.Failure;
import dev.pirn.tool.Main;
import java.io.IOException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** An image that is open, in whatever format, with what it stands on. */
final class DiskImage {
    /** Asked for at a time. */
    private static final int EXTENTS = 256;

    private final List<Layer> layers = new ArrayList<>();
    /** Of each layer; null for none. */
    private final List<ImageLock> locks = new ArrayList<>();
    /** Of each layer's data file; null for none. */
    private final List<ImageLock> dataLocks = new ArrayList<>();

    private boolean closed;

    private DiskImage(Layer top) {
        layers.add(top);
    }

    /** One whose top is open; on an error it is closed, and the lock given up. Suspends. */
    @CoroutineFn
    static DiskImage of(Layer top, ImageLock lock, OpenHow how, ThreadPool pool)
            throws Failure, IOException {
        var image = new DiskImage(top);
        image.locks.add(lock);
        try {
            pool.call(() -> {
                image.addLayers(how);
                return null;
            });
            return image;
        } catch (Failure | RuntimeException | Error e) {
            image.close();
            throw e;
        }
    }

    /** What {@code where} says if it is a URI, and else null. */
    static NbdUri uri(String where) throws Failure {
        if (!NbdUri.isOne(where)) return null;
        try {
            return NbdUri.parse(where);
        } catch (IllegalArgumentException e) {
            throw Failure.of("not the URI of an export", e.getMessage()).withCode(Main.USAGE);
        }
    }

    static Path path(String where) throws Failure {
        if (where.isEmpty()) throw Failure.of("an image's name is empty", "\"\"").withCode(Main.USAGE);
        if (Names.isOfQemu(where)) {
            throw Failure.of("not built", where).hint("./" + where + " is a file that is called so");
        }
        try {
            return Path.of(where);
        } catch (InvalidPathException e) {
            throw Failure.of("not a path", e.getMessage()).withCode(Main.USAGE);
        }
    }

    /** Names what the image stands on, and says to others that it is read. Blocks. */
    @NoCoroutineFn
    private void addLayers(OpenHow how) throws Failure {
        dataLocks.add(Held.lockData(qcow2(), how));
        for (Qcow2Image above = qcow2(); above != null; above = bottom().qcow2()) {
            BlockDevice below = above.backing();
            if (below == null) return;
            String name = Names.combined(bottom().name(), above.backingName());
            boolean isFile = DiskImage.uri(below.name()) == null;
            Format format = below.driver() instanceof Qcow2Image ? Format.qcow2 : Format.raw;
            layers.add(new Layer(name, format, below, isFile ? Path.of(below.name()) : null));
            var reading = new OpenHow(Format.qcow2, OpenHow.Use.READ, how.shared(), how.follow());
            locks.add(isFile ? Held.lock(Path.of(below.name()), Format.qcow2, reading) : null);
            dataLocks.add(Held.lockData(bottom().qcow2(), reading));
        }
    }

    private Layer bottom() {
        return layers.getLast();
    }

    private static void close(ImageLock lock) {
        if (lock != null) lock.close();
    }

    /** As the user calls it. */
    String name() {
        return top().name();
    }

    private Layer top() {
        return layers.getFirst();
    }

    Format format() {
        return top().format();
    }

    BlockDevice device() {
        return top().device();
    }

    /** The image itself first, then what it stands on, as far as that was followed. */
    List<Layer> layers() {
        return layers;
    }

    /** The driver, or null for raw. */
    Qcow2Image qcow2() {
        return top().qcow2();
    }

    long size() {
        return device().size();
    }

    /** The file, or null if it is another server's. */
    Path file() {
        return top().file();
    }

    /** Says where bytes from {@code start} to {@code end} are stored, not always up to the end. Suspends. */
    @CoroutineFn
    List<MapEntry> map(long start, long end) throws IOException {
        long size = size();
        // Of a file that ends within a sector, the rest of that: QEMU counts it.
        if (start >= size) return List.of(MapEntry.ofRaw(start, Extent.ofHole(end - start), 0, name()));
        long length = Math.min(end, size) - start;
        if (qcow2() != null) return List.of(mapping(start, length));
        var entries = new ArrayList<MapEntry>();
        long at = start;
        for (Extent each : device().extents(start, length, EXTENTS)) {
            entries.add(MapEntry.ofRaw(at, each, 0, name()));
            at += each.length();
        }
        return entries;
    }

    @CoroutineFn
    private MapEntry mapping(long start, long length) throws IOException {
        Mapping mapping = qcow2().mapping(start, length);
        if (mapping.depth() >= layers.size()) {
            throw new IOException(bottom().name() + ": its backing file was not opened, for nobody says in "
                    + "what format it is");
        }
        Layer layer = layers.get(mapping.depth());
        if (layer.format() == Format.qcow2) return MapEntry.of(start, mapping, layer.dataName());
        // Of raw images every byte is there, be it a hole.
        Extent extent = layer.device().extents(start, mapping.length(), 1).getFirst();
        return MapEntry.ofRaw(start, extent, mapping.depth(), layer.name());
    }

    /**
     * Where a copy that fills it goes to.
     *
     * @param isZero whether it reads as zeroes now
     */
    Sink sink(boolean isZero) {
        return Sink.of(device(), isZero, qcow2() == null ? 1 : qcow2().header().clusterSize());
    }

    /** The same, compressing; of qcow2 images alone. */
    Sink compressedSink(boolean isZero) {
        return new CompressedSink(qcow2(), device(), isZero);
    }

    /** What it stores itself, and what it leaves to its backing file. */
    Pieces.Source ownRuns() {
        return ownRuns(1);
    }

    /** What the first {@code depth} layers store, and what they leave to those below. */
    Pieces.Source ownRuns(int depth) {
        if (qcow2() == null) return Pieces.of(device());
        return (offset, length, countMax) -> List.of(ownRun(offset, length, depth));
    }

    @CoroutineFn
    private Pieces.Run ownRun(long offset, long length, int depth) throws IOException {
        Mapping mapping = qcow2().mapping(offset, length);
        boolean own = mapping.isPresent() && mapping.depth() < depth;
        Pieces.Kind stored = mapping.isZero() ? Pieces.Kind.ZERO : Pieces.Kind.DATA;
        return new Pieces.Run(mapping.length(), own ? stored : Pieces.Kind.BACKING);
    }

    /**
     * Ends a change: what was written is in its file, or at its server, or on stable storage if
     * {@code stable}. Suspends.
     */
    @CoroutineFn
    void finish(boolean stable) throws IOException {
        // Tables are written back by a flush alone; and of another server nobody knows what it holds back.
        if (stable || qcow2() != null || file() == null) device().flush();
    }

    /** Gives up the lock of a layer that it stands on, for who opens that by itself. */
    void unlock(int depth) {
        close(locks.get(depth));
        close(dataLocks.get(depth));
    }

    /** Closes it, without a flush, but with what its format keeps until the end. Suspends. */
    @CoroutineFn
    void close() throws IOException {
        try {
            closeDisk();
        } finally {
            locks.forEach(DiskImage::close);
            dataLocks.forEach(DiskImage::close);
        }
    }

    /** The same, but keeps its locks, for who changes the file by other means before they end. */
    @CoroutineFn
    void closeDisk() throws IOException {
        if (closed) return;
        closed = true;
        try (var device = device()) {
            if (device.isReadOnly()) return;
            device.finish();
            finish(false); // Also of a verb that failed half way: what it wrote is in the image, not leaked.
        }
    }

    /** Takes its disk to be as long as the driver says, for who has that made longer or shorter. */
    void measureAnew() {
        var device = BlockDevice.of(device().name(), qcow2(), false);
        layers.set(0, new Layer(name(), format(), device, file()));
    }
}
