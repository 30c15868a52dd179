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
        MemorySegment old = Slice.allocate(before.header().headerLength());
        file.read(0, old);
        file.write(0, MemorySegment.ofBuffer(area(file.name(), before, header, old, name, format)));
        file.flush();
    }

    private static ByteBuffer area(String file, Preamble before, Header header, MemorySegment old,
            String name, String format) throws BadImageException {
        byte[] nameBytes = name == null ? new byte[0] : name.getBytes(StandardCharsets.UTF_8);
        List<HeaderExtension> extensions = new ArrayList<>(before.extensions());
        extensions.removeIf(each -> each.type() == HeaderExtension.BACKING_FORMAT);
        if (name != null && format != null) {
            byte[] text = format.getBytes(StandardCharsets.UTF_8);
            extensions.addFirst(new HeaderExtension(HeaderExtension.BACKING_FORMAT, text));
        }
        int end = header.headerLength() + extensions.stream().mapToInt(HeaderExtension::size).sum()
                + Long.BYTES;
        if (end + nameBytes.length > header.clusterSize()
                || nameBytes.length > HeaderCheck.BACKING_NAME_SIZE_MAX) {
            throw BadImageException.of(file, "names of %d bytes in all: the header and they take a cluster "
                    + "of %d, and the backing file's at most %d", end + nameBytes.length,
                    header.clusterSize(), HeaderCheck.BACKING_NAME_SIZE_MAX);
        }
        ByteBuffer area = ByteBuffer.allocateDirect(header.clusterSize());
        area.put(old.asByteBuffer()).rewind(); // With what a newer header has behind what we know.
        header.withBacking(name == null ? 0 : end, nameBytes.length).put(area);
        area.position(header.headerLength());
        for (HeaderExtension each : extensions) each.put(area);
        area.putLong(0).put(nameBytes); // Behind the end of the extensions.
        return area.rewind();
    }
}
