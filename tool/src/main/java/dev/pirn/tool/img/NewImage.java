package dev.pirn.tool.img;

import dev.pirn.CoroutineFn;
import dev.pirn.NoCoroutineFn;
import dev.pirn.aio.ThreadPool;
import dev.pirn.block.Discard;
import dev.pirn.block.ImageLock;
import dev.pirn.block.Preallocation;
import dev.pirn.block.RawImages;
import dev.pirn.block.StorageFile;
import dev.pirn.nbd.NbdUri;
import dev.pirn.tool.Failure;
import dev.pirn.tool.ImageFile;
import dev.pirn.tool.OtherServer;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Locale;

/**
 * An image that is to be made.
 *
 * @param file null if it is made in another server's export
 * @param uri null if it is made in a file
 * @param size of its disk, in bytes; of a qcow2 image in whole sectors, however it is asked for
 * @param options what {@code -o} says of it, its backing file included
 */
record NewImage(Path file, NbdUri uri, Format format, long size, FormatOptions options) {
    /** Says what is to be made. */
    static NewImage of(String file, Format format, long size, FormatOptions options) throws Failure {
        NbdUri uri = DiskImage.uri(file);
        if (uri != null && format == Format.raw) {
            throw Failure.of("an export cannot be made", file).hint("-n writes to one that is there");
        }
        return new NewImage(uri == null ? DiskImage.path(file) : null, uri, format, size, options);
    }

    private String where() {
        return uri == null ? file.toString() : uri.toString();
    }

    boolean isExport() {
        return uri != null;
    }

    /** The export that it is made in, to be written. Suspends. */
    @CoroutineFn
    StorageFile export() throws Failure {
        return StorageFile.of(OtherServer.open(uri, false, Discard.UNMAP));
    }

    /** What {@code create} says of it. */
    String line() throws Failure {
        String about = format == Format.raw ? rawWords() : Qcow2.words(this);
        return "Formatting '%s', fmt=%s %s".formatted(where(), format, about);
    }

    private String rawWords() throws Failure {
        Preallocation how = options.preallocation();
        if (how == Preallocation.OFF) return "size=" + size;
        return "size=" + size + " preallocation=" + how.name().toLowerCase(Locale.ROOT);
    }

    /** Makes it; an image that was there is lost, unless somebody has it open. Suspends. */
    @CoroutineFn
    void make(ThreadPool pool) throws Failure {
        try {
            if (isExport()) {
                Qcow2.make(this, pool);
                return;
            }
            boolean device = pool.call(this::isDevice);
            if (device && format == Format.raw) requireRoom(pool.call(this::length));
            else makeFile(pool);
        } catch (IOException e) {
            String why = Failure.reason(e);
            while (why.startsWith(where() + ": ")) why = why.substring(where().length() + 2);
            throw Failure.of("cannot be made", where() + ": " + why).causedBy(e);
        }
    }

    @CoroutineFn
    private void makeFile(ThreadPool pool) throws Failure, IOException {
        boolean isNew = pool.call(() -> Files.notExists(file));
        try (ImageLock _ = pool.call(() -> lock(file)); ImageLock _ = pool.call(this::lockData)) {
            try {
                fill(pool);
            } catch (Failure | IOException | RuntimeException | Error e) {
                // Half an image is of no use, and where the disk is full it would stay so.
                if (isNew) pool.call(() -> Files.deleteIfExists(file));
                throw e;
            }
        }
    }

    @CoroutineFn
    private void fill(ThreadPool pool) throws Failure, IOException {
        if (format == Format.qcow2) {
            Qcow2.make(this, pool);
            return;
        }
        Preallocation how = options.preallocation();
        pool.call(() -> {
            RawImages.create(file, size, how);
            return null;
        });
    }

    @NoCoroutineFn
    private static ImageLock lock(Path path) throws IOException {
        if (Files.notExists(path)) Files.createFile(path);
        return ImageLock.ofWriter(path);
    }

    /** It is emptied, too. */
    @NoCoroutineFn
    private ImageLock lockData() throws IOException {
        String data = format == Format.qcow2 ? options.text("data_file", null) : null;
        return data == null ? null : lock(file.resolveSibling(data));
    }

    /** A disk of the host is there, and as long as it is. Blocks. */
    @NoCoroutineFn
    private boolean isDevice() throws Failure {
        if (Files.notExists(file) || Files.isRegularFile(file)) return false;
        ImageFile.requireDisk(file);
        return true;
    }

    @NoCoroutineFn
    private long length() throws IOException {
        try (var channel = FileChannel.open(file, StandardOpenOption.READ)) {
            return channel.size();
        }
    }

    private void requireRoom(long length) throws Failure {
        if (length >= size) return;
        throw Failure.of("too small a device", "%s has %d bytes of %d".formatted(file, length, size));
    }

    /**
     * Whether it reads as zeroes when it is made: a disk of the host has what it had, an overlay what is
     * below it. Suspends.
     */
    @CoroutineFn
    boolean isZero(ThreadPool pool) throws Failure {
        return !options.has(FormatOptions.BACKING) && (format == Format.qcow2 || !pool.call(this::isDevice));
    }
}
