package dev.pirn.block.qcow2;

import dev.pirn.block.NoSpaceException;
import dev.pirn.block.StorageFile;
import java.io.IOException;

/** Where clusters can be at all, free or not: in a file that grows, up to what the format can name. */
record Room(StorageFile file, int clusterBits) {
    boolean has(long first, long count) {
        return first + count <= Math.min(file.sizeMax(), HeaderCheck.OFFSET_MAX) >>> clusterBits;
    }

    /** Throws if such clusters cannot be. */
    void require(long first, long count) throws IOException {
        if (has(first, count)) return;
        if (first + count > HeaderCheck.OFFSET_MAX >>> clusterBits) {
            throw new IOException(file.name() + ": full: clusters stand below 64 PiB");
        }
        throw new NoSpaceException(("%s: full: no %d clusters of %d bytes are free side by side before its "
                + "end at %d, and it cannot grow").formatted(file.name(), count, 1 << clusterBits,
                file.sizeMax()), null);
    }
}
