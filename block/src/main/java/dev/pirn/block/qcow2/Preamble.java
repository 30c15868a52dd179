package dev.pirn.block.qcow2;

import dev.pirn.block.StorageFile;
import dev.pirn.CoroutineFn;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * What stands in an image's first cluster, checked.
 *
 * <pre>
 *   header │ extension │ … │ end │ … │ backing file's name │ … │     up to the end of the cluster
 * </pre>
 *
 * @param backingName null for none
 */
record Preamble(Header header, List<HeaderExtension> extensions, String backingName) {
    /** Reads and checks it. Suspends. */
    @CoroutineFn
    static Preamble read(StorageFile file) throws IOException {
        return read(file, true);
    }

    /** The same, but only as far as a check must believe it; without the backing file's name. */
    @CoroutineFn
    static Preamble readToCheck(StorageFile file) throws IOException {
        return read(file, false);
    }

    @CoroutineFn
    private static Preamble read(StorageFile file, boolean toUse) throws IOException {
        long fileSize = file.size();
        ByteBuffer sector = read(file, Header.SECTOR_SIZE);
        int magic = sector.getInt(0);
        if (magic != Header.MAGIC || fileSize < Header.LENGTH_V2) {
            throw BadImageException.of(file.name(), "no qcow2 image: it begins with 0x%08x, not 0x%08x, and "
                    + "has %d bytes", magic, Header.MAGIC, fileSize);
        }
        Header header = Header.parse(sector);
        HeaderCheck.requireSane(file.name(), header);
        ByteBuffer area = read(file, header.clusterSize());
        List<HeaderExtension> extensions = HeaderExtension.parse(file.name(), area, header.headerLength(),
                extensionsEnd(header));
        if (!toUse) {
            HeaderCheck.requireCheckable(file.name(), header, extensions);
            return new Preamble(header, extensions, null);
        }
        HeaderCheck.requireValid(file.name(), header, extensions, fileSize);
        return new Preamble(header, extensions, backingName(header, area));
    }

    @CoroutineFn
    private static ByteBuffer read(StorageFile file, int size) throws IOException {
        MemorySegment bytes = Slice.allocate(size);
        file.read(0, bytes);
        return bytes.asByteBuffer();
    }

    /** Where there can be no more extensions; the name's offset is not checked yet. */
    private static int extensionsEnd(Header header) {
        long name = header.backingOffset();
        return name > 0 && name < header.clusterSize() ? (int) name : header.clusterSize();
    }

    private static String backingName(Header header, ByteBuffer area) {
        if (header.backingOffset() == 0) return null;
        byte[] name = new byte[header.backingSize()];
        area.get((int) header.backingOffset(), name);
        return new String(name, StandardCharsets.UTF_8);
    }

    /** What the extension of that type says; null if there is none. */
    String text(int type) {
        var found = HeaderExtension.find(extensions, type);
        return found == null ? null : found.text();
    }
}
