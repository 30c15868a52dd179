package dev.pirn.block.qcow2;

import dev.pirn.aio.ThreadPool;
import dev.pirn.block.BlockDevice;
import dev.pirn.block.RawOptions;
import dev.pirn.block.StorageFile;
import dev.pirn.CoroutineFn;
import dev.pirn.NoCoroutineFn;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The images that were opened on the way to one, each the next one's overlay, the first one first; opens what
 * an image names.
 *
 * @param images paths as the system knows them, or names of others' disks, for a chain that comes back to
 *     itself
 * @param folder the last one's; null if it is no file, which has none
 */
record Chain(List<String> images, Path folder, Qcow2Options options, ThreadPool pool) {
    /** More than anybody needs; each costs some file descriptors and memory. */
    static final int DEPTH_MAX = 200;
    private static final int PROBE_SIZE = 4;

    static Chain of(Qcow2Options options, ThreadPool pool) {
        return new Chain(List.of(), null, options, pool);
    }

    /** The chain with one more image, which must not be in it. Blocks. */
    @NoCoroutineFn
    Chain with(Path path) throws IOException {
        Path real = path.toRealPath();
        return with(real.toString(), real.getParent());
    }

    /** The chain with one more image, which is no file. */
    Chain with(String name) throws BadImageException {
        return with(name, null);
    }

    private Chain with(String image, Path itsFolder) throws BadImageException {
        int before = images.indexOf(image);
        if (before >= 0) {
            throw BadImageException.of(image, "its backing files lead back to itself, after %d",
                    images.size() - before);
        }
        if (images.size() >= DEPTH_MAX) {
            throw BadImageException.of(images.getFirst(), "more than %d backing files, one behind the other",
                    DEPTH_MAX);
        }
        var longer = new ArrayList<>(images);
        longer.add(image);
        return new Chain(List.copyOf(longer), itsFolder, options, pool);
    }

    private String self() {
        return images.getLast();
    }

    private Chain readOnly(Qcow2Options how) {
        return new Chain(images, folder, how.asReadOnly(), pool);
    }

    /** Opens the files that the last image, of {@code file}, names, as far as they are followed. Suspends. */
    @CoroutineFn
    ImageReader.Guest openGuest(StorageFile file, Preamble preamble) throws IOException {
        String backing = preamble.backingName();
        if (options.follow() == Follow.NOTHING) {
            return new ImageReader.Guest(preamble.header().hasDataFile() ? null : file, null, backing);
        }
        StorageFile data = file;
        if (preamble.header().hasDataFile()) {
            String name = preamble.text(HeaderExtension.DATA_FILE);
            if (name == null) throw BadImageException.of(file.name(), "a data file without a name");
            data = openData(name);
        }
        if (backing == null) return new ImageReader.Guest(data, null, null);
        try {
            String format = preamble.text(HeaderExtension.BACKING_FORMAT);
            return new ImageReader.Guest(data, openBacking(backing, format), null);
        } catch (Throwable e) {
            if (data != file) data.close();
            throw e;
        }
    }

    /** Opens the backing file that the last image names. Suspends. */
    @CoroutineFn
    BlockDevice openBacking(String name, String format) throws IOException {
        if (hasProtocol(name)) return openProtocol(name, format);
        Path path = resolve("backing file", name);
        if (format == null) return openProbed(path);
        return isQcow2(name, format) ? openQcow2(path, options) : openRaw(path);
    }

    private boolean isQcow2(String name, String format) throws BadImageException {
        return switch (format) {
            case "raw", "file", "host_device" -> false;
            case "qcow2" -> true;
            default -> throw BadImageException.of(self(),
                    "its backing file %s has format %s; raw and qcow2 are supported", name, format);
        };
    }

    /**
     * Without a format the file's first bytes decide. A raw disk's are its guest's, which may have written
     * a header that names other files: those are not followed then, unless all is.
     */
    @CoroutineFn
    private BlockDevice openProbed(Path path) throws IOException {
        boolean qcow2;
        try (StorageFile file = pool.call(() -> StorageFile.open(path, RawOptions.ofReadOnly(), pool))) {
            qcow2 = looksLikeQcow2(file);
        }
        if (!qcow2) return openRaw(path);
        boolean all = options.follow() == Follow.ANYWHERE;
        return openQcow2(path, all ? options : options.withFollow(Follow.NOTHING));
    }

    @CoroutineFn
    private static boolean looksLikeQcow2(StorageFile file) throws IOException {
        MemorySegment start = Slice.allocate(PROBE_SIZE);
        file.read(0, start);
        return start.get(Slice.INT, 0) == Header.MAGIC;
    }

    @CoroutineFn
    private BlockDevice openRaw(Path path) throws IOException {
        return pool.call(() -> BlockDevice.openRaw(path, options.files().asReadOnly(), pool));
    }

    @CoroutineFn
    private BlockDevice openQcow2(Path path, Qcow2Options how) throws IOException {
        return BlockDevice.of(path.toString(), Qcow2Image.open(path, readOnly(how)), true);
    }

    @CoroutineFn
    private BlockDevice openProtocol(String name, String format) throws IOException {
        requireAnywhere("backing file", name);
        Chain longer = readOnly(options).with(name);
        BackingOpener opener = options.opener();
        BlockDevice opened = opener == null ? null : opener.open(name);
        if (opened == null) {
            throw BadImageException.of(self(), "its backing file is %s: nobody here knows how to open that",
                    name);
        }
        try {
            StorageFile file = StorageFile.of(opened);
            boolean qcow2 = format == null ? looksLikeQcow2(file) : isQcow2(name, format);
            return qcow2 ? BlockDevice.of(opened.name(), Qcow2Image.open(file, longer), true) : opened;
        } catch (Throwable e) {
            opened.close();
            throw e;
        }
    }

    /** Opens the data file that the last image names. Suspends. */
    @CoroutineFn
    StorageFile openData(String name) throws IOException {
        if (hasProtocol(name)) requireAnywhere("data file", name);
        Path path = resolve("data file", name);
        return pool.call(() -> StorageFile.open(path, options.files(), pool));
    }

    private void requireAnywhere(String what, String name) throws BadImageException {
        if (options.follow() == Follow.ANYWHERE) return;
        throw BadImageException.of(self(), "its %s is %s, which is no file, and is not followed "
                + "unless told to", what, name);
    }

    @CoroutineFn
    private Path resolve(String what, String name) throws IOException {
        return pool.call(() -> {
            Path path = child(what, name);
            boolean all = options.follow() == Follow.ANYWHERE;
            if (all ? path.isAbsolute() : folder != null && path.toRealPath().startsWith(folder)) return path;
            if (all) {
                throw BadImageException.of(self(), "its %s is %s, beside an image that is no file: nobody "
                        + "knows where that is", what, name);
            }
            throw BadImageException.of(self(), "its %s is %s, outside of its folder, and is not "
                    + "followed unless told to", what, name);
        });
    }

    private Path child(String what, String name) throws BadImageException {
        try {
            return folder == null ? Path.of(name) : folder.resolve(name);
        } catch (InvalidPathException e) {
            throw BadImageException.of(self(), "its %s is %s: no name of a file: %s", what,
                    name.replace('\0', '?'), e.getReason());
        }
    }

    /** As QEMU has it: a colon before the first slash. */
    static boolean hasProtocol(String name) {
        int colon = name.indexOf(':');
        int slash = name.indexOf('/');
        return colon > 0 && (slash < 0 || colon < slash);
    }
}
