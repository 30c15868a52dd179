package dev.pirn.block.qcow2;

import dev.pirn.aio.ThreadPool;
import dev.pirn.block.StorageFile;
import dev.pirn.CoroutineFn;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Reads compressed clusters. Computes in the pool: 64 KiB take some 200 µs, so that the last one is kept: who
 * reads on in pieces of 4 KiB would have each cluster expanded sixteen times.
 */
final class Expander {
    private final Compression compression;
    private final int clusterBits;
    private final ThreadPool pool;
    /** Null for none. */
    private volatile Expanded last;

    private record Expanded(long word, byte[] cluster) { }

    Expander(Header header, ThreadPool pool) {
        this.compression = Compression.of(header);
        this.clusterBits = header.clusterBits();
        this.pool = pool;
    }

    /**
     * The bytes of one cluster, which stay as they are. The caller has the guest cluster in flight, so that
     * nobody gives its place up meanwhile.
     *
     * @param word its descriptor
     * @param offset of the guest, for errors
     * @param keep whether it is the one to be kept
     */
    @CoroutineFn
    byte[] expand(StorageFile file, long word, long offset, boolean keep) throws IOException {
        Expanded kept = last;
        if (kept != null && kept.word == word) return kept.cluster;
        var where = CompressedCluster.of(word, clusterBits);
        if (where.at() >= HeaderCheck.OFFSET_MAX || where.at() >= file.size()) {
            throw BadImageException.of(file.name(), "the compressed cluster for guest offset %d stands at "
                    + "%d, but the file ends at %d", offset, where.at(), file.size());
        }
        MemorySegment bytes = Slice.allocate(where.length());
        file.read(where.at(), bytes);
        byte[] cluster = new byte[1 << clusterBits];
        try {
            pool.call(() -> {
                compression.expand(bytes.toArray(ValueLayout.JAVA_BYTE), cluster);
                return null;
            });
        } catch (IOException e) {
            throw new IOException("%s: the compressed cluster for guest offset %d, at [%d, +%d): %s"
                    .formatted(file.name(), offset, where.at(), where.length(), e.getMessage()), e);
        }
        if (keep) last = new Expanded(word, cluster);
        return cluster;
    }

    /** Says that a compressed cluster is given up: another may have its descriptor, later. */
    void forget() {
        last = null;
    }
}
