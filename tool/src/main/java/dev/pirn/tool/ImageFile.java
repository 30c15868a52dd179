package dev.pirn.tool;

import dev.pirn.aio.ThreadPool;
import dev.pirn.block.BlockDevice;
import dev.pirn.block.Engine;
import dev.pirn.block.ImageInUseException;
import dev.pirn.block.ImageLock;
import dev.pirn.block.qcow2.BadImageException;
import dev.pirn.block.qcow2.Follow;
import dev.pirn.block.qcow2.Qcow2Image;
import dev.pirn.block.qcow2.Qcow2Options;
import dev.pirn.block.RawOptions;
import dev.pirn.block.StorageFile;
import dev.pirn.block.UnsupportedOptionException;
import dev.pirn.CoroutineFn;
import dev.pirn.nbd.NbdUri;
import dev.pirn.NoCoroutineFn;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;

/** The file of an image: says what keeps it from being served, and opens it. */
public final class ImageFile {
    private static final int TYPE_MASK = 0170000;
    private static final int TYPE_BLOCK_DEVICE = 0060000;

    private ImageFile() { }

    /** What a file is taken for. */
    enum Kind {
        RAW, QCOW2,
        /** Nobody said: raw, unless it looks like anything else. */
        PROBED
    }

    /**
     * Opens {@code path} as a disk. Suspends.
     *
     * @param follow which of the files that it names are opened, if it is a qcow2 image
     * @param pool whose threads do the file work
     */
    @CoroutineFn
    static BlockDevice open(Path path, Kind kind, RawOptions options, Follow follow, ThreadPool pool)
            throws Failure {
        if (kind == Kind.QCOW2) return openQcow2(path, options, follow, pool);
        return pool.call(() -> openRaw(path, kind == Kind.PROBED, options, pool));
    }

    @NoCoroutineFn
    private static BlockDevice openRaw(Path path, boolean probe, RawOptions options, ThreadPool pool)
            throws Failure {
        requireDisk(path);
        if (probe) refuseOtherFormats(path);
        try {
            return BlockDevice.openRaw(path, options, pool);
        } catch (UnsupportedOptionException e) {
            throw unsupported(e);
        } catch (IOException e) {
            throw cannotOpen(path, options.readOnly(), e);
        }
    }

    /**
     * Says to others, as qemu-nbd does, that {@code path} is served. Blocks.
     *
     * @throws Failure if somebody has it open in a way that does not go with that
     */
    @NoCoroutineFn
    static ImageLock lock(Path path, Kind kind, boolean readOnly) throws Failure {
        requireDisk(path);
        try {
            if (kind == Kind.QCOW2) return readOnly ? ImageLock.ofReader(path) : ImageLock.ofWriter(path);
            return readOnly ? ImageLock.ofRawServer(path) : ImageLock.ofRawWriter(path);
        } catch (ImageInUseException e) {
            throw inUse(path, e);
        } catch (IOException e) {
            throw cannotOpen(path, e);
        }
    }

    /**
     * Says to others, as QEMU does, that the files are served which a disk stands on: the data file of a
     * qcow2 image, and its backing files with theirs; at once also to {@code locks}. Blocks.
     *
     * @throws Failure if somebody has one open in a way that does not go with that
     */
    @NoCoroutineFn
    static void lockOthers(BlockDevice disk, List<ImageLock> locks) throws Failure {
        boolean readOnly = disk.isReadOnly();
        for (BlockDevice each = disk; each != null && each.driver() instanceof Qcow2Image image; ) {
            Path data = image.dataFile();
            Locking how = readOnly ? ImageLock::ofRawServer : ImageLock::ofWriter;
            if (data != null) locks.add(lockOther(data, how));
            readOnly = true;
            each = image.backing();
            if (each != null && !NbdUri.isOne(each.name())) {
                locks.add(lockOther(Path.of(each.name()), ImageLock::ofReader));
            }
        }
    }

    private interface Locking {
        ImageLock of(Path path) throws IOException;
    }

    @NoCoroutineFn
    private static ImageLock lockOther(Path path, Locking how) throws Failure {
        try {
            return how.of(path);
        } catch (ImageInUseException e) {
            throw inUse(path, e);
        } catch (IOException e) {
            throw cannotOpen(path, e);
        }
    }

    private static Failure inUse(Path path, ImageInUseException e) {
        return Failure.of("in use", path + ": " + e.getReason())
                .hint("-U serves it even so; two that write to it destroy it").causedBy(e);
    }

    /**
     * Opens {@code path}, a qcow2 image, as its disk was in a snapshot, for reading alone. Suspends.
     *
     * @param snapshot an id or a name
     */
    @CoroutineFn
    static BlockDevice openSnapshot(Path path, String snapshot, RawOptions options, Follow follow,
            ThreadPool pool) throws Failure {
        pool.call(() -> {
            requireDisk(path);
            return null;
        });
        try {
            return BlockDevice.of(path.toString(),
                    Qcow2Image.openSnapshot(path, snapshot, qcow2(options, follow), pool), true);
        } catch (BadImageException e) {
            throw unusable(e);
        } catch (UnsupportedOptionException e) {
            throw unsupported(e);
        } catch (IOException e) {
            throw pool.call(() -> cannotOpen(path, true, e));
        }
    }

    /**
     * Opens the qcow2 image that the bytes of another server's export are; closes that if it fails. Suspends.
     *
     * @param snapshot an id or a name; null for the disk as it is
     */
    @CoroutineFn
    static BlockDevice openQcow2(BlockDevice export, String snapshot, RawOptions options, Follow follow,
            ThreadPool pool) throws Failure {
        StorageFile file = StorageFile.of(export);
        try {
            Qcow2Options how = qcow2(options, follow);
            var image = snapshot == null ? Qcow2Image.open(file, null, how, pool)
                    : Qcow2Image.openSnapshot(file, null, snapshot, how, pool);
            return BlockDevice.of(export.name(), image, options.readOnly());
        } catch (IOException | RuntimeException | Error e) {
            throw closed(export, e);
        }
    }

    /** What to throw when it cannot be used. */
    private static Failure closed(BlockDevice export, Throwable why) {
        try {
            export.close();
        } catch (IOException e) {
            why.addSuppressed(e);
        }
        return switch (why) {
            case RuntimeException e -> throw e;
            case Error e -> throw e;
            case BadImageException e -> unusable(e);
            default -> Failure.of("cannot be opened", export.name() + ": "
                    + Failure.reason((IOException) why)).causedBy(why);
        };
    }

    private static Failure unusable(BadImageException e) {
        return Failure.of("cannot be used", e.getMessage()).causedBy(e);
    }

    @CoroutineFn
    private static BlockDevice openQcow2(Path path, RawOptions options, Follow follow, ThreadPool pool)
            throws Failure {
        pool.call(() -> {
            requireDisk(path);
            return null;
        });
        try {
            Qcow2Options how = qcow2(options, follow);
            return BlockDevice.of(path.toString(), Qcow2Image.open(path, how, pool), options.readOnly());
        } catch (BadImageException e) {
            throw unusable(e);
        } catch (UnsupportedOptionException e) {
            throw unsupported(e);
        } catch (IOException e) {
            throw pool.call(() -> cannotOpen(path, options.readOnly(), e));
        }
    }

    private static Qcow2Options qcow2(RawOptions files, Follow follow) {
        return Qcow2Options.DEFAULT.with(files).withFollow(follow).withOpener(OtherServer::openBacking);
    }

    private static Failure unsupported(UnsupportedOptionException e) {
        return e.option() == Engine.URING
                ? Failure.of("no engine uring here", e.getMessage()).causedBy(e)
                        .hint("--engine auto takes what there is")
                : Failure.of("no cache mode none here", e.getMessage()).causedBy(e)
                        .hint("--cache writeback goes through the page cache");
    }

    /** Refuses what is no image at all, by what kind of file it is. Blocks. */
    @NoCoroutineFn
    public static void requireDisk(Path path) throws Failure {
        if (Files.notExists(path)) throw Failure.of("no such file", path);
        if (Files.isDirectory(path)) throw Failure.of("a directory, not an image", path);
        try {
            // One that is neither there nor not there we may not look at: opening it will say so.
            if (Files.isRegularFile(path) || !Files.exists(path)) return;
            int mode = (int) Files.getAttribute(path, "unix:mode");
            if ((mode & TYPE_MASK) != TYPE_BLOCK_DEVICE) {
                throw Failure.of("neither a file nor a block device", path);
            }
        } catch (IOException e) {
            throw cannotOpen(path, e);
        }
    }

    /**
     * A raw disk may begin with the header of any format, written by the guest that owns it: it must not be
     * taken for that format unasked. But a user who serves a qcow2 file as raw by mistake has it damaged by
     * the first write.
     */
    private static void refuseOtherFormats(Path path) throws Failure {
        byte[] start;
        try (var channel = FileChannel.open(path, StandardOpenOption.READ)) {
            var buffer = ByteBuffer.allocate(ImageFormat.HEADER_SIZE);
            while (buffer.hasRemaining() && channel.read(buffer) >= 0) continue;
            start = Arrays.copyOf(buffer.array(), buffer.position());
        } catch (IOException e) {
            throw cannotOpen(path, e);
        }
        String format = ImageFormat.of(start);
        if (format.equals(ImageFormat.RAW)) return;
        boolean known = format.equals("qcow2");
        String why = known ? ", but nobody said so" : ", which is not supported";
        String other = known ? "--format qcow2 serves it as that, " : "";
        throw Failure.of("looks like " + format + why, path)
                .hint(other + "--format raw serves its bytes as they are");
    }

    private static Failure cannotOpen(Path path, boolean readOnly, IOException e) {
        if (readOnly || !isOf(path, e) || !isReadable(path)) return cannotOpen(path, e);
        return Failure.of("cannot be written", path + ": " + Failure.reason(e))
                .hint("--read-only serves it as it is").causedBy(e);
    }

    private static boolean isReadable(Path path) {
        try (var channel = FileChannel.open(path, StandardOpenOption.READ)) {
            return channel.isOpen();
        } catch (IOException e) {
            return false;
        }
    }

    /** Why the system did not let us. */
    public static Failure cannotOpen(Path path, IOException e) {
        // Where it is a file that the image names: else that itself would seem to be missing.
        String other = isOf(path, e) ? "" : ((FileSystemException) e).getFile() + ": ";
        return Failure.of("cannot be opened", path + ": " + other + Failure.reason(e)).causedBy(e);
    }

    private static boolean isOf(Path path, IOException e) {
        return !(e instanceof FileSystemException at) || at.getFile() == null
                || Path.of(at.getFile()).toAbsolutePath().equals(path.toAbsolutePath());
    }
}
