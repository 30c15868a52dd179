package dev.pirn.block.qcow2;

import com.github.luben.zstd.ZstdException;
import com.github.luben.zstd.ZstdInputStreamNoFinalizer;
import java.io.ByteArrayInputStream;
import java.io.IOException;

/**
 * What uses the zstd library, which need not be there: nothing else may name it. Its code is native, so that
 * only images of this kind ask for it.
 */
final class Zstd {
    private Zstd() { }

    /** Whether the library is there and works on this machine. */
    static boolean isAvailable() {
        try {
            return com.github.luben.zstd.util.Native.isLoaded() || load();
        } catch (LinkageError e) {
            return false;
        }
    }

    private static boolean load() {
        com.github.luben.zstd.util.Native.load();
        return com.github.luben.zstd.util.Native.isLoaded();
    }

    /** Returns how many bytes of {@code to} it takes; -1 if it would take more than there are. */
    static int compress(byte[] cluster, byte[] to) throws IOException {
        try {
            return (int) com.github.luben.zstd.Zstd.compressByteArray(to, 0, to.length, cluster, 0,
                    cluster.length, com.github.luben.zstd.Zstd.defaultCompressionLevel());
        } catch (ZstdException e) {
            if (e.getErrorCode() == com.github.luben.zstd.Zstd.errDstSizeTooSmall()) return -1;
            throw new IOException("zstd: " + e.getMessage(), e);
        }
    }

    static void expand(byte[] from, byte[] cluster) throws IOException {
        try (var stream = new ZstdInputStreamNoFinalizer(new ByteArrayInputStream(from))) {
            int done = stream.readNBytes(cluster, 0, cluster.length);
            if (done < cluster.length) throw Compression.tooShort(done, cluster.length);
        }
    }
}
