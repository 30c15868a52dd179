package dev.pirn.tool.img;

import dev.pirn.NoCoroutineFn;
import dev.pirn.block.ImageInUseException;
import dev.pirn.block.ImageLock;
import dev.pirn.block.qcow2.Qcow2Image;
import dev.pirn.tool.Failure;
import dev.pirn.tool.ImageFile;
import java.io.IOException;
import java.nio.file.Path;

/**
 * An image's file that was looked at, and that others know we have open.
 *
 * @param lock null if we are not to ask others
 */
record Held(Format format, ImageLock lock) implements AutoCloseable {
    /** Looks at a file, and locks it. Blocks. */
    @NoCoroutineFn
    static Held of(String where, Path path, OpenHow how) throws Failure {
        ImageFile.requireDisk(path);
        Format format = how.format() != null ? how.format() : Probe.format(where, Probe.startOfFile(path));
        return new Held(format, lock(path, format, how));
    }

    /** Says to others that we have {@code path} open; null if we are not to ask. Blocks. */
    @NoCoroutineFn
    static ImageLock lock(Path path, Format format, OpenHow how) throws Failure {
        if (how.shared()) return null;
        try {
            return switch (how.use()) {
                case READ -> format == Format.raw ? ImageLock.ofRawReader(path) : ImageLock.ofReader(path);
                case WRITE -> format == Format.raw ? ImageLock.ofRawWriter(path) : ImageLock.ofWriter(path);
                case CHANGE -> ImageLock.ofWriter(path);
            };
        } catch (ImageInUseException e) {
            throw inUse(path, how, e);
        } catch (IOException e) {
            throw ImageFile.cannotOpen(path, e);
        }
    }

    /**
     * Says to others that we have the data file of {@code image} open; null if it has none, or that was not
     * followed. As QEMU, who only reads there lets others write, as to a raw image. Blocks.
     */
    @NoCoroutineFn
    static ImageLock lockData(Qcow2Image image, OpenHow how) throws Failure {
        Path data = image == null ? null : image.dataFile();
        if (data == null || how.shared()) return null;
        try {
            return how.readOnly() ? ImageLock.ofRawServer(data) : ImageLock.ofWriter(data);
        } catch (ImageInUseException e) {
            throw inUse(data, how, e);
        } catch (IOException e) {
            throw ImageFile.cannotOpen(data, e);
        }
    }

    private static Failure inUse(Path path, OpenHow how, ImageInUseException e) {
        var failure = Failure.of("in use", path + ": " + e.getReason()).causedBy(e);
        return how.readOnly() ? failure.hint("-U reads it even so; it may be read half changed") : failure;
    }

    @Override
    public void close() {
        if (lock != null) lock.close();
    }
}
