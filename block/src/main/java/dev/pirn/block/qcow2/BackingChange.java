package dev.pirn.block.qcow2;

import dev.pirn.aio.ThreadPool;
import dev.pirn.block.RawOptions;
import dev.pirn.block.StorageFile;
import dev.pirn.CoroutineFn;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Changes what an image lies upon, in its first cluster; nothing else is looked at. */
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
     * @throws IOException if the file fails; it has the old name or the new one then, as after a crash
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
        rewrite(file, before, name, format);
    }

    @CoroutineFn
    private static void rewrite(StorageFile file, Preamble before, String name, String format)
            throws IOException {
        List<HeaderExtension> extensions = new ArrayList<>(before.extensions());
        extensions.removeIf(each -> each.type() == HeaderExtension.BACKING_FORMAT);
        if (name != null && format != null) {
            extensions.addFirst(HeaderExtension.ofText(HeaderExtension.BACKING_FORMAT, format));
        }
        FirstCluster.write(file, before, new Preamble(before.header(), extensions, name));
    }
}
