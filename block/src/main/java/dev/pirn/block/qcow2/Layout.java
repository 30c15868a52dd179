package dev.pirn.block.qcow2;

import dev.pirn.block.StorageFile;
import dev.pirn.CoroutineFn;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * Where the tables of a new image stand, in clusters; written from the end to the begin, so that there is no
 * image before there is all of it.
 *
 * <pre>
 *   0        1                        1 + T              1 + T + B          1 + T + B + N
 *   │ header │ refcount table ·· T ·· │ blocks ·· B ···· │ L1 ···· N ······ │
 * </pre>
 */
final class Layout {
    private final Header header;
    private final List<HeaderExtension> extensions;
    private final byte[] backingName;
    private final int clusterBits;
    private final long l1Clusters;
    private long tableClusters = 1;
    private long blocks = 1;

    /** Takes what a header must say but for where the tables are. */
    Layout(Header header, List<HeaderExtension> extensions, String backingName) {
        this.header = header;
        this.extensions = extensions;
        this.backingName = backingName == null ? null : backingName.getBytes(StandardCharsets.UTF_8);
        this.clusterBits = header.clusterBits();
        this.l1Clusters = clustersFor((long) header.l1Entries() * Long.BYTES);
        while (blocks << blockShift() < total() || tableClusters << clusterBits < blocks * Long.BYTES) {
            blocks = (total() + (1L << blockShift()) - 1) >>> blockShift();
            tableClusters = Math.max(tableClusters, clustersFor(blocks * Long.BYTES));
        }
    }

    private long clustersFor(long bytes) {
        return (bytes + (1L << clusterBits) - 1) >>> clusterBits;
    }

    /** A block counts {@code 1 << blockShift} clusters. */
    private int blockShift() {
        return clusterBits + 3 - header.refcountOrder();
    }

    private long total() {
        return 1 + tableClusters + blocks + l1Clusters;
    }

    @CoroutineFn
    void write(StorageFile file) throws IOException {
        long l1 = 1 + tableClusters + blocks << clusterBits;
        // Also where it is empty, for then it is at the end all the same.
        if (l1Clusters > 0) file.writeZeroes(l1, l1Clusters << clusterBits, false);
        for (long each = 0; each < blocks; each++) writeBlock(file, each);
        writeTable(file);
        Header whole = header.withSize(header.size(), header.l1Entries(), l1)
                .withRefcountTable(1L << clusterBits, (int) tableClusters);
        MemorySegment first = MemorySegment.ofBuffer(preamble(whole));
        if (first.byteSize() > Header.SECTOR_SIZE) {
            file.write(Header.SECTOR_SIZE, first.asSlice(Header.SECTOR_SIZE));
        }
        file.flush();
        file.write(0, first.asSlice(0, Header.SECTOR_SIZE)); // Alone: a longer write could be torn.
        file.flush();
    }

    @CoroutineFn
    private void writeBlock(StorageFile file, long block) throws IOException {
        MemorySegment bytes = Slice.allocate(1 << clusterBits);
        long used = Math.min(total() - (block << blockShift()), 1L << blockShift());
        for (long each = 0; each < used; each++) RefcountEntry.set(bytes, each, header.refcountOrder(), 1);
        file.write(1 + tableClusters + block << clusterBits, bytes);
    }

    @CoroutineFn
    private void writeTable(StorageFile file) throws IOException {
        MemorySegment bytes = Slice.allocate((int) (tableClusters << clusterBits));
        for (long each = 0; each < blocks; each++) {
            bytes.set(Slice.WORD, each * Long.BYTES, 1 + tableClusters + each << clusterBits);
        }
        file.write(1L << clusterBits, bytes);
    }

    /** All of the first cluster. */
    private ByteBuffer preamble(Header whole) throws IOException {
        ByteBuffer area = ByteBuffer.allocateDirect(1 << clusterBits);
        int end = whole.headerLength() + extensions.stream().mapToInt(HeaderExtension::size).sum() + 8;
        int nameSize = backingName == null ? 0 : backingName.length;
        if (end + nameSize > area.capacity() || nameSize > HeaderCheck.BACKING_NAME_SIZE_MAX) {
            throw new IOException(("names of %d bytes in all: the header and they take a cluster of %d, and "
                    + "the backing file's at most 1023").formatted(end + nameSize, area.capacity()));
        }
        whole.withBacking(nameSize == 0 ? 0 : end, nameSize).put(area);
        area.position(whole.headerLength());
        for (HeaderExtension each : extensions) each.put(area);
        area.putLong(0); // The end of the extensions.
        if (backingName != null) area.put(backingName);
        return area.rewind();
    }
}
