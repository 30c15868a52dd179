package dev.pirn.block.qcow2;

import dev.pirn.aio.ThreadPool;
import dev.pirn.block.RawOptions;
import dev.pirn.block.StorageFile;
import dev.pirn.CoroutineFn;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Writes an image's first cluster anew: what it lies upon, or its version. Nothing is looked at but that
 * cluster.
 */
public final class BackingChange {
    private BackingChange() { }

    /**
     * Writes another backing file's name into the image at {@code path}, which must not be open otherwise,
     * and has it on stable storage. What else its first cluster has stays. Suspends.
     *
     * @param name as it will stand in the image, relative to that; null for no backing file
     * @param format its format; null for whatever it looks like, which is a risk
     * @param pool whose threads do the file work; stays the caller's
     * @throws BadImageException if it is no image, or has no room for the name
     * @throws IOException if the file fails; its first cluster may be half written then
     */
    @CoroutineFn
    public static void write(Path path, String name, String format, ThreadPool pool) throws IOException {
        try (StorageFile file = pool.call(() -> StorageFile.open(path, RawOptions.DEFAULT, pool))) {
            write(file, name, format);
        }
    }

    /** The same, of a file that is open, and stays so. Suspends. */
    @CoroutineFn
    public static void write(StorageFile file, String name, String format) throws IOException {
        Preamble before = Preamble.read(file);
        if (name != null && before.header().isDataFileRaw()) {
            throw BadImageException.of(file.name(), "a raw data file and a backing file exclude each other");
        }
        rewrite(file, before, before.header(), name, format);
    }

    /**
     * Makes an image of version 2 one of version 3 ({@code compat=1.1}); leaves one of version 3 as it is.
     * Else as {@link #write}.
     */
    @CoroutineFn
    public static void upgrade(Path path, ThreadPool pool) throws IOException {
        try (StorageFile file = pool.call(() -> StorageFile.open(path, RawOptions.DEFAULT, pool))) {
            upgrade(file);
        }
    }

    /** The same, of a file that is open, and stays so. Suspends. */
    @CoroutineFn
    public static void upgrade(StorageFile file) throws IOException {
        Preamble before = Preamble.read(file);
        if (before.header().version() >= 3) return;
        rewrite(file, before, before.header().asVersion3(), before.backingName(),
                before.text(HeaderExtension.BACKING_FORMAT));
    }

    @CoroutineFn
    private static void rewrite(StorageFile file, Preamble before, Header header, String name, String format)
            throws IOException {
        List<HeaderExtension> extensions = new ArrayList<>(before.extensions());
        extensions.removeIf(each -> each.type() == HeaderExtension.BACKING_FORMAT);
        if (name != null && format != null) {
            extensions.addFirst(HeaderExtension.ofText(HeaderExtension.BACKING_FORMAT, format));
        }
        FirstCluster.write(file, before, new Preamble(header, extensions, name));
    }
}
